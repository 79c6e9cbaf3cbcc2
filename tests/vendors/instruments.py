"""Shares and coins as the master would have them."""

from __future__ import annotations

from typing import Any

from financehub_tui.market.instrument import AssetClass, Instrument, Kind


def share(symbol: str, venue: str = "XNAS", **more: Any) -> Instrument:
    """A US share."""
    return Instrument(asset_class=AssetClass.EQUITY, symbol=symbol, venue=venue, exchange_code="US", **more)


def coin(base: str, currency: str = "USD", venue: str = "", **more: Any) -> Instrument:
    """A coin in a currency, without a mark between the two: BTCUSD."""
    return _pair(f"{base}{currency}", {"base": base, "currency": currency, "venue": venue, **more})


def spot(symbol: str, venue: str, **more: Any) -> Instrument:
    """BTC/USD or BTC-USD of a venue."""
    base, _, currency = symbol.replace("-", "/").partition("/")
    return _pair(symbol, {"base": base, "currency": currency, "venue": venue, **more})


def _pair(symbol: str, fields: dict[str, Any]) -> Instrument:
    return Instrument(asset_class=AssetClass.CRYPTO, symbol=symbol, **{"kind": Kind.SPOT, **fields})
