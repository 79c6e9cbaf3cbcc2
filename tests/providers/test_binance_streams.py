"""Binance's frames: every kind, both forms, wrong ones, doubled ones, and the recorded book against a rebuild."""

from __future__ import annotations

import json
import random

import msgspec
import pytest
from vendors.binance import VendorBook, excerpt, stream_frames

from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Reason, Tier
from financehub_tui.market.quote import Side
from financehub_tui.providers.binance.decoder import BinanceDecoder

T = 1_723_161_255_308
NS = T * 1_000_000
RECEIVED = NS + 5_000_000


def coin(symbol, **more):
    return Instrument(
        asset_class=AssetClass.CRYPTO, symbol=symbol, venue="BINANCE", currency="USDT", kind=Kind.SPOT, **more
    )


class Recorder:
    """A sink that remembers."""

    def __init__(self):
        self.tops, self.trades, self.tickers, self.books, self.lost = [], [], [], [], []
        self.crossed = 0

    def top(self, *top):
        self.tops.append(top)

    def trade(self, trade):
        self.trades.append(trade)

    def ticker(self, quote):
        self.tickers.append(quote)

    def book(self, key, time, book):
        self.books.append((key, time, book.sequence))
        self.crossed += book.crossed

    def book_lost(self, key, why):
        self.lost.append((key, why))


@pytest.fixture
def sink():
    return Recorder()


@pytest.fixture
def asked():
    return []


@pytest.fixture
def decoder(sink, asked):
    made = BinanceDecoder(sink, resync=asked.append)
    made.add("BTCUSDT", coin("BTCUSDT", decimals=2))
    return made


FRAMES = {frame.get("stream", f"control {frame.get('id')}"): frame for frame in stream_frames()}
KEY = coin("BTCUSDT").key


def give(decoder, frame, received=RECEIVED):
    return decoder.handle(
        frame if isinstance(frame, bytes | str) else json.dumps(frame, separators=(",", ":")), received
    )


def test_a_trade_names_the_aggressor(decoder, sink):
    assert give(decoder, FRAMES["btcusdt@trade"]) == NS
    [trade] = sink.trades
    assert (trade.key, trade.price, trade.size, trade.id) == (KEY, 61837.63, 0.02, "1001")
    assert trade.side is Side.SELL and trade.time == NS - 1_000_000 and trade.provider == "binance"


def test_aggregates_and_blocks_are_marked(decoder, sink):
    give(decoder, FRAMES["btcusdt@aggTrade"])
    give(decoder, FRAMES["btcusdt@blockTrade"])
    assert [(trade.condition, trade.side) for trade in sink.trades] == [("aggregate", Side.BUY), ("block", Side.SELL)]


def test_best_prices_are_stamped_on_arrival(decoder, sink):
    assert give(decoder, FRAMES["btcusdt@bookTicker"]) == 0
    assert sink.tops == [(KEY, RECEIVED, 61837.63, 3.78826, 61837.64, 1.54698)]


def test_an_older_best_price_does_not_replace_a_newer(decoder, sink):
    give(decoder, FRAMES["btcusdt@bookTicker"])
    older = json.loads(json.dumps(FRAMES["btcusdt@bookTicker"]))
    older["data"]["u"] -= 1
    give(decoder, older)
    assert len(sink.tops) == 1 and decoder.duplicates == 1


def test_tickers_give_what_they_have_and_none_for_the_rest(decoder, sink):
    give(decoder, FRAMES["btcusdt@miniTicker"])
    give(decoder, FRAMES["btcusdt@ticker"])
    mini, full = sink.tickers
    assert (mini.last, mini.open, mini.previous_close) == (61837.63, 57000.1, 57000.1)
    assert (mini.bid, mini.trade_count) == (None, None)
    assert (full.previous_close, full.bid, full.ask, full.trade_count) == (57000.1, 61837.63, 61837.64, 1001)
    assert full.time == NS and full.decimals == 2 and full.quote_volume == 2400000000.12345678
    assert full.provenance.provider == "binance" and full.provenance.tier is Tier.LIVE


