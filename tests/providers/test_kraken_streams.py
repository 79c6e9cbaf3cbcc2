"""Kraken's frames: every channel, wrong ones, doubled ones, and books against their checksum and a rebuild."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from functools import partial

import pytest
from vendors.instruments import spot
from vendors.kraken import MARKETS, VendorBook, frame, ticker_row, trade_row
from vendors.sinks import Recorder

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason, Tier
from financehub_tui.market.quote import Session, Side
from financehub_tui.providers.kraken.checksum import checksum, digits, proven_precision
from financehub_tui.providers.kraken.decoder import KrakenDecoder

STAMP = 1_723_161_255_308_123_000
RECEIVED = STAMP + 5_000_000
coin = partial(spot, venue="KRAKEN")
DEPTH = 10
BTC, PEPE = coin("BTC/USD"), coin("PEPE/USD")
BY_SYMBOL = {market.symbol: market for market in MARKETS}


@pytest.fixture
def sink():
    return Recorder()


@pytest.fixture
def asked():
    return []


@pytest.fixture
def decoder(sink, asked):
    made = KrakenDecoder(
        sink,
        depth=DEPTH,
        renew=lambda symbol: asked.append(("renew", symbol)),
        hole=lambda *hole: asked.append(("hole", *hole)),
        refused=lambda control, error: asked.append(("refused", control.symbol, error.reason)),
    )
    made.add("BTC/USD", BTC)
    made.add("PEPE/USD", PEPE)
    return made


def refused(decoder, frame):
    with pytest.raises(ProviderError) as caught:
        decoder.handle(frame, RECEIVED)
    assert "\n" not in str(caught.value)
    return caught.value


# tickers and trades


def test_a_ticker_gives_best_prices_and_the_change_of_24_hours(decoder, sink):
    assert decoder.handle(frame("ticker", ticker_row("BTC/USD"), kind="snapshot"), RECEIVED) == STAMP
    [quote] = sink.tickers
    assert (quote.key, quote.time, quote.session) == (BTC.key, STAMP, Session.CONTINUOUS)
    assert (quote.last, quote.bid, quote.ask, quote.bid_size) == (61837.7, 61837.6, 61837.7, 3.78826)
    assert (quote.previous_close, quote.trade_count, quote.decimals) == (62077.1, 1001, 1)
    assert (quote.provenance.provider, quote.provenance.tier, quote.open) == ("kraken", Tier.LIVE, None)


def test_the_older_form_without_time_and_count_is_stamped_on_arrival(decoder, sink):
    row = ticker_row("BTC/USD")
    del row["timestamp"], row["trades"]
    assert decoder.handle(frame("ticker", row), RECEIVED) == 0
    assert (sink.tickers[0].time, sink.tickers[0].trade_count) == (RECEIVED, None)


def test_an_idle_pair_has_no_prices_rather_than_zeros(decoder, sink):
    zeros = dict.fromkeys(("last", "bid", "ask", "low", "high", "change", "vwap", "volume"), 0)
    decoder.handle(frame("ticker", ticker_row("BTC/USD", **zeros)), RECEIVED)
    [quote] = sink.tickers
    assert {quote.last, quote.bid, quote.ask, quote.high, quote.low, quote.previous_close} == {None}
    assert (quote.bid_size, quote.ask_size) == (None, None)


def test_trades_name_the_aggressor_and_come_in_order(decoder, sink):
    rows = [trade_row("BTC/USD", 8), trade_row("BTC/USD", 7, side="sell"), trade_row("BTC/USD", 6, side="?")]
    decoder.handle(frame("trade", *rows, kind="snapshot"), RECEIVED)
    assert [(trade.id, trade.side) for trade in sink.trades] == [
        ("6", Side.UNKNOWN),
        ("7", Side.SELL),
        ("8", Side.BUY),
    ]
    assert sink.trades[0].size == 0.0000363 and sink.trades[0].provider == "kraken"


def test_doubled_trades_count_once_late_ones_are_kept_and_holes_are_told(decoder, sink, asked):
    for number in (5, 6, 6, 9, 8, 5):
        decoder.handle(frame("trade", trade_row("BTC/USD", number)), RECEIVED)
    assert [trade.id for trade in sink.trades] == ["5", "6", "9", "8"]
    assert decoder.duplicates == 2 and decoder.gaps == 1 and asked == [("hole", "BTC/USD", 7, 8)]
    decoder.late("BTC/USD", [sink.trades[-1]])
    assert len(sink.trades) == 4


def test_trades_missed_while_nobody_wanted_them_are_no_hole(decoder, asked):
    decoder.handle(frame("trade", trade_row("BTC/USD", 5)), RECEIVED)
    decoder.forget_trades("BTC/USD")
    decoder.handle(frame("trade", trade_row("BTC/USD", 99)), RECEIVED)
    assert asked == []


def test_numbers_as_strings_and_unknown_fields_are_taken(decoder, sink):
    row = ticker_row("BTC/USD", bid="61837.6", last="61837.7", new={"a": [1]})
    decoder.handle(frame("ticker", row), RECEIVED)
    book = json.loads(VendorBook(BY_SYMBOL["BTC/USD"]).snapshot(DEPTH))
    for side in ("bids", "asks"):
        for level in book["data"][0][side]:
            level |= {"price": str(level["price"]), "qty": f"{level['qty']:.8f}", "orders": 2}
    decoder.handle(json.dumps(book, indent=1), RECEIVED)
    assert sink.tickers[0].bid == 61837.6 and len(sink.books) == 1


# the checksum


ASKS = "45285.2 0.001 45286.4 1.54571953 45286.6 1.54571109 45289.6 1.54560911 45290.2 0.1589066 "
ASKS += "45291.8 1.54553491 45294.7 0.04454749 45296.1 0.3538 45297.5 0.09945542 45299.5 0.18772827"
BIDS = "45283.5 0.1 45283.4 1.54582015 45282.1 0.1 45281.0 0.1 45280.3 1.54592586 "
BIDS += "45279.0 0.0799 45277.6 0.03310103 45277.5 0.3 45277.3 1.54602737 45276.6 0.15445238"


def rows(text):
    words = [Decimal(word) for word in text.split()]
    return list(zip(words[::2], words[1::2], strict=True))


def test_the_checksum_is_that_of_the_venues_own_example():
    texts = [[digits(*row, (1, 8)) for row in rows(side)] for side in (ASKS, BIDS)]
    assert texts[0][0] == "452852100000" and checksum(*texts) == 3310070434
    assert proven_precision(rows(ASKS), rows(BIDS), 3310070434) == (1, 8)
    assert proven_precision(rows(ASKS), rows(BIDS), 1) is None and proven_precision([], [], 0) is None


@pytest.mark.parametrize("form", ["{:f}", "{:e}", "{:E}", '"{:f}"', '"{:.12f}"', '"{:e}"'])
def test_the_checksum_holds_in_whichever_form_numbers_come(decoder, sink, form):
    sides = [
        ",".join(f'{{"price":{form.format(price)},"qty":{form.format(size)}}}' for price, size in rows(side))
        for side in (ASKS, BIDS)
    ]
    row = f'{{"symbol":"BTC/USD","asks":[{sides[0]}],"bids":[{sides[1]}],"checksum":3310070434}}'
    decoder.handle(f'{{"channel":"book","type":"snapshot","data":[{row}]}}', RECEIVED)
    bids, asks = sink.books[-1][2]
    assert bids == {float(price): float(size) for price, size in rows(BIDS)} and len(asks) == 10


def test_sizes_with_more_digits_than_a_float_holds_keep_them():
    assert digits(Decimal("0.000012300"), Decimal("12345678901234.56789"), (9, 5)) == "123001234567890123456789"


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.symbol)
def test_the_precision_of_every_market_is_proven_by_its_snapshot(market):
    sink = Recorder()
    decoder = KrakenDecoder(sink, depth=DEPTH)
    decoder.add(market.symbol, coin(market.symbol))
    step = 10**-market.price_decimals
    decoder.handle(VendorBook(market, middle=1_000 * step).snapshot(DEPTH), RECEIVED)
    assert decoder.book(market.symbol).precision == (market.price_decimals, market.size_decimals)
    assert decoder.book(market.symbol).book.decimals == market.price_decimals


# books


def synced(decoder, symbol="BTC/USD"):
    book = VendorBook(BY_SYMBOL[symbol])
    decoder.handle(book.snapshot(DEPTH), RECEIVED)
    return book


def test_a_book_is_followed_and_cut_to_its_depth(decoder, sink):
    book = synced(decoder)
    assert sink.books[-1] == (BTC.key, RECEIVED, book.levels(DEPTH))
    assert decoder.handle(book.change((61_829.9, 3.0), (61_830.2, 2.0)), RECEIVED) == STAMP
    assert decoder.handle(book.change((61_829.9, 0.0), None), RECEIVED) == STAMP
    assert len(decoder.book("BTC/USD").book.top(1_000)[1]) == DEPTH
    assert sink.lost == [] and len(sink.books) == 3


def test_levels_that_fall_out_of_the_depth_are_cut_before_the_checksum(decoder, sink):
    book = VendorBook(BY_SYMBOL["BTC/USD"], middle=61_835.0)
    decoder.handle(book.snapshot(DEPTH), RECEIVED)
    for n in range(40):
        decoder.handle(book.change(ask=(61_834.9 - n / 10, 1.0 + n), bid=(61_834.9 - n / 10, 0.0)), RECEIVED)
        assert sink.books[-1][2] == book.levels(DEPTH)
    for n in range(35):
        decoder.handle(book.change(ask=(61_831.0 + n / 10, 0.0), bid=(61_831.0 + n / 10, 4.0)), RECEIVED)
        assert sink.books[-1][2] == book.levels(DEPTH)
    assert sink.lost == []


def test_a_lost_change_withdraws_the_book_and_asks_for_it_anew(decoder, sink, asked):
    book = synced(decoder)
    book.change((61_829.9, 9.0), None)
    decoder.handle(book.change(None, (61_830.0, 9.0)), RECEIVED)
    assert asked == [("renew", "BTC/USD")] and decoder.gaps == 1
    [why] = sink.lost
    assert why.reason is Reason.PENDING and "checksum" in why.detail
    decoder.handle(book.change((61_829.9, 8.0), None), RECEIVED)
    assert len(asked) == 1 and len(sink.books) == 1
    decoder.handle(book.snapshot(DEPTH), RECEIVED)
    assert sink.books[-1][2] == book.levels(DEPTH)


def test_a_snapshot_with_a_wrong_checksum_is_never_shown(decoder, sink, asked):
    text = VendorBook(BY_SYMBOL["BTC/USD"]).snapshot(DEPTH)
    wrong = json.loads(text)
    wrong["data"][0]["checksum"] += 1
    decoder.handle(json.dumps(wrong), RECEIVED)
    assert sink.books == [] and asked == [("renew", "BTC/USD")]


def test_a_precision_the_venue_has_changed_is_found_again(decoder, sink):
    synced(decoder)
    market = BY_SYMBOL["ETH/USD"]
    other = VendorBook(market, middle=61_830.0)
    decoder.handle(other.snapshot(DEPTH).replace("ETH/USD", "BTC/USD"), RECEIVED)
    assert decoder.book("BTC/USD").precision == (2, 8) and sink.lost == []


def test_an_empty_book_is_a_book_and_grows(decoder, sink):
    book = VendorBook(BY_SYMBOL["PEPE/USD"], middle=0.00001, levels=0)
    decoder.handle(book.snapshot(DEPTH), RECEIVED)
    decoder.handle(book.change((0.000009, 1_234_567.5), None), RECEIVED)
    decoder.handle(book.change((0.000009, 0.0), (0.00001, 5.25)), RECEIVED)
    assert [shown for _, _, shown in sink.books] == [({}, {}), ({0.000009: 1_234_567.5}, {}), ({}, {0.00001: 5.25})]
    assert sink.lost == [] and decoder.book("PEPE/USD").precision == (9, 5)


def test_changes_before_a_snapshot_mean_nothing(decoder, sink, asked):
    decoder.handle(VendorBook(BY_SYMBOL["BTC/USD"]).change((1.0, 1.0), None), RECEIVED)
    assert sink.books == [] and asked == []


def test_a_lost_connection_withdraws_its_books_once(decoder, sink):
    synced(decoder)
    decoder.lose_books(["BTC/USD", "PEPE/USD", "X/Y"], "the connection was lost")
    decoder.lose_books(["BTC/USD"], "the connection was lost")
    assert len(sink.lost) == 1


@pytest.mark.parametrize(
    ("level", "field"),
    [
        ('{"price":null,"qty":1}', "data[0].bids[0].price"),
        ('{"price":"dear","qty":1}', "data[0].bids[0].price"),
        ('{"price":"NaN","qty":1}', "data[0].bids[0].price"),
        ('{"price":"sNaN","qty":1}', "data[0].bids[0].price"),
        ('{"price":1,"qty":-1}', "data[0].bids[0].qty"),
        ('{"price":1,"qty":"Infinity"}', "data[0].bids[0].qty"),
        ('{"price":1,"qty":1e400}', "data[0].bids[0].qty"),
        ('{"price":1,"qty":1e-999999999}', "data[0].bids[0].qty"),
        ('{"price":true,"qty":1}', "data[0].bids[0].price"),
        ('{"price":{},"qty":[1]}', "data[0].bids[0].price"),
        ('{"price":"1_0","qty":1}', "data[0].bids[0].price"),
        ('{"price":1}', "data[0].bids[0].qty"),
    ],
)
def test_an_unreadable_change_is_refused_by_field_and_its_book_starts_anew(decoder, sink, asked, level, field):
    synced(decoder)
    text = f'{{"channel":"book","type":"update","data":[{{"symbol":"BTC/USD","checksum":1,"bids":[{level}]}}]}}'
    error = refused(decoder, text)
    assert (error.reason, error.endpoint, error.field) == (Reason.BAD_ANSWER, "book", field)
    assert asked == [("renew", "BTC/USD")] and len(sink.lost) == 1


@pytest.mark.parametrize("seed", range(4))
def test_under_random_faults_a_shown_book_is_always_the_venues(seed):
    """Dropped, doubled and swapped frames: whatever is shown is a state the venue's book had."""
    chance = random.Random(seed)
    market = BY_SYMBOL["BTC/USD"]
    book, truth, wanted = VendorBook(market), set(), []
    sink = Recorder()
    decoder = KrakenDecoder(sink, depth=DEPTH, renew=wanted.append)
    decoder.add("BTC/USD", BTC)
    held = [book.snapshot(DEPTH)]
    truth.add(frozen(book.levels(DEPTH)))
    for _ in range(500):
        sizes = chance.choice([0.0, 1.0, 2.5]), chance.choice([0.0, 1.0, 2.5])
        bid, ask = 61_829.9 - chance.randrange(12) / 10, 61_830.0 + chance.randrange(12) / 10
        held.append(book.change((bid, sizes[0]), (ask, sizes[1])))
        truth.add(frozen(book.levels(DEPTH)))
        fault = chance.random()
        if fault < 0.03:
            held.pop()
        elif fault < 0.06:
            held.append(held[-1])
        elif fault < 0.09:
            continue
        elif len(held) > 1 and chance.random() < 0.5:
            held.reverse()
        for one in held:
            decoder.handle(one, RECEIVED)
        held = []
        if wanted and chance.random() < 0.3:
            wanted.clear()
            held = [book.snapshot(DEPTH)]
    tops = {tuple(tuple(side[:10]) for side in state) for state in truth}
    assert all(tuple(tuple(side[:10]) for side in frozen(shown)) in tops for _, _, shown in sink.books)
    assert len(sink.books) > 100 and decoder.gaps > 3


