"""Finnhub: US shares in real time, profiles, earnings, opinions, news; trades as a stream. Needs a (free) key."""

from financehub_tui.providers.finnhub.provider import FinnhubProvider

__all__ = ["FinnhubProvider"]
