"""Bundled history: real market data that comes with the program, read under an injected clock."""
