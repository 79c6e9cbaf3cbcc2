"""Binance, spot: REST and streams, keyless."""

from financehub_tui.providers.binance.rest import BinanceProvider

__all__ = ["BinanceProvider"]
