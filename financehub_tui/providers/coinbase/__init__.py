"""Coinbase Exchange: REST and WebSocket feed, keyless."""

from financehub_tui.providers.coinbase.rest import CoinbaseProvider

__all__ = ["CoinbaseProvider"]
