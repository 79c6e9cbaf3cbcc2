"""Recorded streams, played back exactly."""

from financehub_tui.providers.replay.provider import ReplayProvider

__all__ = ["ReplayProvider"]