def test_best_prices_of_a_ticker_do_not_stand_in_the_way_of_quicker_ones(decoder, sink):
    give(decoder, FRAMES["btcusdt@bookTicker"])
    give(decoder, FRAMES["btcusdt@ticker"])
    [quote] = sink.tickers
    assert (quote.bid, quote.ask, quote.bid_size, quote.ask_size) == (None, None, None, None)
    assert quote.last == 61837.63


@pytest.mark.parametrize("stream", ["btcusdt@ticker_1h", "btcusdt@kline_1m"])
def test_other_windows_give_the_last_price_only(decoder, sink, stream):
    give(decoder, FRAMES[stream])
    [quote] = sink.tickers
    assert (quote.last, quote.open, quote.high, quote.volume) == (61837.63, None, None, None)


def test_an_idle_pair_has_no_prices_rather_than_zeros(decoder, sink):
    frame = json.loads(json.dumps(FRAMES["btcusdt@ticker"]))
    frame["data"] |= dict.fromkeys("xcbaohl", "0.00000000")
    give(decoder, frame)
    [quote] = sink.tickers
    assert {quote.last, quote.bid, quote.ask, quote.open, quote.high, quote.low, quote.previous_close} == {None}
    assert {quote.last_size, quote.bid_size, quote.ask_size} == {None}


def test_a_side_without_a_price_has_no_size(decoder, sink):
    frame = json.loads(json.dumps(FRAMES["btcusdt@bookTicker"]))
    frame["data"] |= {"b": "0.00000000", "B": "0.00000000"}
    give(decoder, frame)
    assert sink.tops == [(KEY, RECEIVED, None, None, 61837.64, 1.54698)]


def test_arrays_give_each_known_symbol(decoder, sink):
    assert give(decoder, FRAMES["!miniTicker@arr"]) == NS
    assert len(sink.tickers) == 1 and decoder.ignored == 1


def test_a_partial_book_is_shown_until_a_synchronised_one_knows_more(decoder, sink):
    give(decoder, FRAMES["btcusdt@depth20@100ms"])
    assert sink.books == [(KEY, RECEIVED, 9001)]


@pytest.mark.parametrize("stream", [name for name in FRAMES if "@" in name and "depth20" not in name])
def test_raw_and_indented_frames_mean_the_same_as_combined_ones(stream):
    results = []
    for shape in ("combined", "raw", "indented", "bytes"):
        sink = Recorder()
        decoder = BinanceDecoder(sink)
        decoder.add("BTCUSDT", coin("BTCUSDT", decimals=2))
        frame = FRAMES[stream]
        text = (
            json.dumps(frame["data"])
            if shape == "raw"
            else json.dumps(frame, indent=2 if shape == "indented" else None)
        )
        decoder.handle(text.encode() if shape == "bytes" else text, RECEIVED)
        results.append((sink.trades, sink.tops, sink.tickers, decoder.ignored))
    assert all(result == results[0] for result in results)


def test_unknown_fields_times_in_microseconds_and_plain_numbers_are_taken(decoder, sink):
    give(decoder, FRAMES["btcusdt@trade"])
    frame = json.loads(json.dumps(FRAMES["btcusdt@trade"]))
    frame["data"] |= {"t": 1002, "st": 1, "b": 5, "p": 61837.63, "T": (T - 1) * 1_000 + 250, "E": T * 1_000}
    assert give(decoder, frame) == NS
    assert sink.trades[1].price == 61837.63
    assert sink.trades[1].time == NS - 1_000_000 + 250_000


def test_acknowledgements_are_quiet_and_refusals_are_typed(decoder):
    give(decoder, {"result": None, "id": 1})
    give(decoder, {"id": "x-1", "result": ["btcusdt@trade"]})
    for refusal in ({"code": 2, "msg": "Invalid request"}, {"error": {"code": 4, "msg": "Too many"}, "id": 19}):
        with pytest.raises(ProviderError) as caught:
            give(decoder, refusal)
        assert caught.value.reason is Reason.PROVIDER_ERROR and "refused" in str(caught.value)


