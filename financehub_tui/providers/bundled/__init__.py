"""Bundled history: real market data that comes with the program, read under an injected clock."""

from financehub_tui.providers.bundled.provider import BundledProvider

__all__ = ["BundledProvider"]
