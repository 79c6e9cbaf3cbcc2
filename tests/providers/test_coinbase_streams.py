"""Coinbase's frames: every channel, wrong ones, doubled ones, and books against a rebuild."""

from __future__ import annotations

import json
import random
from functools import partial

import pytest
from vendors.coinbase import NEEDS_KEY, TIME, VendorBook, match, ticker
from vendors.instruments import spot
from vendors.sinks import Recorder

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason, Tier
from financehub_tui.market.quote import Session, Side
from financehub_tui.providers.coinbase.decoder import CoinbaseDecoder

STAMP = 1_723_161_255_308_123_000
RECEIVED = STAMP + 5_000_000
coin = partial(spot, venue="COINBASE")
BTC = coin("BTC-USD")


@pytest.fixture
def sink():
    return Recorder()


@pytest.fixture
def asked():
    return []


@pytest.fixture
def decoder(sink, asked):
    made = CoinbaseDecoder(
        sink,
        renew=lambda product: asked.append(("renew", product)),
        hole=lambda *hole: asked.append(("hole", *hole)),
        refused=lambda said, error: asked.append(("refused", error.reason)),
    )
    made.add("BTC-USD", BTC)
    return made


def give(decoder, message):
    text = message if isinstance(message, str | bytes) else json.dumps(message, separators=(",", ":"))
    return decoder.handle(text, RECEIVED)


def refused(decoder, message):
    with pytest.raises(ProviderError) as caught:
        give(decoder, message)
    assert "\n" not in str(caught.value)
    return caught.value


# tickers and matches


def test_a_ticker_gives_best_prices_and_the_last_24_hours(decoder, sink):
    assert give(decoder, ticker("BTC-USD", 7)) == STAMP
    [quote] = sink.tickers
    assert (quote.key, quote.time, quote.session) == (BTC.key, STAMP, Session.CONTINUOUS)
    assert (quote.last, quote.bid, quote.ask, quote.bid_size, quote.last_size) == (
        61837.7,
        61837.6,
        61837.7,
        3.78826,
        0.02,
    )
    assert (quote.open, quote.previous_close, quote.high, quote.volume) == (57000.1, 57000.1, 62700.0, 40123.456)
    assert (quote.decimals, quote.provenance.tier, decoder.last_sequence) == (1, Tier.LIVE, 7)


def test_what_older_and_first_frames_lack_is_none(decoder, sink):
    row = ticker("BTC-USD", 7)
    for name in ("best_bid_size", "best_ask_size", "side", "time", "trade_id", "last_size"):
        del row[name]
    assert give(decoder, row) == 0
    [quote] = sink.tickers
    assert (quote.time, quote.bid_size, quote.last_size) == (RECEIVED, None, None)


def test_what_never_traded_has_no_prices_rather_than_zeros(decoder, sink):
    zeros = dict.fromkeys(("price", "open_24h", "low_24h", "high_24h", "best_bid", "best_ask"), "0")
    give(decoder, ticker("BTC-USD", 7, **zeros))
    [quote] = sink.tickers
    assert {quote.last, quote.bid, quote.ask, quote.open, quote.high, quote.low, quote.previous_close} == {None}
    assert {quote.last_size, quote.bid_size, quote.ask_size} == {None}


def test_older_and_doubled_tickers_are_dropped_until_the_connection_is_another(decoder, sink):
    for sequence in (7, 9, 9, 8):
        give(decoder, ticker("BTC-USD", sequence))
    assert len(sink.tickers) == 2 and decoder.duplicates == 2
    decoder.lost(["BTC-USD", "X-Y"], "ticker", "the connection was lost")
    give(decoder, ticker("BTC-USD", 3))
    assert len(sink.tickers) == 3


def test_matches_name_the_aggressor_not_the_maker(decoder, sink):
    give(decoder, match("BTC-USD", 5, type="last_match"))
    give(decoder, match("BTC-USD", 6, side="buy"))
    assert [(trade.id, trade.side) for trade in sink.trades] == [("5", Side.BUY), ("6", Side.SELL)]
    assert (sink.trades[0].price, sink.trades[0].size, sink.trades[0].provider) == (61837.7, 0.00609388, "coinbase")


