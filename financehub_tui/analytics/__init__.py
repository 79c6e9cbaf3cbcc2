"""Pure maths over frames. No I/O, no clock."""
