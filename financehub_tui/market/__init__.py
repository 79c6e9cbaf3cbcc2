"""Domain types: what the market is made of. No I/O, no clock, nothing else of ours."""