def test_doubled_matches_count_once_late_ones_are_kept_and_holes_are_told(decoder, sink, asked):
    for number in (5, 6, 6, 9, 8, 5):
        give(decoder, match("BTC-USD", number))
    assert [trade.id for trade in sink.trades] == ["5", "6", "9", "8"]
    assert decoder.duplicates == 2 and decoder.gaps == 1 and asked == [("hole", "BTC-USD", 7, 8)]
    decoder.late("BTC-USD", [sink.trades[-1]])
    assert len(sink.trades) == 4
    decoder.forget_trades("BTC-USD")
    give(decoder, match("BTC-USD", 99))
    assert len(asked) == 1


# books


def synced(decoder):
    book = VendorBook()
    give(decoder, book.snapshot("BTC-USD"))
    return book


def test_a_book_is_followed(decoder, sink, asked):
    book = synced(decoder)
    assert give(decoder, book.change("BTC-USD", ("buy", 61_830.0, 0.0), ("sell", 61_830.5, 2.0))) == STAMP
    assert sink.books[0][1] == RECEIVED and sink.books[1] == (BTC.key, STAMP, (book.bids, book.asks))
    assert asked == [] and decoder.book("BTC-USD").book.decimals == 0


@pytest.mark.parametrize("size", ["0", "0.00000000", 0])
def test_every_form_of_zero_deletes(decoder, sink, size):
    synced(decoder)
    give(decoder, {"type": "l2update", "product_id": "BTC-USD", "changes": [["buy", "61830.00", size]]})
    assert 61_830.0 not in sink.books[-1][2][0] and sink.books[-1][1] == RECEIVED


def test_the_year_1_is_no_time(decoder, sink):
    synced(decoder)
    changes = [["buy", "61829.00", "7"]]
    frame = {"type": "l2update", "product_id": "BTC-USD", "changes": changes, "time": "0001-01-01T00:00:00.000000Z"}
    assert give(decoder, frame) == 0 and sink.books[-1][1] == RECEIVED


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (["buy", "61830.00", "0.-10000"], "changes[0][2]"),
        (["buy", None, "1"], "changes[0][1]"),
        (["buy", "NaN", "1"], "changes[0][1]"),
        (["both", "1", "1"], "changes[0][0]"),
        (["buy", "1"], "changes[0]"),
    ],
)
def test_an_unreadable_change_is_refused_by_field_and_its_book_starts_anew(decoder, sink, asked, change, field):
    synced(decoder)
    error = refused(decoder, {"type": "l2update", "product_id": "BTC-USD", "changes": [change], "time": TIME})
    assert (error.reason, error.endpoint, error.field) == (Reason.BAD_ANSWER, "l2update", field)
    assert asked == [("renew", "BTC-USD")] and sink.lost[0].reason is Reason.PENDING and decoder.gaps == 1


def test_a_crossed_book_is_withdrawn_and_asked_for_anew(decoder, sink, asked):
    book = synced(decoder)
    give(decoder, book.change("BTC-USD", ("buy", 61_831.0, 1.0)))
    assert asked == [("renew", "BTC-USD")] and "crossed" in sink.lost[0].detail
    give(decoder, book.change("BTC-USD", ("buy", 61_831.0, 0.0)))
    assert len(sink.books) == 1
    give(decoder, book.snapshot("BTC-USD"))
    assert sink.books[-1][2] == (book.bids, book.asks)


def test_changes_before_a_snapshot_mean_nothing(decoder, sink, asked):
    give(decoder, VendorBook().change("BTC-USD", ("buy", 1.0, 1.0)))
    assert sink.books == [] and asked == []


def test_a_lost_connection_withdraws_its_books_once(decoder, sink):
    synced(decoder)
    for _ in range(2):
        decoder.lost(["BTC-USD"], "level2_batch", "the connection was lost")
    assert len(sink.lost) == 1


