"""The programs bench_grid measures: the same quotes in our grid, or in Textual's DataTable. Run in a terminal."""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from financehub_tui.report.blocks import Format
from financehub_tui.widgets.grid_columns import ColumnSpec, Tone
from financehub_tui.widgets.live import LiveApp
from financehub_tui.widgets.quote_grid import QuoteGrid

ROWS = 500
TICK = 0.125
FEED = 0.02
MARKS = ("QQQQ", "ZZZZ")
"""Shown in turn at each key press: nothing else on the screen has these letters."""
FIELDS = ("symbol", "last", "change", "percent", "bid", "ask", "bid_size", "ask_size", "volume", "open", "high", "low")
SIGNED = ("change", "percent")


class Feed:
    """Quotes that move: `rate` updates a second, the last value of each row kept."""

    def __init__(self, rate: int) -> None:
        self.per_step = int(rate * FEED)
        self.random = random.Random(5)
        self.names = [f"S{number:04}" for number in range(ROWS)]
        self.values = {name: dict.fromkeys(FIELDS[1:], 100.0) for name in self.names}
        self.versions = dict.fromkeys(self.names, 0)
        self.changed: set[str] = set()

    def step(self) -> None:
        for _ in range(self.per_step):
            name = self.names[int(self.random.random() * ROWS)]
            row = self.values[name]
            row["last"] = last = round(row["last"] + self.random.random() - 0.5, 2)
            row["change"] = last - 100.0
            row["percent"] = last - 100.0
            self.versions[name] += 1
            self.changed.add(name)

    def take(self) -> set[str]:
        changed, self.changed = self.changed, set()
        return changed

    def value(self, row: str, column: str) -> str | float:
        return row if column == "symbol" else self.values[row][column]

    def version(self, row: str) -> int:
        return self.versions[row]

    def stale(self, row: str) -> bool:
        return False


def column(name: str) -> ColumnSpec:
    if name == "symbol":
        return ColumnSpec(id=name, title="Symbol", width=8, tone=Tone.LABEL)
    trend = name in SIGNED
    form = Format.PERCENT if name == "percent" else Format.NUMBER
    return ColumnSpec(
        id=name, title=name.title(), width=14, format=form, signed=trend, tone=Tone.TREND if trend else Tone.VALUE
    )


class Ours(LiveApp[None]):
    """The live grid on the output layer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("k", "mark", priority=True)]
    CSS = "Static { height: 1; }"

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.feed = feed
        self.presses = 0

    def compose(self) -> ComposeResult:
        yield Static("----", id="mark")
        yield QuoteGrid([column(name) for name in FIELDS], self.feed)

    def on_mount(self) -> None:
        self.query_one(QuoteGrid).set_rows(self.feed.names)
        self.set_interval(FEED, self.feed.step)
        self.start_tick(self.draw)

    def draw(self) -> None:
        self.query_one(QuoteGrid).on_tick(self.feed.take(), self.clock.monotonic())

    def action_mark(self) -> None:
        self.presses += 1
        self.query_one("#mark", Static).update(MARKS[self.presses % 2], layout=False)
        self.query_one(QuoteGrid).action_move(1)


class Table(App[None]):
    """Textual's own table, conflated in the same way: only rows that changed, at the same tick."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("k", "mark", priority=True)]
    CSS = "Static { height: 1; } DataTable { height: 1fr; }"

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.feed = feed
        self.presses = 0

    def compose(self) -> ComposeResult:
        yield Static("----", id="mark")
        yield DataTable[str](cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for name in FIELDS:
            table.add_column(name.title(), key=name, width=14)
        for name in self.feed.names:
            table.add_row(*self.texts(name, FIELDS), key=name)
        self.set_interval(FEED, self.feed.step)
        self.set_interval(TICK, self.draw)

    def texts(self, name: str, fields: Iterable[str]) -> list[str]:
        values = ((field, self.feed.value(name, field)) for field in fields)
        return [
            value if isinstance(value, str) else f"{value:+,.2f}" if f in SIGNED else f"{value:,.2f}"
            for f, value in values
        ]

    def draw(self) -> None:
        table = self.query_one(DataTable)
        fields = ("last", "change", "percent")
        for name in self.feed.take():
            for field, text in zip(fields, self.texts(name, fields), strict=True):
                table.update_cell(name, field, text)

    def action_mark(self) -> None:
        self.presses += 1
        self.query_one("#mark", Static).update(MARKS[self.presses % 2], layout=False)
        self.query_one(DataTable).action_cursor_down()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("which", choices=("ours", "table"))
    parser.add_argument("rate", type=int)
    options = parser.parse_args()
    app = {"ours": Ours, "table": Table}[options.which](Feed(options.rate))
    app.run()