@pytest.mark.parametrize("frame", [{"e": "serverShutdown", "E": T}, {"stream": "!serverShutdown", "data": {"E": T}}])
def test_an_announced_shutdown_is_passed_on(sink, frame):
    calls = []
    give(BinanceDecoder(sink, shutdown=lambda: calls.append(1)), frame)
    assert calls == [1]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"p": None}, "data.p"),
        ({"p": "dear"}, "data.p"),
        ({"p": "NaN"}, "data.p"),
        ({"p": "Infinity"}, "data.p"),
        ({"p": "-1.0"}, "data.p"),
        ({"q": {}}, "data.q"),
        ({"t": "abc"}, "data.t"),
        ({"T": None}, "data.T"),
    ],
)
def test_a_wrong_value_is_refused_naming_stream_and_field(decoder, sink, change, field):
    frame = {"stream": "btcusdt@trade", "data": {**FRAMES["btcusdt@trade"]["data"], **change}}
    with pytest.raises(ProviderError) as caught:
        give(decoder, frame)
    error = caught.value
    assert (error.reason, error.endpoint, error.field) == (Reason.BAD_ANSWER, "btcusdt@trade", field)
    assert sink.trades == []
    give(decoder, FRAMES["btcusdt@trade"])
    assert len(sink.trades) == 1


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "3",
        '"x"',
        "{",
        '{"stream":"btcusdt@trade","data":',
        '{"stream":"btcusdt@trade"}',
        '{"stream":"btcusdt@depth","data":{"b":[["1"]]}}',
        '{"stream":"',
        '{"stream":5}',
        "<html></html>",
        '{"a":1}',
        "[1]",
        "[[{}]]",
        pytest.param("[" * 9_000 + "]" * 9_000, id="nested"),
        '{"stream":"\\ud800@trade","data":{}}',
        b"\xff",
    ],
)
def test_whatever_comes_is_a_typed_error_and_never_another_exception(decoder, frame):
    with pytest.raises(ProviderError) as caught:
        decoder.handle(frame, RECEIVED)
    assert caught.value.reason is Reason.BAD_ANSWER
    assert "\n" not in str(caught.value)


def test_kinds_and_symbols_nobody_asked_for_are_counted_and_ignored(decoder, sink):
    give(decoder, {"stream": "btcusdt@something", "data": {"new": 1}})
    give(decoder, {"stream": "xyzusdt@trade", "data": {**FRAMES["btcusdt@trade"]["data"], "s": "XYZUSDT"}})
    assert decoder.ignored == 2 and sink.trades == []
    decoder.remove("btcusdt")
    give(decoder, FRAMES["btcusdt@trade"])
    assert sink.trades == []


def trades(ids):
    data = FRAMES["btcusdt@trade"]["data"]
    return [{"stream": "btcusdt@trade", "data": {**data, "t": number}} for number in ids]


def test_doubled_trades_count_once_and_late_ones_are_kept(decoder, sink):
    for frame in trades([5, 6, 6, 9, 8, 8, 5, 10]):
        give(decoder, frame)
    assert [int(trade.id) for trade in sink.trades] == [5, 6, 9, 8, 10]
    assert decoder.duplicates == 3 and decoder.gaps == 1


def test_endless_holes_in_the_numbering_are_not_remembered_for_ever(decoder, sink):
    for frame in trades(range(1, 1_000_000, 499)):
        give(decoder, frame)
    listed = decoder.book("BTCUSDT")
    assert len(sink.trades) == 2_005 and listed is not None
    assert len(decoder.listed["BTCUSDT"].trades.missing) <= 1_000


def test_a_venue_that_counts_its_trades_anew_is_followed(decoder, sink):
    for frame in trades([5_000_000, 5_000_001, 7, 8, 8, 9]):
        give(decoder, frame)
    assert [int(trade.id) for trade in sink.trades] == [5_000_000, 5_000_001, 7, 8, 9]


def test_on_another_connection_best_prices_may_be_numbered_from_another_start(decoder, sink):
    give(decoder, FRAMES["btcusdt@bookTicker"])
    older = FRAMES["btcusdt@bookTicker"]["data"] | {"u": 3}
    give(decoder, {"stream": "btcusdt@bookTicker", "data": older})
    assert len(sink.tops) == 1
    decoder.count_anew(["BTCUSDT", "UNKNOWN"])
    give(decoder, {"stream": "btcusdt@bookTicker", "data": older})
    assert len(sink.tops) == 2


