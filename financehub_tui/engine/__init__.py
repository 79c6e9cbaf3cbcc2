"""The desk behind the functions: planning, routing, caching, streams, health, time, record and replay."""
