"""What Alpaca may send of shares that hardly trade, and how what is wrong is named."""

from __future__ import annotations

import json

import pytest

from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Delay
from financehub_tui.market.quote import Quote
from financehub_tui.providers.alpaca import translate, wire
from financehub_tui.providers.kit.decode import decode

SHARE = Instrument(asset_class=AssetClass.EQUITY, symbol="ANY", venue="OTCM", exchange_code="US")
NOW = 1_791_300_000 * 10**9


@pytest.mark.parametrize("endpoint", [wire.STOCK_BARS, wire.CRYPTO_BARS])
def test_a_bar_without_a_time_names_where_it_came_from(endpoint: str) -> None:
    bar = wire.Bar(time="noon", open=1, high=1, low=1, close=1, volume=1)
    with pytest.raises(ProviderError) as caught:
        translate.frame([bar], Interval.D1, 0, NOW, regular=True, endpoint=endpoint)
    assert (caught.value.provider, caught.value.endpoint, caught.value.field) == ("alpaca", endpoint, "t")


def test_a_share_that_has_a_day_alone_has_its_close_and_decimals() -> None:
    day = {"t": "2026-10-06T04:00:00Z", "o": 1.25, "h": 1.375, "l": 1.2, "c": 1.345, "v": 10, "n": None, "vw": None}
    body = json.dumps({"ANY": {"latestTrade": None, "latestQuote": None, "dailyBar": day}}).encode()
    snapshots = decode(body, wire.StockSnapshots, provider="alpaca", endpoint=wire.STOCK_SNAPSHOTS)
    quote = translate.quote_of(
        SHARE, snapshots["ANY"], NOW, endpoint=wire.STOCK_SNAPSHOTS, delay=Delay.REALTIME, notes=()
    )
    assert isinstance(quote, Quote)
    assert (quote.last, quote.decimals, quote.open, quote.volume) == (1.345, 3, 1.25, 10)