def frozen(levels):
    bids, asks = levels
    return tuple(sorted(bids.items(), reverse=True)), tuple(sorted(asks.items()))


# control


def test_answers_to_our_messages_are_quiet(decoder):
    for text in (
        '{"method":"subscribe","result":{"channel":"ticker","symbol":"BTC/USD","warnings":["x"]},"success":true,"req_id":1}',
        '{"method":"pong","req_id":2,"time_in":"2026-09-10T17:44:43.105193Z"}',
        '{"error":"Already subscribed","method":"subscribe","success":false,"symbol":"BTC/USD"}',
        '{"channel":"heartbeat"}',
        '{"type":"x","channel":"heartbeat"}',
    ):
        assert decoder.handle(text, RECEIVED) == 0
    assert decoder.ignored == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Currency pair not supported XBT/USD", Reason.UNKNOWN_SYMBOL),
        ("Exceeded msg rate", Reason.RATE_LIMITED),
        ("Token(s) not found", Reason.NO_KEY),
        ("Subscription depth not supported", Reason.PROVIDER_ERROR),
    ],
)
def test_a_refused_subscription_is_an_alarm_with_its_type(decoder, asked, text, reason):
    error = refused(decoder, json.dumps({"error": text, "method": "subscribe", "success": False, "symbol": "XBT/USD"}))
    assert error.reason is reason and text in str(error)
    assert asked == [("refused", "XBT/USD", reason)]


