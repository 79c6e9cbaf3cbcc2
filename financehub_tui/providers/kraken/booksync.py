"""A Kraken book: snapshot, changes, cut to the depth asked for, and proven by its checksum after every frame.

The venue sends no deletions for levels that fall out of the depth, so both sides are cut after each frame. There are
no sequence numbers: a checksum that does not agree is how a lost change shows. The book is then withdrawn and
subscribed anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import inf

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Sink
from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.kit.spot_books import KeptBook
from financehub_tui.providers.kraken.checksum import LEVELS, Precision, Row, checksum, digits, proven_precision
from financehub_tui.providers.kraken.refusals import PROVIDER
from financehub_tui.providers.kraken.wire import StreamBook, StreamLevel

Read = tuple[float, float, Row]
"""Price and quantity of a level, and how they were written."""

_NUMBER = re.compile(r"\d+(\.\d+)?([eE][-+]?\d{1,3})?")
"""Exponents end somewhere, or their digits written out would fill the memory."""


class CheckedBook(KeptBook):
    """One symbol's book, renewed by subscribing anew."""

    def __init__(self, key: str, decimals: int | None, depth: int, sink: Sink, renew: Callable[[], None]) -> None:
        super().__init__(key, sink, renew, title="Kraken", decimals=decimals)
        self.precision: Precision | None = None
        """Decimals of price and quantity, once known."""
        self._depth = depth
        self._ask_digits: dict[float, str] = {}
        self._bid_digits: dict[float, str] = {}

    def snapshot(self, data: StreamBook, time: int) -> None:
        """A whole book. Raises ProviderError where a level is no level."""
        asks, bids = self._read(data)
        self.book.snapshot(_sizes(bids), _sizes(asks), 0)
        if self._agreed(asks, bids, data.checksum):
            self.synced = True
            self.show(time)
        else:
            self.distrust("the snapshot does not agree with its checksum")

    def update(self, data: StreamBook, time: int) -> None:
        """Changes; without a snapshot before them they mean nothing. Raises ProviderError as `snapshot`."""
        if not self.synced:
            return
        if self.precision is None:
            # Only an empty book has no precision yet: the changes are all of it.
            self.snapshot(data, time)
            return
        asks, bids = self._read(data)
        self.book.apply(_sizes(bids), _sizes(asks), self.book.sequence + 1)
        self.book.trim(self._depth)
        self._note(asks, bids, self.precision)
        if self._checksum() == data.checksum:
            self.show(time)
        else:
            self.distrust("it does not agree with its checksum")

    def lose(self, why: str, reason: Reason = Reason.PENDING) -> None:
        """As for every book; the digits of its levels are forgotten with it."""
        self._ask_digits.clear()
        self._bid_digits.clear()
        super().lose(why, reason)

    def _read(self, data: StreamBook) -> tuple[list[Read], list[Read]]:
        """Asks and bids."""
        try:
            return _levels(data.asks, "asks"), _levels(data.bids, "bids")
        except ProviderError:
            self.distrust("a frame could not be read")
            raise

    def _agreed(self, asks: list[Read], bids: list[Read], wanted: int) -> bool:
        """Whether a snapshot has its checksum. Where the precision is not known, or no longer true, it is found."""
        best_asks = [row[2] for row in sorted(row for row in asks if row[1])[:LEVELS]]
        best_bids = [row[2] for row in sorted((row for row in bids if row[1]), reverse=True)[:LEVELS]]
        if self.precision is None or not _has(self.precision, best_asks, best_bids, wanted):
            self.precision = proven_precision(best_asks, best_bids, wanted)
        if self.precision is None:
            return not best_asks and not best_bids and wanted == 0
        self.book.decimals = self.precision[0]
        self._ask_digits.clear()
        self._bid_digits.clear()
        self._note(asks, bids, self.precision)
        return True

    def _note(self, asks: list[Read], bids: list[Read], precision: Precision) -> None:
        """Keep the digits of levels; those of levels that are gone are thrown away now and then."""
        for known, rows in ((self._ask_digits, asks), (self._bid_digits, bids)):
            for price, _, written in rows:
                known[price] = digits(*written, precision)
        if len(self._ask_digits) + len(self._bid_digits) > 8 * self._depth:
            shown_bids, shown_asks = self.book.top(self._depth)
            self._ask_digits = {level.price: self._ask_digits[level.price] for level in shown_asks}
            self._bid_digits = {level.price: self._bid_digits[level.price] for level in shown_bids}

    def _checksum(self) -> int:
        bids, asks = self.book.top(LEVELS)
        ask_digits, bid_digits = self._ask_digits, self._bid_digits
        return checksum([ask_digits[level.price] for level in asks], [bid_digits[level.price] for level in bids])


def _has(precision: Precision, asks: list[Row], bids: list[Row], wanted: int) -> bool:
    best = [[digits(*row, precision) for row in side] for side in (asks, bids)]
    return checksum(best[0], best[1]) == wanted


def _levels(rows: list[StreamLevel], side: str) -> list[Read]:
    read: list[Read] = []
    for place, row in enumerate(rows):
        price, quantity = _written(row.price), _written(row.qty)
        level = (_value(price), _value(quantity), (price, quantity))
        if inf in level:
            name, text = ("price", price) if level[0] == inf else ("qty", quantity)
            raise bad_answer(PROVIDER, "book", f"{text[:40]} is no {name}", f"data[0].{side}[{place}].{name}")
        read.append(level)
    return read


def _value(text: str) -> float:
    """The number, infinite where it is none."""
    return float(text) if _NUMBER.fullmatch(text) else inf


def _written(raw: msgspec.Raw) -> str:
    """A number's text; where it is sent as a text, that without its quotes."""
    text = str(raw, "utf-8")
    return text[1:-1] if text.startswith('"') else text


def _sizes(rows: list[Read]) -> list[tuple[float, float]]:
    return [(price, quantity) for price, quantity, _ in rows]
