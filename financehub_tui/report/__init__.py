"""What a function gives back: blocks of data with provenance, and their headless renderers."""
