"""What Alpaca declares, by the feed its shares come from."""

from __future__ import annotations

from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import AssetClass
from financehub_tui.market.provenance import Delay
from financehub_tui.providers.alpaca.wire import PROVIDER
from financehub_tui.providers.base import Capability, DataKind, Limit, Per, ProviderSpec
from financehub_tui.providers.keys.catalogue import FORMS

DATA_URL = "https://data.alpaca.markets"
TRADING_URL = "https://paper-api.alpaca.markets"
STREAM_URL = "wss://stream.data.alpaca.markets"
FEEDS = ("iex", "sip", "delayed_sip")
TIMEFRAMES = {
    Interval.M1: "1Min",
    Interval.M5: "5Min",
    Interval.M15: "15Min",
    Interval.M30: "30Min",
    Interval.D1: "1Day",
    Interval.W1: "1Week",
    Interval.MO1: "1Month",
}
"""Hours are left out: those of the source begin at the full hour and mix in what is before the opening at 9:30."""
FREE_SYMBOLS = 30
"""Trades and quotes together, on the one connection of a free key."""
_SHARES, _COINS = (AssetClass.EQUITY,), (AssetClass.CRYPTO,)


def spec_of(feed: str) -> ProviderSpec:
    """The declaration for one of `FEEDS`."""
    late = Delay.DELAYED if feed == "delayed_sip" else Delay.REALTIME
    bars_late = Delay.REALTIME if feed == "sip" else Delay.DELAYED
    times = tuple(TIMEFRAMES)
    free = feed != "sip"
    return ProviderSpec(
        id=PROVIDER,
        title="Alpaca",
        rest_url=DATA_URL,
        stream_url=STREAM_URL,
        capabilities=(
            Capability(kind=DataKind.QUOTE, asset_classes=_SHARES, delay=late, batch=100, stream=True),
            Capability(kind=DataKind.QUOTE, asset_classes=_COINS, batch=100, stream=True),
            Capability(kind=DataKind.BARS, asset_classes=_SHARES, delay=bars_late, intervals=times),
            Capability(kind=DataKind.BARS, asset_classes=_COINS, intervals=times),
            Capability(kind=DataKind.TRADES, asset_classes=_SHARES, delay=late, stream=True),
            Capability(kind=DataKind.TRADES, asset_classes=_COINS, stream=True),
            Capability(kind=DataKind.BOOK, asset_classes=_COINS, stream=True),
            Capability(kind=DataKind.NEWS, asset_classes=(*_SHARES, *_COINS)),
            Capability(kind=DataKind.SEARCH, asset_classes=(*_SHARES, *_COINS)),
            Capability(kind=DataKind.MOVERS, asset_classes=_SHARES, delay=Delay.DELAYED),
        ),
        limits=(
            Limit(name="requests", amount=200 if free else 10_000, seconds=60, per_key=True),
            Limit(name="connections", amount=1, per=Per.ONCE, per_key=True),
            *((Limit(name="symbols", amount=FREE_SYMBOLS, per=Per.CONNECTION, per_key=True),) if free else ()),
        ),
        needs_key=True,
        keys=FORMS[PROVIDER],
    )
