"""What every picture of depth shares: a header, rows that differ, and the balance of the two sides."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from financehub_tui import formats
from financehub_tui.market.quote import Book
from financehub_tui.widgets.bars import balance_bar
from financehub_tui.widgets.ladder_model import BookRow, LadderRow
from financehub_tui.widgets.live import LiveView
from financehub_tui.widgets.strips import Piece, build

WIDE = 64
"""Cells from which sums are shown."""
WIDEST = 84
"""Cells from which numbers of orders are shown, where the venue gives them."""
_FRAME_LINES = 2
"""Header and balance line."""
_BAR = 24
"""Cells the bar of the balance is given before words beside it."""


class DepthView(LiveView, can_focus=True):
    """Header on top, rows, balance of the best levels at the bottom."""

    DEFAULT_CSS = "DepthView { overflow: hidden hidden; }"

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.book: Book | None = None
        self.levels: int | None = None
        """Levels a side that are drawn; all the book has where None. The imbalance is of the book's own."""
        self.note = "No book yet."
        """Shown in place of rows while there is no book: a typed reason."""
        self._shown: Sequence[LadderRow | BookRow] = ()
        self._places: tuple[str, int] = ("", 0)
        """The instrument, and the decimals its sizes have needed."""
        self._balance: list[Piece] = []

    @property
    def rows_high(self) -> int:
        """Lines between header and balance."""
        return max(0, self.size.height - _FRAME_LINES)

    def drawn(self) -> Book | None:
        """The book with the levels that are drawn."""
        return self.book if self.book is None or self.levels is None else self.book.best(self.levels)

    def on_resize(self) -> None:
        """Fit the rows to the new height."""
        self.show(self.book)
        self.refresh()

    def restyled(self) -> None:
        """Draw everything anew."""
        self._balance = self._balance_line()

    def show(self, book: Book | None) -> None:
        """Draw a new book: only the lines that differ."""
        self.book = book
        rows = self._rows()
        changed = [
            number
            for number in range(max(len(rows), len(self._shown)))
            if number >= len(rows) or number >= len(self._shown) or rows[number] != self._shown[number]
        ]
        scale_changed = self._rescale(rows) | self._fit_sizes(book)
        self._shown = rows
        balance = self._balance_line()
        if balance != self._balance:
            self._balance = balance
            self.refresh_rows([self.size.height - 1])
        self.refresh_rows(range(1, self.size.height - 1) if scale_changed else [number + 1 for number in changed])

    def _fit_sizes(self, book: Book | None) -> bool:
        """Find the decimals of the sizes in view; True where they are others. They never shrink for one instrument."""
        before = self._places
        if book is not None:
            levels = (*book.bids[: self.rows_high], *book.asks[: self.rows_high])
            needed = formats.size_decimals(level.size for level in levels)
            self._places = (book.key, max(needed, before[1] if before[0] == book.key else 0))
        return self._places != before

    def amount(self, value: float | None, width: int) -> str:
        """A size for a cell of `width`; nothing where there is none, or no room."""
        return "" if value is None or width <= 0 else formats.size(value, max(3, width), self._places[1])

    def _rows(self) -> Sequence[LadderRow | BookRow]:
        raise NotImplementedError

    def _rescale(self, rows: Sequence[LadderRow | BookRow]) -> bool:
        raise NotImplementedError

    def _header(self) -> Strip:
        raise NotImplementedError

    def _line(self, number: int) -> Strip:
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Header, rows, balance."""
        if y == 0:
            return self._header()
        if y == self.size.height - 1:
            return build(self._balance, self.size.width, self.palette.fill)
        if y - 1 < len(self._shown):
            return self._line(y - 1)
        return self.blank_line() if self._shown else self.notice_line(self.note, y - 1)

    def _balance_line(self) -> list[Piece]:
        book, width = self.book, self.size.width
        if book is None or not book.bids or not book.asks:
            return [(" " * width, self.palette.fill)]
        spread = book.asks[0].price - book.bids[0].price
        imbalance = book.imbalance()
        words = " CROSSED " if book.crossed else f" Spread {formats.price(spread, self.price_decimals())} "
        figure = "" if imbalance is None else f" Imbalance {imbalance:+.2f} "
        said = next((text for text in (words + figure, words) if width - len(text) >= _BAR), "")
        share = None if imbalance is None else (1 + imbalance) / 2
        style = self.palette.style("error" if book.crossed else "label")
        return [*([(said, style)] if said else []), *balance_bar(share, width - len(said), self.palette)]

    def price_decimals(self) -> int:
        """Decimals of the venue's prices."""
        if self.book is not None and self.book.decimals is not None:
            return self.book.decimals
        prices = [level.price for level in (self.book.bids[:1] if self.book else ())]
        return formats.price_decimals(prices[0]) if prices else 2

    def price_width(self) -> int:
        """Cells the longest price of the best levels needs."""
        best = [side[0].price for side in (self.book.bids, self.book.asks) if side] if self.book else []
        return max((len(formats.price(price, self.price_decimals())) for price in best), default=6)

    def shows_orders(self) -> bool:
        """Whether numbers of orders are known and there is room for them."""
        book = self.book
        known = book is not None and any(level.orders for level in (*book.bids[:1], *book.asks[:1]))
        return known and self.size.width >= WIDEST


def steady_scale(scale: float, largest: float) -> float:
    """A bar scale that follows the largest size with slack, so that bars do not all change with every update."""
    return largest if largest > scale or largest < scale / 2 else scale
