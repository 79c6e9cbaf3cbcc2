"""Frames of every kind that the sources' streams send, numbered as a venue numbers them, with what decodes them."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from financehub_tui.clock import SystemClock
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.providers.alpaca import messages
from financehub_tui.providers.alpaca.decoder import AlpacaDecoder
from financehub_tui.providers.base import Sink
from financehub_tui.providers.binance import wire as binance
from financehub_tui.providers.binance.decoder import BinanceDecoder
from financehub_tui.providers.coinbase import wire as coinbase
from financehub_tui.providers.coinbase.decoder import CoinbaseDecoder
from financehub_tui.providers.finnhub import FinnhubProvider
from financehub_tui.providers.keys.catalogue import form_of
from financehub_tui.providers.keys.pool import KeyPool
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.providers.kraken import wire as kraken
from financehub_tui.providers.kraken.checksum import checksum, digits
from financehub_tui.providers.kraken.decoder import KrakenDecoder
from financehub_tui.providers.yahoo.stream import Streamer

MS = 1_723_161_255_343
STAMP = "2024-08-08T23:54:15.343123Z"
Take = Callable[[bytes, int], object]


class Stream(NamedTuple):
    """One kind of message: `frames(n)` in order, `take` of a decoder made anew, `first` what must come before."""

    name: str
    frames: Callable[[int], Iterator[bytes]]
    take: Callable[[Sink], Take]
    shape: Any = None
    """The wire type, where a frame is read into one in one go."""
    first: tuple[bytes, ...] = ()


def streams() -> list[Stream]:
    """Every provider's, every kind that reaches the sink."""
    return [*_binance(), *_kraken(), *_coinbase(), *_yahoo(), *_finnhub(), *_alpaca()]


def pair(symbol: str, venue: str, currency: str, base: str = "BTC") -> Instrument:
    return Instrument(
        asset_class=AssetClass.CRYPTO, symbol=symbol, venue=venue, currency=currency, base=base, kind=Kind.SPOT
    )


APPLE = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS", exchange_code="US")


def _numbered(template: object) -> Callable[[int], Iterator[bytes]]:
    """`"NUMBER"` anywhere in it counts up from 1."""
    head, *rest = json.dumps(template, separators=(",", ":")).encode().split(b'"NUMBER"')

    def frames(count: int) -> Iterator[bytes]:
        for number in range(1, count + 1):
            yield (b"%d" % number).join((head, *rest))

    return frames


def _binance() -> Iterator[Stream]:
    def take(sink: Sink) -> Take:
        decoder = BinanceDecoder(sink)
        decoder.add("BTCUSDT", pair("BTCUSDT", "BINANCE", "USDT"))
        return decoder.handle

    base: dict[str, Any] = {"E": MS, "s": "BTCUSDT"}
    trade = base | {"p": "61837.63000000", "q": "0.02000000", "T": MS, "m": True, "M": True}
    day = base | dict.fromkeys("ohlcxbawp", "61837.63000000") | dict.fromkeys("vqQBAP", "40123.45600000")
    bar = dict.fromkeys("ohlc", "61837.63000000") | dict.fromkeys("vqVQ", "12.34500000")
    levels = [[f"618{number:02d}.63000000", "3.78826000"] for number in range(20)]
    body = {
        "trade": ("trade", base | trade | {"e": "trade", "t": "NUMBER"}, binance.TradeEvent),
        "aggTrade": (
            "aggTrade",
            base | trade | {"e": "aggTrade", "a": "NUMBER", "f": 1, "l": 2},
            binance.AggTradeEvent,
        ),
        "bookTicker": (
            "bookTicker",
            {"u": "NUMBER", "s": "BTCUSDT", "b": "61837.63", "B": "3.78", "a": "61837.64", "A": "1.5"},
            binance.BookTickerEvent,
        ),
        "ticker": ("ticker", day | {"e": "24hrTicker", "n": "NUMBER"}, binance.TickerEvent),
        "kline_1m": (
            "kline",
            base | {"e": "kline", "k": bar | {"t": MS, "T": MS, "i": "1m", "x": False, "n": "NUMBER", "s": "BTCUSDT"}},
            binance.KlineEvent,
        ),
        "depth20": (
            "depth, 20 a side",
            {"lastUpdateId": "NUMBER", "bids": levels[::-1], "asks": levels},
            binance.Depth,
        ),
        "depth": (
            "depth, 8 changes a side",
            base | {"e": "depthUpdate", "U": "NUMBER", "u": "NUMBER", "b": levels[:8], "a": levels[8:16]},
            binance.DepthEvent,
        ),
    }
    snapshot = {"lastUpdateId": 0, "bids": levels[:8], "asks": levels[8:]}
    for stream, (name, data, shape) in body.items():
        topic = f"btcusdt@{stream}"
        first = (json.dumps({"stream": "btcusdt@snapshot", "data": snapshot}, separators=(",", ":")).encode(),)
        frames = _numbered({"stream": topic, "data": data})
        yield Stream(f"binance {name}", frames, take, wrapped(shape), first if stream == "depth" else ())


