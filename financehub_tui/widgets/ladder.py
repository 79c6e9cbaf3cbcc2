"""The price ladder: bid size, price, ask size on a scale of equal steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.strip import Strip

from financehub_tui import formats
from financehub_tui.widgets.bars import bar_cell
from financehub_tui.widgets.depth import WIDE, DepthView, steady_scale
from financehub_tui.widgets.ladder_model import BookRow, LadderModel, LadderRow
from financehub_tui.widgets.strips import Piece, build, fit


class DepthLadder(DepthView):
    """Bid size, price, ask size on a scale of equal price steps, the market in the middle."""

    BINDING_GROUP_TITLE = "Depth"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_rows(-1)", "Up", show=False, id="ladder.up"),
        Binding("down", "scroll_rows(1)", "Down", show=False, id="ladder.down"),
        Binding("pageup", "scroll_rows(-10)", "Page up", show=False, id="ladder.page_up"),
        Binding("pagedown", "scroll_rows(10)", "Page down", show=False, id="ladder.page_down"),
        Binding("home", "recentre", "Centre", id="ladder.centre"),
        Binding("space", "lock", "Lock", id="ladder.lock"),
        Binding("left", "finer", "Finer prices", show=False, id="ladder.finer"),
        Binding("right", "coarser", "Coarser prices", show=False, id="ladder.coarser"),
    ]

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.model = LadderModel()
        self._scale = 0.0

    def trade(self, price: float, direction: int) -> None:
        """Mark the price of the last trade; `direction` 1 up, -1 down. Drawn with the next book."""
        self.model.trade(price, direction)

    def _rows(self) -> Sequence[LadderRow]:
        self.model.update(self.drawn(), self.rows_high)
        return self.model.window(self.rows_high)

    def _rescale(self, rows: Sequence[LadderRow | BookRow]) -> bool:
        sizes = [size for row in rows if isinstance(row, LadderRow) for size in (row.bid, row.ask) if size is not None]
        before, self._scale = self._scale, steady_scale(self._scale, max(sizes, default=0.0))
        return self._scale != before

    def _widths(self) -> tuple[int, int, int, int]:
        """Cells of orders, sum, size (each side) and price."""
        width = self.size.width
        price = min(max(1, width - 2), max(self.price_width(), min(14, width // 4)))
        side = (width - price - 2) // 2
        orders = 6 if self.shows_orders() else 0
        total = 11 if width >= WIDE else 0
        return orders, total, max(0, side - orders - total), price

    def _header(self) -> Strip:
        orders, total, size, price = self._widths()
        lock = " locked" if self.model.locked else ""
        names = [("Orders", orders, "right"), ("Sum", total, "right"), ("Bid size ", size, "right")]
        names += [(f"Price{lock}" if price >= 12 else "Price", price + 2, "center")]
        names += [(" Ask size", size, "left"), ("Sum", total, "left"), ("Orders", orders, "left")]
        style = self.palette.style("header")
        return build([(fit(name, width, align), style) for name, width, align in names], self.size.width, style)

    def _line(self, number: int) -> Strip:
        row = self._shown[number]
        assert isinstance(row, LadderRow)
        orders, total, size, price = self._widths()
        palette, glyphs = self.palette, self.glyphs
        muted = palette.style("muted")
        scale = self._scale or 1.0
        bid = fit(fit(self.amount(row.bid, size - 1), size - 1, "right") + " ", size)
        ask = fit(f" {self.amount(row.ask, size - 1)}", size)
        pieces: list[Piece] = [
            (fit(str(row.bid_orders or ""), orders, "right"), muted),
            (fit(self.amount(row.bid_sum, total - 1), total, "right"), muted),
            *bar_cell(bid, (row.bid or 0) / scale, palette, glyphs, tone="value", depth="bid_depth", from_right=True),
            *self._price(row, price),
            *bar_cell(ask, (row.ask or 0) / scale, palette, glyphs, tone="value", depth="ask_depth", from_right=False),
            (fit(self.amount(row.ask_sum, total - 1), total, "left"), muted),
            (fit(str(row.ask_orders or ""), orders, "left"), muted),
        ]
        return build(pieces, self.size.width, palette.fill)

    def _price(self, row: LadderRow, width: int) -> list[Piece]:
        tone = "bid" if row.bid is not None else "ask" if row.ask is not None else "muted"
        words = fit(formats.number(row.price, self.model.decimals), width, "center")
        mark = " " if not row.last else self.glyphs.up if row.last > 0 else self.glyphs.down
        style = self.palette.style(tone, "panel", bold=bool(row.best))
        return [(mark, self.palette.trend(row.last, "panel")), (words, style), (" ", style)]

    def action_scroll_rows(self, rows: int) -> None:
        """Look up or down the ladder; it then stays there."""
        self.model.scroll(rows)
        self._redraw()

    def action_recentre(self) -> None:
        """Back to the market."""
        self.model.recentre(self.rows_high)
        self._redraw()

    def action_lock(self) -> None:
        """Hold the window still, or let it follow the market."""
        self.model.locked = not self.model.locked
        self._redraw()

    def action_finer(self) -> None:
        """Smaller price steps."""
        self.model.finer()
        self._redraw()

    def action_coarser(self) -> None:
        """Larger price steps."""
        self.model.coarser()
        self._redraw()

    def _redraw(self) -> None:
        self.show(self.book)
        self.refresh_rows([0])
