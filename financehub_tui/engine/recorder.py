"""Records what feeds say, event by event with the time it came, so that a day can be played again."""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.engine.taps import Tap
from financehub_tui.errors import StoreError
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Correction, Quote, Trade
from financehub_tui.paths import PRIVATE_FILE, private_folder

if TYPE_CHECKING:
    from financehub_tui.market.l2 import L2Book

DEPTH = 100
"""Levels a side that are recorded of an order book."""
COMPRESSION = 3
_LENGTH = 4

TOP, TRADE, TICKER, BOOK, LOST, CORRECTION = range(6)


class Event(NamedTuple):
    """One thing a feed said: when it came (ns since 1970 UTC), what it was (TOP ... CORRECTION), and its content."""

    received: int
    kind: int
    content: Any


class Recorder(Tap):
    """A tap that writes a file of length-prefixed msgpack records, gzipped. Events wait in memory until `flush`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.events = 0
        self._clock = clock
        self._waiting: list[Event] = []
        self._file: gzip.GzipFile | None = None
        self._raw: BufferedWriter | None = None
        self._busy = asyncio.Lock()

    def top(
        self,
        key: str,
        time: int,
        bid: float | None,
        bid_size: float | None,
        ask: float | None,
        ask_size: float | None,
    ) -> None:
        """Best bid and ask."""
        self._add(TOP, (key, time, bid, bid_size, ask, ask_size))

    def trade(self, trade: Trade) -> None:
        """A trade."""
        self._add(TRADE, trade)

    def correct(self, correction: Correction) -> None:
        """A trade taken back or corrected."""
        self._add(CORRECTION, correction)

    def ticker(self, quote: Quote) -> None:
        """Quote fields."""
        self._add(TICKER, quote)

    def book(self, key: str, time: int, book: L2Book) -> None:
        """The book as it is now: it goes on changing."""
        bids, asks = book.top(DEPTH)
        levels = [[(level.price, level.size) for level in side] for side in (bids, asks)]
        self._add(BOOK, (key, time, book.sequence, book.decimals, *levels))

    def book_lost(self, key: str, why: Missing) -> None:
        """The book is out of step."""
        self._add(LOST, (key, why))

    def _add(self, kind: int, content: Any) -> None:
        self.events += 1
        self._waiting.append(Event(self._clock.now(), kind, content))

    async def flush(self) -> int:
        """Write what waits, in a thread; how many events. Raises StoreError."""
        async with self._busy:
            waiting, self._waiting = self._waiting, []
            if waiting:
                await asyncio.to_thread(self._write, waiting)
            return len(waiting)

    def _write(self, events: list[Event]) -> None:
        with self._told():
            if self._file is None:
                self._file = self._create()
            for event in events:
                record = msgspec.msgpack.encode((event.received, event.kind, event.content))
                self._file.write(len(record).to_bytes(_LENGTH, "big") + record)
            self._file.flush()

    def _create(self) -> gzip.GzipFile:
        private_folder(self.path.parent)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        self._raw = os.fdopen(handle, "wb")
        return gzip.GzipFile(fileobj=self._raw, mode="wb", compresslevel=COMPRESSION)

    async def close(self) -> None:
        """Write the rest and end the file, be it without the rest. Raises StoreError."""
        try:
            await self.flush()
        finally:
            await asyncio.to_thread(self._end)

    def _end(self) -> None:
        file, self._file = self._file, None
        if file is None or self._raw is None:
            return
        with self._told(), self._raw:
            file.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the disk refuses comes out as StoreError."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror or error}", "The recording lacks some events.") from error


def read_recording(path: Path) -> Iterator[Event]:
    """The events of a file in order. A recording that was cut off ends where it was cut. Raises StoreError."""
    with _reading(path):
        for record in _records(path):
            received, kind, content = msgspec.msgpack.decode(record)
            yield Event(received, kind, _CONTENTS[kind](content))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever cannot be read comes out as StoreError."""
    try:
        yield
    except (OSError, zlib.error, msgspec.MsgspecError, LookupError, ValueError, TypeError) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreError(f"{path}: not a recording: {why}") from error


def _records(path: Path) -> Iterator[bytes]:
    """The records as bytes, up to where the file was cut."""
    try:
        with gzip.open(path, "rb") as file:
            while len(head := file.read(_LENGTH)) == _LENGTH:
                length = int.from_bytes(head, "big")
                record = file.read(length)
                if len(record) < length:
                    return
                yield record
    except EOFError:
        return


class Span(NamedTuple):
    """What a recording holds: the first and the last instant (ns since 1970 UTC), and the instruments."""

    start: int
    end: int
    keys: frozenset[str]
    events: int


class _Keyed(msgspec.Struct):
    key: str


def span_of(path: Path) -> Span | None:
    """Read a recording through without its values; None where it is empty. Raises StoreError."""
    head = msgspec.msgpack.Decoder(tuple[int, int, msgspec.Raw])
    start = end = events = 0
    keys: set[str] = set()
    with _reading(path):
        for record in _records(path):
            received, kind, content = head.decode(record)
            start, end, events = start or received, received, events + 1
            if kind in (TRADE, TICKER, CORRECTION):
                keys.add(msgspec.msgpack.decode(content, type=_Keyed).key)
            else:
                keys.add(str(msgspec.msgpack.decode(content)[0]))
    return Span(start, end, frozenset(keys), events) if events else None


def _lost(content: Any) -> tuple[str, Missing]:
    return content[0], msgspec.convert(content[1], Missing)


_CONTENTS: dict[int, Callable[[Any], Any]] = {
    TOP: tuple,
    TRADE: lambda content: msgspec.convert(content, Trade),
    TICKER: lambda content: msgspec.convert(content, Quote),
    BOOK: tuple,
    LOST: _lost,
    CORRECTION: lambda content: msgspec.convert(content, Correction),
}