def test_what_the_venue_says_of_itself_is_kept(decoder):
    row = {"system": "maintenance", "connection_id": 16174536464690282295, "upcoming_maintenance": [{"event_id": 1}]}
    decoder.handle(frame("status", row), RECEIVED)
    assert decoder.system == "maintenance"


def test_channels_and_symbols_nobody_asked_for_are_counted_and_ignored(decoder, sink):
    decoder.handle(frame("ohlc", {"open": None}), RECEIVED)
    decoder.handle(frame("level3", {}), RECEIVED)
    decoder.handle(frame("ticker", ticker_row("X/Y")), RECEIVED)
    decoder.remove("BTC/USD")
    decoder.handle(frame("trade", trade_row("BTC/USD", 1)), RECEIVED)
    assert decoder.ignored == 4 and sink.tickers == sink.trades == []


@pytest.mark.parametrize(
    ("channel", "row", "field"),
    [
        ("ticker", ticker_row("BTC/USD", last=None), "data[0].last"),
        ("ticker", ticker_row("BTC/USD", bid="NaN"), "data[0].bid"),
        ("ticker", ticker_row("BTC/USD", timestamp="yesterday"), "data[0].timestamp"),
        ("trade", trade_row("BTC/USD", 1, price="?"), "data[0].price"),
        ("trade", trade_row("BTC/USD", 1, qty=-1), "data[0].qty"),
        ("trade", trade_row("BTC/USD", None), "data[0].trade_id"),
        ("trade", {"symbol": "BTC/USD"}, "data[0].side"),
    ],
)
def test_a_wrong_value_is_refused_naming_channel_and_field(decoder, sink, channel, row, field):
    error = refused(decoder, frame(channel, row))
    assert (error.reason, error.endpoint, error.field) == (Reason.BAD_ANSWER, channel, field)
    decoder.handle(frame("ticker", ticker_row("BTC/USD")), RECEIVED)
    assert len(sink.tickers) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "3", '"x"', "{", "[]", "{}", '{"channel":"', '{"channel":5}', '{"a":1}'),
        *("<html></html>", b"\xff"),
        pytest.param('{"channel":"book","data":' + "[" * 9_000, id="nested"),
    ],
)
def test_whatever_comes_is_a_typed_error_and_never_another_exception(decoder, text):
    try:
        decoder.handle(text, RECEIVED)
    except ProviderError as error:
        assert error.reason is Reason.BAD_ANSWER
    else:
        assert text == '{"channel":"'
