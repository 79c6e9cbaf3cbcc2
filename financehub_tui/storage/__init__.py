"""What is kept: cache tiers and the time-series store."""