def wrapped(shape: Any) -> Any:
    """A combined stream's frame around a payload."""
    import msgspec

    return msgspec.defstruct("Wrapped", [("data", shape)])


def _kraken() -> Iterator[Stream]:
    def take(sink: Sink) -> Take:
        decoder = KrakenDecoder(sink)
        decoder.add("BTC/USD", pair("BTC/USD", "KRAKEN", "USD"))
        return decoder.handle

    numbers = dict.fromkeys("bid ask last vwap low high change change_pct".split(), 61837.6)
    ticker = {"symbol": "BTC/USD", **numbers, "bid_qty": 3.7, "ask_qty": 1.5, "volume": 4012.5}
    ticker |= {"trades": "NUMBER", "timestamp": STAMP}
    trade = {"symbol": "BTC/USD", "side": "buy", "price": 61837.7, "qty": 0.0000363, "ord_type": "limit"}
    trade |= {"trade_id": "NUMBER", "timestamp": STAMP}
    kinds = (("ticker", ticker, kraken.TickerFrame), ("trade", trade, kraken.TradeFrame))
    for name, row, shape in kinds:
        yield Stream(f"kraken {name}", _numbered({"channel": name, "type": "update", "data": [row]}), take, shape)
    name = "kraken book, one change, checksum"
    yield Stream(name, _checked_changes, take, kraken.BookFrame, (_checked("snapshot", 0),))


def _checked(kind: str, step: int) -> bytes:
    """A book of ten levels a side whose best bid has another size at each step."""
    asks = [(Decimal(f"618{number}.5"), Decimal("1.50000001")) for number in range(40, 50)]
    bids = [(Decimal(f"618{number}.5"), Decimal("2.50000001")) for number in range(39, 29, -1)]
    bids[0] = (bids[0][0], Decimal(f"{step % 2 + 3}.50000001"))
    told = [[digits(*row, (1, 8)) for row in side] for side in (asks, bids)]
    sides = (asks, bids) if kind == "snapshot" else ([], bids[:1])
    rows = [[{"price": float(price), "qty": float(size)} for price, size in side] for side in sides]
    data = {"symbol": "BTC/USD", "asks": rows[0], "bids": rows[1], "checksum": checksum(*told), "timestamp": STAMP}
    return json.dumps({"channel": "book", "type": kind, "data": [data]}, separators=(",", ":")).encode()


def _checked_changes(count: int) -> Iterator[bytes]:
    both = [_checked("update", step) for step in (0, 1)]
    return (both[number % 2] for number in range(1, count + 1))


