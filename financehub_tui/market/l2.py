"""A maintained order book: price levels from a snapshot and differences."""
