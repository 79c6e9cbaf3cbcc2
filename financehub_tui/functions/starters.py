"""What a monitor shows before its user has lists of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.market.instrument import AssetClass, Instrument

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

STARTER = "starter"
"""Name of the list a monitor opens with."""

_CRYPTO = (("BTCUSDT", AssetClass.CRYPTO), ("ETHUSDT", AssetClass.CRYPTO))
_MIXED = (
    *(
        (symbol, AssetClass.EQUITY)
        for symbol in (
            "AAPL MSFT AMZN GOOGL FB NVDA JPM BAC XOM JNJ WMT KO DIS BA GE "
            "INTC CSCO IBM NFLX V GS PG PFE UNH HD CAT CVX"
        ).split()
    ),
    ("VIX", AssetClass.INDEX),
    ("EURUSD", AssetClass.CURRENCY),
    ("GBPUSD", AssetClass.CURRENCY),
    ("USDJPY", AssetClass.CURRENCY),
    ("XAUUSD", AssetClass.CURRENCY),
    ("BTC-USD", AssetClass.CRYPTO),
    ("ETH-USD", AssetClass.CRYPTO),
)
_LIVE = (
    *((symbol, AssetClass.EQUITY) for symbol in "AAPL MSFT AMZN GOOGL META NVDA JPM BAC XOM JNJ WMT KO".split()),
    ("SPX", AssetClass.INDEX),
    ("VIX", AssetClass.INDEX),
    ("EURUSD", AssetClass.CURRENCY),
    ("GBPUSD", AssetClass.CURRENCY),
    ("USDJPY", AssetClass.CURRENCY),
    ("BTCUSDT", AssetClass.CRYPTO),
    ("ETHUSDT", AssetClass.CRYPTO),
    ("SOLUSDT", AssetClass.CRYPTO),
)


def starter(desk: Desk) -> list[Instrument]:
    """The instruments of the starter list that this scenario knows."""
    wanted = {"crypto": _CRYPTO, "equities": _MIXED}.get(desk.scenario.name, _LIVE)
    found = (desk.master.exact(symbol, asset_class=asset_class) for symbol, asset_class in wanted)
    return [matches[0] for matches in found if matches]


async def list_members(desk: Desk, name: str) -> list[Instrument]:
    """Members of a list; the starter's where the user has no list of that name. Raises DataMissingError."""
    if name.casefold() == STARTER and all(known.casefold() != STARTER for known, _ in await desk.lists.names()):
        return starter(desk)
    return await desk.lists.members(name)