def _coinbase() -> Iterator[Stream]:
    def take(sink: Sink) -> Take:
        decoder = CoinbaseDecoder(sink)
        decoder.add("BTC-USD", pair("BTC-USD", "COINBASE", "USD"))
        return decoder.handle

    common: dict[str, Any] = {"product_id": "BTC-USD", "time": STAMP}
    prices = dict.fromkeys("price open_24h low_24h high_24h best_bid best_ask".split(), "61837.70")
    sizes = dict.fromkeys("volume_24h volume_30d best_bid_size best_ask_size last_size".split(), "3.78826000")
    ticker = {"type": "ticker", "sequence": "NUMBER", **common, **prices, **sizes, "side": "buy", "trade_id": "NUMBER"}
    match = {"type": "match", "trade_id": "NUMBER", "maker_order_id": "1aad6dd4-c00b-454e-81c4-16033085708e"}
    match |= {"taker_order_id": "9060f53e-620c-408f-a8fc-a1e33a55b0ad", "side": "sell", "size": "0.00609388"}
    match |= {"price": "61837.70", "sequence": "NUMBER", **common}
    changes = [["buy", f"618{number}.50", "1.25000000"] for number in range(30, 38)]
    update = {"type": "l2update", **common, "changes": changes}
    book = {"type": "snapshot", "product_id": "BTC-USD", "bids": [["61820.00", "1"]], "asks": [["61900.00", "1"]]}
    yield Stream("coinbase ticker", _numbered(ticker), take, coinbase.StreamTicker)
    yield Stream("coinbase match", _numbered(match), take, coinbase.Match)
    first = (json.dumps(book, separators=(",", ":")).encode(),)
    yield Stream("coinbase l2update, 8 changes", _numbered(update), take, coinbase.Update, first)


def _yahoo() -> Iterator[Stream]:
    """A proto3 message in base64 inside JSON: no wire type reads it in one go."""

    def take(sink: Sink) -> Take:
        streamer = Streamer("wss://streamer.example", sink)
        streamer.want([APPLE])
        return streamer.handle

    def varint(value: int) -> bytes:
        out = bytearray()
        while value >= 0x80:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes([*out, value])

    parts = [b"\x0a\x04AAPL", b"\x15" + struct.pack("<f", 150.12), b"\x18" + varint(2 * MS), b"\x2a\x03NMS"]
    parts += [b"\x30\x08", b"\x38\x01", b"\x45" + struct.pack("<f", -0.9), b"\x48" + varint(2 * 1_234_567)]
    parts += [b"\x65" + struct.pack("<f", -1.5), b"\xd8\x01\x04"]
    text = base64.b64encode(b"".join(parts)).decode()
    frame = json.dumps({"type": "pricing", "message": text}).encode()
    yield Stream("yahoo pricing", lambda count: (frame for _ in range(count)), take)


def _finnhub() -> Iterator[Stream]:
    """Read in two steps, the kind and then the rows."""

    def take(sink: Sink) -> Take:
        clock = SystemClock()
        ledger = Ledger(clock)
        pool = KeyPool(form_of("finnhub"), clock, lambda: ledger)
        feed: Any = FinnhubProvider(clock, keys=pool).feed(sink)
        feed.want({"trade": [APPLE]})
        handle: Take = feed.handle
        return handle

    rows = [{"s": "AAPL", "p": 185.92, "t": MS, "v": 100, "c": ["1", "12"]}] * 4
    yield Stream("finnhub trade, 4 rows", _numbered({"data": rows, "type": "trade"}), take)


def _alpaca() -> Iterator[Stream]:
    bitcoin = pair("BTC/USD", "", "USD")

    def take(sink: Sink) -> Take:
        decoder = AlpacaDecoder(sink)
        decoder.know({"AAPL": APPLE, "BTC/USD": bitcoin})
        return lambda frame, received: [decoder.take(message, received) for message in messages.read(frame)]

    day = dict.fromkeys("ohlc", 185.92)
    level = [{"p": 61837.5 + number, "s": 1.25} for number in range(5)]
    below = [{"p": 61830.5 - number, "s": 1.25} for number in range(5)]
    book = {"T": "o", "S": "BTC/USD", "t": STAMP, "b": below, "a": level}
    kinds = {
        "trade": {"T": "t", "S": "AAPL", "i": "NUMBER", "x": "V", "p": 185.92, "s": 100, "c": ["@"], "t": STAMP},
        "quote": {"T": "q", "S": "AAPL", "bx": "V", "bp": 185.9, "bs": 2, "ax": "V", "ap": 186.0, "as": 3, "t": STAMP},
        "day bar": {"T": "d", "S": "AAPL", **day, "v": 25_846_800, "t": STAMP},
        "book, 5 changes a side": book,
    }
    for name, message in kinds.items():
        first = (json.dumps([book | {"r": True}]).encode(),) if "book" in name else ()
        frames = _numbered([message])
        yield Stream(f"alpaca {name}", frames, take, list[messages.Known], first)