def test_names_outside_of_ascii_are_known_escaped_or_not(sink):
    made = BinanceDecoder(sink)
    made.add("币安人生USDT", coin("币安人生USDT"))
    data = FRAMES["btcusdt@trade"]["data"]
    for number, plain in enumerate((True, False), 1):
        frame = {"stream": "币安人生usdt@trade", "data": data | {"s": "币安人生USDT", "t": number}}
        give(made, json.dumps(frame, separators=(",", ":"), ensure_ascii=plain))
    assert len(sink.trades) == 2 and made.ignored == 0


def depth(event):
    return {"stream": "btcusdt@depth@100ms", "data": event}


def synced(decoder, vendor_book):
    give(decoder, depth(vendor_book.change((99.0, 5.0), (102.0, 2.0))))
    decoder.snapshot("BTCUSDT", json.dumps(vendor_book.snapshot()).encode(), RECEIVED)


def levels(decoder):
    bids, asks = decoder.book("BTCUSDT").book.top(1_000)
    return {level.price: level.size for level in bids}, {level.price: level.size for level in asks}


def test_a_book_is_built_from_a_snapshot_and_kept_in_step(decoder, sink, asked):
    book = VendorBook("BTCUSDT")
    synced(decoder, book)
    give(decoder, depth(book.change((100.0, 0.0), (101.0, 9.0))))
    assert asked == ["BTCUSDT"]
    assert levels(decoder) == (book.bids, book.asks)
    assert sink.books[-1] == (KEY, NS, book.sequence) and sink.lost == []


def test_buffered_differences_older_than_the_snapshot_are_dropped_and_newer_ones_applied(decoder, asked):
    book = VendorBook("BTCUSDT")
    give(decoder, depth(book.change((99.0, 5.0), (102.0, 2.0))))
    body = json.dumps(book.snapshot()).encode()
    for size in (3.0, 4.0):
        give(decoder, depth(book.change((98.0, size), (103.0, size))))
    decoder.snapshot("BTCUSDT", body, RECEIVED)
    assert levels(decoder) == (book.bids, book.asks)


def test_a_snapshot_from_the_middle_of_a_difference_fits(decoder):
    book = VendorBook("BTCUSDT")
    event = book.change((99.0, 5.0), (102.0, 2.0), covers=10)
    give(decoder, depth(event))
    middle = {**book.snapshot(), "lastUpdateId": event["u"] - 4}
    decoder.snapshot("BTCUSDT", json.dumps(middle).encode(), RECEIVED)
    assert decoder.book("BTCUSDT").synced and levels(decoder) == (book.bids, book.asks)


def test_a_snapshot_older_than_the_buffer_is_asked_for_again(decoder, asked):
    book = VendorBook("BTCUSDT")
    old = json.dumps(book.snapshot()).encode()
    book.change((99.0, 5.0), (102.0, 2.0))
    give(decoder, depth(book.change((98.0, 5.0), (103.0, 2.0))))
    decoder.snapshot("BTCUSDT", old, RECEIVED)
    assert asked == ["BTCUSDT", "BTCUSDT"] and not decoder.book("BTCUSDT").synced
    decoder.snapshot("BTCUSDT", json.dumps(book.snapshot()).encode(), RECEIVED)
    assert decoder.book("BTCUSDT").synced


def test_a_gap_withdraws_the_book_and_builds_it_anew(decoder, sink, asked):
    book = VendorBook("BTCUSDT")
    synced(decoder, book)
    book.change((97.0, 8.0), (104.0, 8.0))
    give(decoder, depth(book.change((96.0, 8.0), (105.0, 8.0))))
    assert decoder.gaps == 1 and asked == ["BTCUSDT", "BTCUSDT"]
    [(key, why)] = sink.lost
    assert key == KEY and why.reason is Reason.PENDING and "missing" in why.detail
    assert levels(decoder) == ({}, {})
    decoder.snapshot("BTCUSDT", json.dumps(book.snapshot()).encode(), RECEIVED)
    assert levels(decoder) == (book.bids, book.asks)


def test_doubled_differences_change_nothing(decoder, sink):
    book = VendorBook("BTCUSDT")
    synced(decoder, book)
    first = depth(book.change((100.0, 7.0), (101.0, 7.0)))
    second = depth(book.change((100.0, 8.0), (101.0, 8.0)))
    for frame in (first, second, first, second):
        give(decoder, frame)
    assert levels(decoder) == (book.bids, book.asks)
    assert decoder.duplicates == 2 and decoder.gaps == 0


