"""What Kraken may send beside what was recorded: pairs of like names, answers of older versions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from financehub_tui.clock import ManualClock
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.providers.kit.decode import decode
from financehub_tui.providers.kraken import KrakenProvider, names, wire

PAIR = Instrument(
    asset_class=AssetClass.CRYPTO, symbol="BTC/EUR", venue="KRAKEN", currency="EUR", base="BTC", kind=Kind.SPOT
)
TICKER: dict[str, Any] = {
    "a": ["562.3", "1", "1.500"],
    "b": ["560.5", "2", "2.250"],
    "c": ["560.9", "0.01"],
    "v": ["84.2", "600.9"],
    "p": ["562.2", "576.8"],
    "t": [305, 2783],
    "l": ["560.0", "559.0"],
    "h": ["570.0", "591.1"],
    "o": "569.0",
}


@pytest.mark.parametrize(("one", "other"), [("RE/USD", "REZ/USD"), ("AIO/EUR", "AIOZ/EUR"), ("XT/USD", "XTZ/USD")])
def test_no_pair_is_spelled_like_another(one: str, other: str) -> None:
    assert not names.spellings(one) & names.spellings(other)


@pytest.mark.parametrize(
    ("best", "size"), [(["562.3", "1", "1.500"], 1.5), (["562.3", "1.500"], 1.5), ([562.3, 1, 1.5, "more"], 1.5)]
)
def test_a_best_price_of_any_version_has_its_size(best: list[Any], size: float) -> None:
    body = json.dumps({"error": [], "result": {"XXBTZEUR": TICKER | {"a": best}}}).encode()
    ticker = decode(body, wire.Tickers, provider="kraken", endpoint="Ticker").result["XXBTZEUR"]
    quote = KrakenProvider(ManualClock()).quote(PAIR, "BTC/EUR", (ticker, 5))
    assert (quote.ask, quote.ask_size, quote.bid_size) == (562.3, size, 2.25)
