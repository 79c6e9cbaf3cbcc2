"""Frames of Binance's streams to the sink: pure, without sockets, the same for live, replay and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import GenericAlias
from typing import Any

import msgspec
from msgspec import field

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason, Tier
from financehub_tui.providers.base import Sink
from financehub_tui.providers.binance import wire
from financehub_tui.providers.binance.translate import PROVIDER, Translator
from financehub_tui.providers.kit.decode import UNREADABLE, bad_answer, decode, decoder, explain

Route = Callable[[bytes, int], int]
"""Takes a whole frame and its receive time; returns the event's time (ns since 1970 UTC), 0 where it has none."""
Method = Callable[[Any, int], int]

_PREFIX = b'{"stream":"'
_PREFIX_LENGTH = len(_PREFIX)

KIND_OF_EVENT = {
    "trade": "trade",
    "aggTrade": "aggTrade",
    "blockTrade": "blockTrade",
    "kline": "kline",
    "24hrTicker": "ticker",
    "24hrMiniTicker": "miniTicker",
    "depthUpdate": "depth",
    "1hTicker": "windowTicker",
    "4hTicker": "windowTicker",
    "1dTicker": "windowTicker",
    "serverShutdown": "!serverShutdown",
}
"""Stream kind by the event type inside the payload, for raw streams."""


class _Probe(msgspec.Struct):
    """What tells frames apart. Acks and errors are not wrapped even on combined streams."""

    stream: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    event: str | None = field(name="e", default=None)
    symbol: str | None = field(name="s", default=None)
    update_id: int | None = field(name="u", default=None)
    last_update_id: int | None = field(name="lastUpdateId", default=None)
    code: int | None = None
    msg: str = ""
    error: wire.ErrorBody | None = None
    result: object = msgspec.UNSET


class BinanceDecoder(Translator):
    """Decodes every documented spot stream, combined or raw, and the REST book snapshots inside recordings.

    `resync(symbol)` is called when a book needs a snapshot; leave it out in replay, where the recording has it.
    `hole(symbol, first, last)` is called when trades were missed, `shutdown()` when the venue announces that it will
    close the connection.

        decoder = BinanceDecoder(sink, tier=Tier.REPLAY)
        decoder.add("BTCUSDT", instrument)
        decoder.handle(frame, received_ns)
    """

    def __init__(
        self,
        sink: Sink,
        *,
        resync: Callable[[str], None] | None = None,
        shutdown: Callable[[], None] | None = None,
        hole: Callable[[str, int, int], None] | None = None,
        tier: Tier = Tier.LIVE,
    ) -> None:
        super().__init__(sink, resync=resync, shutdown=shutdown, hole=hole, tier=tier)
        self._routes: dict[bytes, Route] = {}
        self._kinds: dict[str, tuple[Any, Method]] = {
            "trade": (wire.TradeEvent, self.trade),
            "aggTrade": (wire.AggTradeEvent, self.agg_trade),
            "blockTrade": (wire.TradeEvent, self.block_trade),
            "bookTicker": (wire.BookTickerEvent, self.book_ticker),
            "ticker": (wire.TickerEvent, self.ticker),
            "miniTicker": (wire.TickerEvent, self.ticker),
            "windowTicker": (wire.TickerEvent, self.window_ticker),
            "kline": (wire.KlineEvent, self.kline),
            "depth": (wire.DepthEvent, self.depth),
            "!serverShutdown": (msgspec.Raw, self.shutdown),
        }

    def handle(self, frame: bytes | str, received: int) -> int:
        """Take one frame, received at `received` (ns since 1970 UTC). Returns the event's own time, 0 if it has none.

        Raises ProviderError: BAD_ANSWER naming stream and field, PROVIDER_ERROR where the venue refuses a request.
        The decoder stays usable.
        """
        data = frame.encode() if isinstance(frame, str) else frame
        if data.startswith(_PREFIX):
            name = data[_PREFIX_LENGTH : data.find(b'"', _PREFIX_LENGTH)]
            route = self._routes.get(name)
            if route is None and b"\\" in name:
                return self._unusual(data, received)
            if route is None:
                route = self._routes[name] = self._route(name.decode("utf-8", "replace"), wrapped=True)
            return route(data, received)
        return self._unusual(data, received)

    def snapshot(self, symbol: str, body: bytes | wire.Depth, received: int) -> None:
        """A REST depth snapshot of a symbol has come."""
        depth = body if isinstance(body, wire.Depth) else decode(body, wire.Depth, provider=PROVIDER, endpoint="depth")
        if (listed := self.listed.get(symbol)) is not None:
            listed.book.snapshot(depth, received)

    def lose_books(self, symbols: Iterable[str], why: str, reason: Reason = Reason.PENDING) -> None:
        """The connection that carried these symbols' books is gone: what waits for a snapshot is given up too."""
        for symbol in symbols:
            listed = self.listed.get(symbol)
            if listed is not None and (listed.book.synced or listed.book.waiting):
                listed.book.lose(why, reason)

    def _unusual(self, data: bytes, received: int) -> int:
        """Frames of raw streams, acks, errors, snapshots inside recordings, unusual white space, escaped names."""
        if data.lstrip()[:1] == b"[":
            items = decode(data, list[msgspec.Raw], provider=PROVIDER, endpoint="stream")
            return max((self._single(bytes(item), received) for item in items), default=0)
        return self._single(data, received)

    def _single(self, data: bytes, received: int) -> int:
        probe = decode(data, _Probe, provider=PROVIDER, endpoint="stream")
        if probe.stream is not None:
            return self._route(probe.stream, wrapped=False)(bytes(probe.data), received)
        if probe.event is not None:
            return self._route(f"@{KIND_OF_EVENT.get(probe.event, probe.event)}", wrapped=False)(data, received)
        if probe.update_id is not None and probe.symbol is not None:
            return self._route("@bookTicker", wrapped=False)(data, received)
        if probe.last_update_id is not None:
            return self._lone_snapshot(data, received)
        return _control(probe)

    def _lone_snapshot(self, data: bytes, received: int) -> int:
        """Recordings hold REST snapshots between the frames, without their symbol: it is the book that waits for it.

        Where several wait it is the one whose update ids are nearest, since every symbol counts its own.
        """
        depth = decode(data, wire.Depth, provider=PROVIDER, endpoint="depth")
        listed = self.listed
        waiting = [symbol for symbol, known in listed.items() if known.book.waiting]
        candidates = waiting or (list(listed) if len(listed) == 1 else [])
        if not candidates:
            raise bad_answer(PROVIDER, "stream", "a book without its symbol", "s")
        nearest = min(candidates, key=lambda symbol: listed[symbol].book.distance(depth.last_update_id))
        self.snapshot(nearest, depth, received)
        return 0

    def _route(self, name: str, *, wrapped: bool) -> Route:
        """The function for a stream name such as `btcusdt@depth20@100ms` or `!miniTicker@arr`."""
        subject, kind, each = _parts(name)
        if kind == "snapshot" or (kind.startswith("depth") and kind != "depth"):
            shape, method = wire.Depth, self._whole_book(subject.upper(), snapshot=kind == "snapshot")
        else:
            shape, method = self._kinds.get(kind, (msgspec.Raw, self.ignore))
        return _reader(name, shape, method, wrapped=wrapped, each=each)

    def _whole_book(self, symbol: str, *, snapshot: bool) -> Method:
        def take(depth: wire.Depth, received: int) -> int:
            if snapshot:
                self.snapshot(symbol, depth, received)
                return 0
            return self.partial(symbol, depth, received)

        return take