@pytest.mark.parametrize("seed", range(3))
def test_a_followed_book_equals_an_independent_rebuild(decoder, sink, seed):
    chance = random.Random(seed)
    book = synced(decoder)
    for _ in range(300):
        rows = [("buy", 61_830.0 - chance.randrange(20), chance.choice([0.0, 1.0, 2.5])) for _ in range(3)]
        rows += [("sell", 61_831.0 + chance.randrange(20), chance.choice([0.0, 1.0, 2.5])) for _ in range(3)]
        give(decoder, book.change("BTC-USD", *rows))
        assert sink.books[-1][2] == (book.bids, book.asks)
    assert sink.lost == []


# control


def test_acknowledgements_under_any_name_and_heartbeats_are_quiet(decoder):
    for channels in ([], [{"name": "ticker_1000", "product_ids": ["BTC-USD"], "account_ids": None}]):
        assert give(decoder, {"type": "subscriptions", "channels": channels}) == 0
    beat = {"last_trade_id": 0, "product_id": "X-Y", "sequence": 1, "time": TIME, "type": "heartbeat"}
    assert give(decoder, beat) == STAMP and decoder.ignored == 0


@pytest.mark.parametrize(
    ("message", "why", "reason"),
    [
        ("Failed to subscribe", NEEDS_KEY, Reason.NO_KEY),
        ("Failed to subscribe", "BTC-XXX is not a valid product", Reason.UNKNOWN_SYMBOL),
        ("Failed to subscribe", "No channels provided", Reason.PROVIDER_ERROR),
        ("Rate limit exceeded", "", Reason.RATE_LIMITED),
    ],
)
def test_a_refusal_is_typed(decoder, asked, message, why, reason):
    error = refused(decoder, {"message": message, "reason": why, "type": "error"})
    assert error.reason is reason and message in str(error) and why in str(error)
    assert asked == [("refused", reason)]


def test_channels_and_products_nobody_asked_for_are_counted_and_ignored(decoder, sink):
    give(decoder, {"type": "status", "products": None})
    give(decoder, {"type": "open", "price": None})
    give(decoder, ticker("X-Y", 1))
    decoder.remove("BTC-USD")
    give(decoder, match("BTC-USD", 1))
    assert decoder.ignored == 4 and sink.tickers == sink.trades == []


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (ticker("BTC-USD", 1, price=None), "price"),
        (ticker("BTC-USD", 1, best_bid="NaN"), "best_bid"),
        (ticker("BTC-USD", 1, best_bid_size=None), "best_bid_size"),
        (ticker("BTC-USD", "?"), "sequence"),
        (match("BTC-USD", 1, side="both"), "side"),
        (match("BTC-USD", 1, size="-1"), "size"),
        (match("BTC-USD", 1, time="soon"), "time"),
        ({"type": "snapshot", "product_id": "BTC-USD", "bids": []}, "asks"),
        ({"type": "subscriptions"}, "channels"),
    ],
)
def test_a_wrong_value_is_refused_naming_type_and_field(decoder, sink, message, field):
    error = refused(decoder, message)
    assert (error.reason, error.endpoint, error.field) == (Reason.BAD_ANSWER, message["type"], field)
    give(decoder, ticker("BTC-USD", 99))
    assert len(sink.tickers) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "3", "{", "[]", "{}", '{"type":5}', "<html></html>", b"\xff", '{"a":1}'),
        pytest.param('{"type":"snapshot","bids":' + "[" * 9_000, id="nested"),
    ],
)
def test_whatever_comes_is_a_typed_error_and_never_another_exception(decoder, text):
    assert refused(decoder, text).reason is Reason.BAD_ANSWER


def test_white_space_and_order_of_fields_do_not_matter(decoder, sink):
    give(decoder, json.dumps(dict(reversed(ticker("BTC-USD", 5).items())), indent=2))
    assert len(sink.tickers) == 1
