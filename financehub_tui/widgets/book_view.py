"""The two-sided book: the best levels of both sides next to each other."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from financehub_tui import formats
from financehub_tui.widgets.depth import WIDE, DepthView, steady_scale
from financehub_tui.widgets.ladder_model import BookRow, LadderRow, book_rows
from financehub_tui.widgets.strips import Piece, build, fit


class BookView(DepthView):
    """Bids on the left, asks on the right, best on top; bars grow outwards from the middle."""

    BINDING_GROUP_TITLE = "Book"

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._scale = 0.0

    def _rows(self) -> Sequence[BookRow]:
        return book_rows(self.drawn(), self.rows_high)

    def _rescale(self, rows: Sequence[LadderRow | BookRow]) -> bool:
        last = rows[-1] if rows else None
        largest = max(last.bid_sum, last.ask_sum) if isinstance(last, BookRow) else 0.0
        before, self._scale = self._scale, steady_scale(self._scale, largest)
        return self._scale != before

    def _widths(self) -> tuple[int, int, int, int, int]:
        """Cells of one side: orders, sum, size, price, and the gap in the middle."""
        width = self.size.width
        gap = 2 - width % 2 if width > 30 else width % 2
        side = (width - gap) // 2
        orders = 7 if self.shows_orders() else 0
        price = min(side, max(self.price_width() + 1, min(15, side // 4)))
        total = max(9, side // 4) if width >= WIDE else 0
        return orders, total, max(0, side - orders - total - price), price, gap

    def _header(self) -> Strip:
        orders, total, size, price, gap = self._widths()
        names = [
            ("Orders", orders, "right"),
            ("Sum", total, "right"),
            ("Size ", size, "right"),
            ("Bid", price, "right"),
        ]
        names += [("", gap, "left"), ("Ask", price, "left"), (" Size", size, "left")]
        names += [("Sum", total, "left"), ("Orders", orders, "left")]
        style = self.palette.style("header")
        return build([(fit(name, width, align), style) for name, width, align in names], self.size.width, style)

    def _line(self, number: int) -> Strip:
        row = self._shown[number]
        assert isinstance(row, BookRow)
        return build(
            [*self._side(row, bid=True), (" " * self._widths()[-1], self.palette.fill), *self._side(row, bid=False)],
            self.size.width,
            self.palette.fill,
        )

    def _side(self, row: BookRow, *, bid: bool) -> list[Piece]:
        orders, total, size, price, _ = self._widths()
        level, summed = (row.bid, row.bid_sum) if bid else (row.ask, row.ask_sum)
        align = "right" if bid else "left"
        if level is None:
            return [(" " * (orders + total + size + price), self.palette.fill)]
        figure = fit(self.amount(level.size, size - 1), size - 1, align)
        cells = [
            (fit(str(level.orders or ""), orders, align), "muted"),
            (fit(self.amount(summed, total - 1), total, align), "muted"),
            (fit(f"{figure} " if bid else f" {figure}", size), "value"),
            (fit(formats.price(level.price, self.price_decimals()), price, align), "bid" if bid else "ask"),
        ]
        ordered = cells if bid else cells[::-1]
        text = "".join(words for words, _ in ordered)
        return self._coloured(text, ordered, summed, bid=bid)

    def _coloured(self, text: str, cells: list[tuple[str, str]], summed: float, *, bid: bool) -> list[Piece]:
        """The bar of the sum runs behind the whole side; each cell keeps its own colour on it."""
        depth = "bid_depth" if bid else "ask_depth"
        length = round(len(text) * summed / (self._scale or 1.0))
        start, end = (len(text) - length, len(text)) if bid else (0, length)
        pieces: list[Piece] = []
        at = 0
        for words, tone in cells:
            first, last = max(0, min(len(words), start - at)), max(0, min(len(words), end - at))
            plain, over = self.palette.style(tone), self.palette.style("value" if tone == "muted" else tone, depth)
            pieces += [(words[:first], plain), (words[first:last], over), (words[last:], plain)]
            at += len(words)
        return pieces
