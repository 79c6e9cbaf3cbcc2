"""Kraken, spot: REST and WebSocket v2, keyless."""

from financehub_tui.providers.kraken.rest import KrakenProvider

__all__ = ["KrakenProvider"]
