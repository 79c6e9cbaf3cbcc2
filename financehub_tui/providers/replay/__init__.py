"""Recorded streams, played back exactly."""
