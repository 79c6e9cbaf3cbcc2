"""A program with a busy live grid, for tests in a real terminal. `d` writes what it shows to the file named."""

import json
import random
import sys
from pathlib import Path

from textual import events

from financehub_tui.report.blocks import Format
from financehub_tui.widgets.grid_columns import ColumnSpec
from financehub_tui.widgets.live import LiveApp
from financehub_tui.widgets.quote_grid import QuoteGrid
from financehub_tui.widgets.screen_copy import screen_text


class Source:
    def __init__(self):
        self.random = random.Random(3)
        self.names = [f"SYM{number}" for number in range(200)]
        self.values = dict.fromkeys(self.names, 100.0)
        self.count = 0

    def step(self):
        self.count += 1
        for name in self.names:
            self.values[name] = round(self.random.uniform(1, 99_999), 2)

    def value(self, row, column):
        return row if column == "symbol" else self.values[row]

    def version(self, row):
        return self.count

    def stale(self, row):
        return False


class Program(LiveApp[None]):
    def __init__(self, path):
        super().__init__()
        self.path = path
        self.source = Source()
        self.beat = 0.0
        self.gap = 0.0

    def compose(self):
        columns = [ColumnSpec(id="symbol", title="Symbol", width=8)]
        columns += [
            ColumnSpec(id=f"c{n}", title=f"C{n}", width=10, format=Format.PRICE, flash=n == 0) for n in range(15)
        ]
        yield QuoteGrid(columns, self.source)

    def on_mount(self):
        self.query_one(QuoteGrid).set_rows(self.source.names)
        self.beat = self.clock.monotonic()
        self.set_interval(0.01, self.listen)
        self.start_tick(self.draw)

    def listen(self):
        now = self.clock.monotonic()
        self.gap, self.beat = max(self.gap, now - self.beat), now

    def draw(self):
        if self.source is not None and not self.path.exists():
            self.source.step()
            self.query_one(QuoteGrid).on_tick(None, self.clock.monotonic())

    def on_key(self, event: events.Key):
        if event.key == "g":
            self.gap = 0.0
        if event.key == "d":
            said = {
                "text": screen_text(self),
                "gap": self.gap,
                "skipped": self.meter.skipped,
                "period": self.governor.period,
                "plain": self.plain_output,
            }
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps(said))
            part.rename(self.path)


if __name__ == "__main__":
    Program(Path(sys.argv[1])).run()