def test_differences_that_overtake_each_other_end_in_a_resync_never_in_a_wrong_book(decoder, sink, asked):
    book = VendorBook("BTCUSDT")
    synced(decoder, book)
    frames = [depth(book.change((100.0 - n, n + 0.5), (101.0 + n, n + 0.5))) for n in range(4)]
    frames[1], frames[2] = frames[2], frames[1]
    for frame in frames:
        give(decoder, frame)
    assert len(asked) == 2 and not decoder.book("BTCUSDT").synced
    decoder.snapshot("BTCUSDT", json.dumps(book.snapshot()).encode(), RECEIVED)
    assert levels(decoder) == (book.bids, book.asks)


def test_a_crossed_book_is_withdrawn(decoder, sink, asked):
    book = VendorBook("BTCUSDT")
    synced(decoder, book)
    give(decoder, depth(book.change((150.0, 1.0), (101.0, 1.0))))
    assert len(sink.lost) == 1 and "crossed" in sink.lost[0][1].detail and len(asked) == 2


def test_a_late_snapshot_does_not_set_a_book_back(decoder):
    book = VendorBook("BTCUSDT")
    synced(decoder, book)
    old = json.dumps(book.snapshot()).encode()
    give(decoder, depth(book.change((100.0, 0.0), (101.0, 9.0))))
    decoder.snapshot("BTCUSDT", old, RECEIVED)
    assert levels(decoder) == (book.bids, book.asks)


def test_a_crossed_snapshot_is_not_shown(decoder, sink, asked):
    book = VendorBook("BTCUSDT")
    give(decoder, depth(book.change((99.0, 5.0), (102.0, 2.0))))
    book.bids[150.0] = 1.0
    decoder.snapshot("BTCUSDT", json.dumps(book.snapshot()).encode(), RECEIVED)
    assert sink.books == [] and len(sink.lost) == 1
    give(decoder, depth(book.change((150.0, 0.0), (102.0, 2.0))))
    assert len(asked) == 2


def test_frames_of_symbols_not_asked_for_are_ignored_whatever_their_kind(sink):
    decoder = BinanceDecoder(sink)
    for frame in FRAMES.values():
        give(decoder, frame)
    known = len([name for name in FRAMES if "@" in name])
    assert decoder.ignored == known + 1
    assert (sink.tops, sink.trades, sink.tickers, sink.books) == ([], [], [], [])


def test_precision_is_learnt_from_prices_where_nobody_told_it(sink):
    decoder = BinanceDecoder(sink)
    decoder.add("BTCUSDT", coin("BTCUSDT"))
    give(decoder, FRAMES["btcusdt@kline_1m"])
    give(decoder, FRAMES["btcusdt@miniTicker"])
    assert [quote.decimals for quote in sink.tickers] == [2, 2]
    book = VendorBook("BTCUSDT")
    synced(decoder, book)
    give(decoder, FRAMES["btcusdt@miniTicker"])
    assert sink.tickers[-1].decimals == decoder.book("BTCUSDT").book.decimals == 0


def test_a_lost_connection_withdraws_its_books(decoder, sink):
    synced(decoder, VendorBook("BTCUSDT"))
    decoder.lose_books({"BTCUSDT", "ETHUSDT"}, "the connection was lost")
    decoder.lose_books({"BTCUSDT"}, "the connection was lost")
    assert len(sink.lost) == 1


