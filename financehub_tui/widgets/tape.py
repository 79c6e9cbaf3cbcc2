"""Time and sales on the screen, newest on top."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from financehub_tui import formats
from financehub_tui.market.quote import Side, Trade
from financehub_tui.widgets.bars import balance_bar
from financehub_tui.widgets.live import LiveView
from financehub_tui.widgets.strips import Piece, build, fit, safe_text
from financehub_tui.widgets.tape_model import TapeModel

_WIDEST_CELL = 14
_TIME_FROM = 28
_MILLIS_FROM = 40
_VALUE_FROM = 56
"""Widths from which the time, its milliseconds, and the money traded are shown."""
_RECAP_FROM = 8
"""Rows from which the last one is a recap of the trades kept."""
_DETAILS_FROM = 54
"""Width from which the venue's numbers of trades have room."""
_ID, _CONDITION = 14, 10
"""Cells of a trade's number and of its condition, where details are shown."""


class Tape(LiveView, can_focus=True):
    """Trades as they happen: time, aggressor, price, size. The owner calls `on_tick`."""

    DEFAULT_CSS = "Tape { overflow: hidden hidden; }"
    BINDING_GROUP_TITLE = "Tape"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", id="tape.pause"),
        Binding("up", "older(-1)", "Newer", show=False, id="tape.newer"),
        Binding("down", "older(1)", "Older", show=False, id="tape.older"),
        Binding("pageup", "older(-10)", "Page up", show=False, id="tape.page_up"),
        Binding("pagedown", "older(10)", "Page down", show=False, id="tape.page_down"),
        Binding("home", "newest", "Newest", show=False, id="tape.newest"),
        Binding("right", "min_size(1)", "Larger only", show=False, id="tape.larger"),
        Binding("left", "min_size(-1)", "Smaller too", show=False, id="tape.smaller"),
    ]

    def __init__(
        self,
        model: TapeModel | None = None,
        *,
        decimals: int | None = None,
        zone: tzinfo = UTC,
        empty: str = "No trades yet.",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.model = model or TapeModel()
        self.decimals = decimals
        """Decimals of prices; None: by their size."""
        self.zone = zone
        self.empty = empty
        self.details = False
        """Trade numbers and conditions of the venue, where there is room for them."""
        self._skip = 0
        self._drawn = (-1, -1)
        self._rows: list[Trade] = []
        self._places: tuple[str, int] = ("", 0)
        """The instrument, and the decimals its sizes have needed: they never shrink."""

    def add(self, trades: Iterable[Trade]) -> None:
        """Take new trades, oldest first; drawn at the next tick."""
        self.model.add(trades)

    def set_model(self, model: TapeModel) -> None:
        """Show other trades, from the newest one."""
        self.model, self._skip, self._drawn = model, 0, (-1, -1)
        self._load()
        self.refresh()

    def on_tick(self) -> None:
        """Draw what has come in; nothing where nothing has."""
        state = (self.model.version, self.model.unseen)
        if state == self._drawn:
            return
        version_before, self._drawn = self._drawn[0], state
        if self.model.version != version_before:
            self._load()
        self.refresh_rows([0])

    def _load(self) -> None:
        self._rows = self.model.trades(self.rows_high, self._skip)
        if self._rows:
            key, needed = self._rows[0].key, formats.size_decimals(trade.size for trade in self._rows)
            self._places = (key, max(needed, self._places[1] if self._places[0] == key else 0))
        self.refresh_rows(range(1, self.size.height))

    @property
    def rows_high(self) -> int:
        """Lines for trades: between the header and, where there is room for one, the recap."""
        return max(0, self.size.height - 1 - (self.size.height >= _RECAP_FROM))

    def on_resize(self) -> None:
        """Fit the trades to the new height."""
        self._load()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Header, then trades."""
        if y == 0:
            return self._header()
        if y - 1 < len(self._rows):
            return self._line(self._rows[y - 1])
        if not self._rows:
            return self.notice_line(self._nothing(), y - 1)
        return self._recap() if y == self.size.height - 1 else self.blank_line()

    def _nothing(self) -> str:
        """Why there are no rows: none came yet, or all are smaller than asked for."""
        model = self.model
        if not model.kept:
            return self.empty
        return f"None of the newest {model.kept:,} trades is of {_amount(model.min_size)} or more."

    def _widths(self) -> tuple[int, int, int, int]:
        """Cells of time, price, size, value; each is followed or led by a blank or a mark."""
        width = self.size.width
        time = 12 if width >= _MILLIS_FROM else 8 if width >= _TIME_FROM else 0
        width -= sum(each + 2 for each in self._details_widths())
        rest = max(0, width - time - 5)
        value = min(_WIDEST_CELL, rest // 3) if width >= _VALUE_FROM else 0
        needed = len(formats.price(self._rows[0].price, self.decimals)) if self._rows else 0
        price = min(rest - value, max(needed, min(_WIDEST_CELL, (rest - value) // 2)))
        return time, price, min(_WIDEST_CELL, rest - value - price), value

    def _details_widths(self) -> tuple[int, ...]:
        """Cells of the trade's number and its condition, as far as they are shown."""
        if not self.details or self.size.width < _DETAILS_FROM:
            return ()
        known = any(trade.condition for trade in self._rows)
        return (_ID, _CONDITION) if known and self.size.width >= _DETAILS_FROM + _CONDITION + 2 else (_ID,)

    def _header(self) -> Strip:
        time, price, size, value = self._widths()
        model = self.model
        state = f"PAUSED +{model.unseen:,}".removesuffix(" +0") if model.paused else ""
        if not state and model.min_size:
            state = f">= {_amount(model.min_size)}"
        style = self.palette.style("header")
        words = [fit("Time", time), "  ", fit("Price", price, "right"), " ", fit("Size", size, "right")]
        words += ["  ", fit("Value", value, "right")]
        for title, cells in zip(("Trade", "Cond"), self._details_widths(), strict=False):
            words += ["  ", fit(title, cells)]
        line = build([("".join(words), style)], self.size.width, style)
        if not state:
            return line
        mark = fit(f" {state} ", min(len(state) + 2, self.size.width))
        warning = self.palette.style("warning", "header_background")
        return Strip.join([build([(mark, warning)], len(mark), style), line.crop(len(mark), self.size.width)])

    def _line(self, trade: Trade) -> Strip:
        time, price, size, value = self._widths()
        large = self.model.is_large(trade)
        surface = "selection" if large else "background"
        style, mark = self._aggressor(trade.side, surface)
        muted, gap = self.palette.style("muted", surface), self.palette.style(surface)
        figure = self.palette.style("value", surface, bold=large)
        when = formats.time_of_day(trade.time, self.zone, millis=time > 8)
        worth = formats.compact(trade.price * trade.size) if value else ""
        pieces: list[Piece] = [
            (fit(when, time), muted),
            (f" {mark}", style),
            (fit(formats.price(trade.price, self.decimals), price, "right"), style),
            (" ", gap),
            (fit(formats.size(trade.size, max(5, size), self._places[1]), size, "right"), figure),
            (f" {self.glyphs.large}" if large else "  ", self.palette.style("title", surface)),
            (fit(worth, value, "right"), muted),
        ]
        for text, cells in zip((trade.id, trade.condition), self._details_widths(), strict=False):
            pieces += [("  ", gap), (fit(self.glyphs.clean(safe_text(text)), cells), muted)]
        return build(pieces, self.size.width, gap)

    def _recap(self) -> Strip:
        """Average price, number and volume of the trades kept, and the shares bought and sold."""
        recap, label, figure = self.model.recap(), self.palette.style("label"), self.palette.style("value")
        pieces: list[Piece] = [
            (" VWAP ", label), (formats.price(recap.vwap, self.decimals), figure),
            ("  Volume ", label), (formats.compact(recap.volume), figure),
            (f"  {recap.number:,} trades ", label),
        ]  # fmt: skip
        room = self.size.width - sum(len(words) for words, _ in pieces)
        return build([*pieces, *balance_bar(recap.bought, room, self.palette)], self.size.width, self.palette.fill)

    def _aggressor(self, side: Side, surface: str) -> tuple[Style, str]:
        if side is Side.BUY:
            return self.palette.style("up", surface), self.glyphs.up
        if side is Side.SELL:
            return self.palette.style("down", surface), self.glyphs.down
        return self.palette.style("flat", surface), self.glyphs.flat

    def action_pause(self) -> None:
        """Hold the tape, or let it run from the newest trade."""
        self.model.pause(not self.model.paused)
        self._skip = 0
        self.on_tick()

    def action_older(self, by: int) -> None:
        """Look back; the tape is held meanwhile."""
        self.model.pause(True)
        self._skip = max(0, self._skip + by)
        self._drawn = (-1, -1)
        self.on_tick()

    def action_newest(self) -> None:
        """Back to the newest trade, running."""
        self.model.pause(False)
        self._skip = 0
        self.on_tick()

    def action_min_size(self, direction: int) -> None:
        """Leave out small trades: from the mean size, then twice as much at each step; and back."""
        start = self.model.mean_size or 1.0
        now = self.model.min_size
        if direction > 0:
            self.model.filter(2 * now if now else start)
        else:
            self.model.filter(now / 2 if now > start else 0.0)
        self.on_tick()


def _amount(size: float) -> str:
    """A least size with the decimals it has."""
    return formats.size(size, _WIDEST_CELL, formats.size_decimals([size]))
