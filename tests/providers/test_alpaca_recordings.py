"""Recorded payloads of Alpaca decode, or are refused with the right type. Skipped where none are at hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest

from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.providers.alpaca import messages, translate, wire
from financehub_tui.providers.alpaca.decoder import AlpacaDecoder
from financehub_tui.providers.alpaca.refusals import refusal
from financehub_tui.providers.alpaca.symbols import instrument_of
from financehub_tui.providers.kit.http import Response, decode

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "alpaca"
FILES = sorted(path for path in FOLDER.glob("*") if ".json" in path.name)
pytestmark = pytest.mark.skipif(not FILES, reason="the shared recordings are not beside this checkout")


class LatestBars(msgspec.Struct):
    bars: dict[str, wire.Bar]


class LatestTrades(msgspec.Struct):
    trades: dict[str, wire.Trade]


class LatestQuotes(msgspec.Struct):
    quotes: dict[str, wire.Quote]


class QuotesPage(msgspec.Struct):
    quotes: dict[str, list[wire.Quote] | None] | None
    next_page_token: str | None = None


SHAPES = {
    "stocks-bars": wire.BarsPage,
    "crypto-bars": wire.BarsPage,
    "stocks-trades": wire.TradesPage,
    "crypto-trades": wire.TradesPage,
    "stocks-quotes": QuotesPage,
    "crypto-quotes": QuotesPage,
    "stocks-snapshots": wire.StockSnapshots,
    "crypto-snapshots": wire.CryptoSnapshots,
    "stocks-bars-latest": LatestBars,
    "crypto-bars-latest": LatestBars,
    "stocks-trades-latest": LatestTrades,
    "crypto-trades-latest": LatestTrades,
    "stocks-quotes-latest": LatestQuotes,
    "crypto-quotes-latest": LatestQuotes,
    "news": wire.NewsPage,
    "assets": list[wire.Asset],
    "screener-movers": wire.MoversAnswer,
    "assets-symbol": wire.Asset,
}
REFUSALS = {401: Reason.BAD_KEY, 403: Reason.NOT_OFFERED, 404: Reason.PROVIDER_ERROR}
AAPL = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS", exchange_code="US")
BTC = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", kind=Kind.SPOT, base="BTC")
LATER = 2_000_000_000 * 10**9


def content(path):
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def endpoint(path):
    return path.name.partition("__")[0]


def read(path):
    return decode(content(path), SHAPES[endpoint(path)], provider="alpaca", endpoint=endpoint(path))


def named(test):
    return [pytest.param(path, id=path.name) for path in FILES if test(path)]


@pytest.mark.parametrize("path", named(lambda path: endpoint(path) in SHAPES))
def test_a_recorded_answer_decodes(path):
    found = read(path)
    if isinstance(found, wire.BarsPage):
        rows = [bar for bars in found.bars.values() for bar in bars]
        made = translate.frame(rows, Interval.M1, 0, LATER, regular=False)
        assert len(made) == len({bar.time for bar in rows})
    elif isinstance(found, wire.TradesPage):
        rows = [trade for trades in found.trades.values() for trade in trades]
        made = translate.trades_of(AAPL, rows, "trades")
        assert len(made) == (0 if "canceled" in path.name else len(rows))
    elif isinstance(found, wire.NewsPage):
        assert all(story.time > 10**18 for story in translate.news_of(found.news, LATER))
    elif endpoint(path) == "assets":
        placed = [instrument_of(asset) for asset in found]
        assert len(found) > 7_000 and sum(one is not None for one in placed) > 0.99 * len(placed)


@pytest.mark.parametrize("path", named(lambda path: "-snapshots" in path.name))
def test_a_recorded_snapshot_becomes_a_quote(path):
    found = read(path)
    crypto = isinstance(found, wire.CryptoSnapshots)
    for name, snapshot in (found.snapshots if crypto else found).items():
        instrument = BTC if crypto else AAPL
        quote = translate.quote_of(instrument, snapshot, LATER, endpoint="x", delay=Delay.REALTIME, notes=())
        if name == "INVALID":
            assert isinstance(quote, Missing) and quote.reason is Reason.UNKNOWN_SYMBOL
            continue
        assert quote.last > 0 and quote.bid <= quote.ask
        assert quote.ask_size == snapshot.latest_quote.ask_size * (1 if crypto else 100)


@pytest.mark.parametrize("path", named(lambda path: path.name.startswith("error_")))
def test_a_recorded_refusal_has_its_type(path):
    status = int(path.name.removeprefix("error_")[:3])
    response = Response(
        provider="alpaca", endpoint="x", status=status, headers={}, body=content(path), received_at=LATER
    )
    error = refusal(response)
    assert error is not None and error.reason is REFUSALS[status]


class AnySink:
    def __init__(self):
        self.count = 0

    def top(self, key, time, bid, bid_size, ask, ask_size):
        self.count += 1
        assert time > 10**18

    def trade(self, trade):
        self.count += 1
        assert trade.price > 0 and trade.size > 0 and trade.time > 10**18

    def ticker(self, quote):
        self.count += 1

    def correct(self, correction):
        self.count += 1

    def book(self, key, time, book):
        self.count += 1
        assert not book.crossed


@pytest.mark.parametrize("path", named(lambda path: path.name.startswith("ws_")))
def test_recorded_frames_decode(path):
    text = content(path).decode()
    frames = [line for line in text.splitlines() if line.strip()] if ".jsonl" in path.name else [text]
    sink, taken, expected = AnySink(), 0, 0
    decoder = AlpacaDecoder(sink)
    for frame in frames:
        known = messages.read(frame.encode())
        decoder.know({name: AAPL for one in known if (name := getattr(one, "symbol", ""))})
        for message in known:
            expected += isinstance(message, messages.Trade | messages.Quote | messages.DayBar)
            expected += isinstance(message, messages.Cancel | messages.Correction)
            expected += isinstance(message, messages.Book) and message.reset
            taken += decoder.take(message, LATER) > 0
    assert sink.count == expected
    if "errors" in path.name:
        codes = [message.code for frame in frames for message in messages.read(frame.encode())]
        assert sorted(codes) == [*range(400, 412), 500]


def test_the_session_of_october_2026_gives_sizes_in_shares():
    [path] = FOLDER.glob("ws_session__sip-spy-2026-10-06.jsonl")
    tops = []
    sink = AnySink()
    sink.top = lambda *top: tops.append(top)
    decoder = AlpacaDecoder(sink)
    decoder.know({"SPY": AAPL})
    for frame in path.read_bytes().splitlines():
        for message in messages.read(frame):
            decoder.take(message, LATER)
    assert [(top[3], top[5]) for top in tops] == [(480, 1000), (280, 1000)]


def test_a_field_of_a_wrong_type_is_refused_by_name():
    with pytest.raises(ProviderError) as caught:
        decode(b'{"bars":{"A":[{"t":1}]}}', wire.BarsPage, provider="alpaca", endpoint="bars")
    assert caught.value.reason is Reason.BAD_ANSWER and caught.value.field