@pytest.mark.parametrize("seed", range(5))
def test_under_random_faults_a_shown_book_is_always_right(seed):
    """Dropped, doubled and swapped differences: whatever the sink is given equals the venue's book at that id."""
    chance = random.Random(seed)
    book, truth = VendorBook("BTCUSDT"), {}
    wrong = []

    class Checker(Recorder):
        def book(self, key, time, shown):
            bids, asks = shown.top(1_000)
            if (dict(map(_pair, bids)), dict(map(_pair, asks))) != truth[shown.sequence]:
                wrong.append(shown.sequence)
            self.books.append(shown.sequence)

    sink = Checker()
    decoder = BinanceDecoder(sink)
    decoder.add("BTCUSDT", coin("BTCUSDT"))
    held = []
    for _ in range(600):
        sizes = chance.choice([0.0, 1.0, 2.0]), chance.choice([0.0, 1.0, 2.0])
        event = book.change((100.0 - chance.randrange(20), sizes[0]), (101.0 + chance.randrange(20), sizes[1]))
        truth[book.sequence] = (dict(book.bids), dict(book.asks))
        held.append(event)
        fault = chance.random()
        if fault < 0.03:
            held.pop()
        elif fault < 0.06:
            held.append(event)
        elif fault < 0.09:
            continue
        else:
            if len(held) > 1 and chance.random() < 0.5:
                held.reverse()
            for one in held:
                give(decoder, depth(one))
            held.clear()
        if decoder.book("BTCUSDT").waiting and chance.random() < 0.3:
            decoder.snapshot("BTCUSDT", json.dumps(book.snapshot()).encode(), RECEIVED)
    assert wrong == [] and len(sink.books) > 100 and decoder.gaps > 3


def _pair(level):
    return level.price, level.size


class Rebuild:
    """An independent reading of the recording with the plain json module."""

    def __init__(self):
        self.waiting, self.sides, self.last, self.trades = [], None, None, 0

    def take(self, frame):
        message = json.loads(frame)
        if "lastUpdateId" in message:
            self.last = message["lastUpdateId"]
            self.sides = {s: {float(p): float(q) for p, q in message[s]} for s in ("bids", "asks")}
            for event in self.waiting:
                self._apply(event)
        elif message["stream"].endswith("@trade"):
            self.trades += 1
        elif "@depth" in message["stream"]:
            if self.sides is None:
                self.waiting.append(message["data"])
            else:
                self._apply(message["data"])

    def _apply(self, event):
        if event["u"] <= self.last:
            return
        assert event["U"] <= self.last + 1
        self.last = event["u"]
        for side, short in (("bids", "b"), ("asks", "a")):
            for price, size in event[short]:
                self.sides[side][float(price)] = float(size)
                if float(size) == 0:
                    del self.sides[side][float(price)]


def test_the_recorded_book_never_crosses_and_equals_an_independent_rebuild(sink):
    decoder = BinanceDecoder(sink, tier=Tier.REPLAY)
    decoder.add("ETHUSDT", coin("ETHUSDT"))
    rebuild = Rebuild()
    for number, (time, frame) in enumerate(excerpt()):
        decoder.handle(frame, time)
        rebuild.take(frame)
        if number % 50 == 0 and rebuild.sides:
            shown = decoder.book("ETHUSDT").book
            bids, asks = shown.top(10_000)
            assert dict(map(_pair, bids)) == rebuild.sides["bids"]
            assert dict(map(_pair, asks)) == rebuild.sides["asks"]
            assert shown.sequence == rebuild.last
    assert sink.crossed == 0 and sink.lost == [] and decoder.gaps == 0 and decoder.duplicates == 0
    assert len(sink.trades) == rebuild.trades > 100
    assert decoder.book("ETHUSDT").book.decimals == 2


def test_snapshots_inside_a_recording_of_several_symbols_find_their_books(sink):
    decoder = BinanceDecoder(sink)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        decoder.add(symbol, coin(symbol))
    book = VendorBook("BTCUSDT")
    give(decoder, depth(book.change((99.0, 5.0), (102.0, 2.0))))
    for time, frame in list(excerpt())[:10]:
        decoder.handle(frame, time)
    assert decoder.book("ETHUSDT").synced and decoder.book("BTCUSDT").waiting
    give(decoder, book.snapshot())
    assert decoder.book("BTCUSDT").synced and levels(decoder) == (book.bids, book.asks)


def test_a_snapshot_may_be_named_in_a_recording(sink):
    decoder = BinanceDecoder(sink)
    for symbol in ("ETHUSDT", "BTCUSDT"):
        decoder.add(symbol, coin(symbol))
    give(decoder, {"stream": "ethusdt@snapshot", "data": VendorBook("ETHUSDT").snapshot()})
    assert decoder.book("ETHUSDT").synced and not decoder.book("BTCUSDT").synced
    with pytest.raises(ProviderError):
        give(decoder, msgspec.json.encode(VendorBook("X").snapshot()))
