"""Yahoo Finance: the unofficial JSON interface and the streaming feed. Personal use only by Yahoo's terms."""
