"""Records what feeds say, event by event with the time it came, so that a day can be played again."""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

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
MOST_HELD = 64 << 20
"""Bytes, packed, that are kept of what the disk refused."""
_LENGTH = 4
_PIECE = 1 << 16
_GZIP = 31
"""What zlib calls the format with gzip's header and checksum."""

TOP, TRADE, TICKER, BOOK, LOST, CORRECTION = range(6)


class Event(NamedTuple):
    """One thing a feed said: when it came (ns since 1970 UTC), what it was (TOP ... CORRECTION), and its content."""

    received: int
    kind: int
    content: Any


class _Member(NamedTuple):
    """The events of one flush as they stand in the file: a gzip member, which can be read by itself."""

    events: int
    packed: bytes


class Recorder(Tap):
    """A tap that writes a file of length-prefixed msgpack records, gzipped. Events wait in memory until `flush`.

    Each flush is a gzip member of its own: one that the disk took in part alone is cut off the file again, kept (all of
    them up to MOST_HELD), and written with the next flush.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.events = 0
        """In the file."""
        self._clock = clock
        self._waiting: list[Event] = []
        self._unwritten: deque[_Member] = deque()
        self._dropped = 0
        self._file: FileIO | None = None
        self._whole = 0
        self._busy = Lock()

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
        self._waiting.append(Event(self._clock.now(), kind, content))

    async def flush(self) -> int:
        """Write what waits, in a thread; how many events. Raises StoreError; what was not written waits on."""
        return await asyncio.to_thread(self._write)

    def _write(self) -> int:
        # A flush that was given up on may still be writing. Events go on coming meanwhile.
        with self._busy:
            events = self._waiting[:]
            del self._waiting[: len(events)]
            if events:
                self._hold(events)
            before = self.events
            with self._told():
                while self._unwritten:
                    self._append(self._unwritten[0].packed)
                    self.events += self._unwritten.popleft().events
            return self.events - before

    def _hold(self, events: list[Event]) -> None:
        """Put events behind those that wait to be written; where the disk refused too many, they are lost."""
        member = _member(events)
        held = sum(len(one.packed) for one in self._unwritten)
        if held and held + len(member.packed) > MOST_HELD:
            self._dropped += member.events
        else:
            self._unwritten.append(member)

    def _append(self, packed: bytes) -> None:
        """Put a member behind the whole ones. Raises OSError, and leaves those alone in the file."""
        file = self._file = self._file or self._create()
        file.seek(self._whole)
        rest = memoryview(packed)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            with suppress(OSError):
                file.truncate(self._whole)
            raise
        self._whole += len(packed)

    def _create(self) -> FileIO:
        private_folder(self.path.parent)
        file = FileIO(os.open(self.path, os.O_WRONLY | os.O_CREAT, PRIVATE_FILE), "wb")
        file.truncate(self._whole)
        return file

    async def close(self) -> None:
        """Write the rest and end the file. Raises StoreError, ended all the same, which counts the events lost."""
        why: StoreError | None = None
        try:
            await self.flush()
        except StoreError as error:
            why = error
        finally:
            await asyncio.to_thread(self._end)
        lost = self._dropped + sum(member.events for member in self._unwritten)
        if lost:
            what = "1 event" if lost == 1 else f"{lost:,} events"
            raise StoreError(f"{what} could not be recorded, lost at the end: {why or self.path}") from why

    def _end(self) -> None:
        with self._busy, self._told():
            file, self._file = self._file, None
            if file is not None:
                file.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the disk refuses comes out as StoreError."""
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"{self.path}: {error.strerror or error}", "What is missing is written once there is room."
            ) from error


def _member(events: list[Event]) -> _Member:
    records = [msgspec.msgpack.encode((event.received, event.kind, event.content)) for event in events]
    framed = b"".join(len(record).to_bytes(_LENGTH, "big") + record for record in records)
    return _Member(len(events), gzip.compress(framed, COMPRESSION, mtime=0))


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
    read = bytearray()
    with path.open("rb") as file:
        for piece in _unpacked(file):
            read += piece
            at = 0
            while (begin := at + _LENGTH) <= len(read):
                end = begin + int.from_bytes(read[at:begin], "big")
                if end > len(read):
                    break
                yield bytes(read[begin:end])
                at = end
            del read[:at]


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    """What the gzip members of a file hold, piece by piece; of one that was cut, what there is. Raises zlib.error."""
    member: zlib._Decompress | None = None
    while packed := file.read(_PIECE):
        while packed:
            # Zeros behind a member are what a file system left where the machine went down.
            if member is None and not (packed := packed.lstrip(b"\0")):
                break
            member = member or zlib.decompressobj(_GZIP)
            yield member.decompress(packed)
            packed = member.unused_data
            member = None if member.eof else member


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