def _parts(name: str) -> tuple[str, str, bool]:
    """Subject, kind and whether the payload is a list: `btcusdt@kline_1m` -> (btcusdt, kline, False)."""
    subject, _, rest = name.partition("@")
    word = rest.partition("@")[0]
    each = word == "arr"
    if each:
        word = subject.removeprefix("!")
    elif not word:
        word = subject
    kind, _, detail = word.partition("_")
    return subject, "windowTicker" if kind == "ticker" and detail else kind, each


def _control(probe: _Probe) -> int:
    error = probe.error or (wire.ErrorBody(probe.code, probe.msg) if probe.code is not None else None)
    if error is not None:
        detail = f"request refused: {error.msg} ({error.code})"
        raise ProviderError(PROVIDER, Reason.PROVIDER_ERROR, detail, endpoint="stream")
    if probe.result is msgspec.UNSET:
        raise bad_answer(PROVIDER, "stream", "a frame of no known kind")
    return 0


def _reader(name: str, shape: Any, method: Method, *, wrapped: bool, each: bool) -> Route:
    """A function that decodes a frame of one stream and hands on what is in it."""
    content = GenericAlias(list, (shape,)) if each else shape
    kind: Any = _wrapper(content) if wrapped else content
    take = decoder(kind).decode

    def events(data: bytes) -> Any:
        try:
            value = take(data)
        except UNREADABLE as error:
            raise explain(error, data, provider=PROVIDER, endpoint=name) from None
        return value.data if wrapped else value

    def read_each(data: bytes, received: int) -> int:
        return max((method(event, received) for event in events(data)), default=0)

    def read(data: bytes, received: int) -> int:
        return method(events(data), received)

    return read_each if each else read


_wrappers: dict[Any, Any] = {}


def _wrapper(content: Any) -> Any:
    """The struct of a combined stream's frame around a payload type."""
    if content not in _wrappers:
        _wrappers[content] = msgspec.defstruct("Frame", [("data", content)])
    return _wrappers[content]
