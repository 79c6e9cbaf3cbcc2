"""Alpaca: US shares by feed (IEX, SIP, delayed SIP) and its crypto venue: quotes, bars, trades, news, streams."""

from financehub_tui.providers.alpaca.provider import AlpacaProvider

__all__ = ["AlpacaProvider"]
