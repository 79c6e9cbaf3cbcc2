"""Real screens: a terminal shows after the output layer's bytes what it shows after the library's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyte
import pytest

from financehub_tui.screens.layouts import keep_last, starting_layout
from financehub_tui.themes import theme_names
from financehub_tui.widgets import textual_compat
from financehub_tui.widgets.output import OutputApp


class Twins:
    """Two terminals, fed by the output layer and by what the library would have written."""

    def __init__(self) -> None:
        self.screens = [pyte.Screen(200, 50), pyte.Screen(200, 50)]
        self.bytes = [0, 0]
        self.resize(200, 50)

    def feed(self, number: int, text: str) -> None:
        self.bytes[number] += len(text.encode())
        pyte.Stream(self.screens[number]).feed(text)

    def resize(self, columns: int, rows: int) -> None:
        for screen in self.screens:
            screen.resize(rows, columns)
            pyte.Stream(screen).feed("\x1b[?7l\x1b[2J")

    def differences(self) -> list[tuple[int, int, object, object]]:
        ours, plain = self.screens
        cells = [(y, x) for y in range(ours.lines) for x in range(ours.columns)]
        pairs = ((y, x, ours.buffer[y][x], plain.buffer[y][x]) for y, x in cells)
        return [pair for pair in pairs if pair[2] != pair[3] and seen(pair[2]) != seen(pair[3])][:3]


def seen(cell: Any) -> Any:
    """What the eye can tell: of a blank neither the colour of its letter nor how that is set."""
    if not cell.data.strip() and not (cell.reverse or cell.underscore or cell.strikethrough):
        return cell._replace(fg="", bold=False, italics=False, blink=False)
    return cell


@pytest.fixture
def twins(monkeypatch: pytest.MonkeyPatch) -> Iterator[Twins]:
    """Terminals for the workstation that is opened next."""
    both, display = Twins(), OutputApp._display

    def watched(app: Any, screen: Any, renderable: Any) -> None:
        if (update := textual_compat.as_update(renderable)) is not None and textual_compat.may_draw(app):
            both.feed(1, textual_compat.plain_sequences(app, update).replace("\n", ""))
        display(app, screen, renderable)

    monkeypatch.setattr(OutputApp, "_display", watched)
    monkeypatch.setattr(OutputApp, "write_frame", lambda _app, text: both.feed(0, text))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    yield both


ALL = ((80, 24), (120, 40), (200, 50))


async def walk(session: Any, twins: Twins, scenario: str, lines: list[str], sizes: Any = ALL, **settings: Any) -> None:
    """Open functions, scroll, move between panes and resize; the terminals agree after every step."""
    keep_last(scenario, starting_layout(scenario))
    async with session(scenario=scenario, size=(200, 50), settings=settings) as s:
        for line in lines:
            await s.line(line)
            assert twins.differences() == [], line
            for key in ("down", "pagedown", "ctrl+w", "2"):
                await s.press(key)
                assert twins.differences() == [], (line, key)
        for columns, rows in sizes:
            twins.resize(columns, rows)
            await s.pilot.resize_terminal(columns, rows)
            await s.settle()
            s.app.repaint()
            await s.settle()
            assert twins.differences() == [], (columns, rows)
        assert not s.app.plain_output
    assert twins.bytes[0] < 0.6 * twins.bytes[1]


@pytest.mark.parametrize("theme", theme_names())
async def test_every_theme_shows_alike(session: Any, twins: Twins, theme: str) -> None:
    lines = ["AAPL US Equity GPC 6M SMA20 RSI14"]
    await walk(session, twins, "equities", lines, ALL[:1], **{"display.theme": theme})


@pytest.mark.parametrize("scenario", ["equities", "crypto"])
async def test_no_color_shows_alike(session: Any, twins: Twins, monkeypatch: pytest.MonkeyPatch, scenario: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    security = {"equities": "AAPL US Equity", "crypto": "BTCUSDT Crypto"}[scenario]
    await walk(session, twins, scenario, [f"{security} GP", f"{security} QR", f"{security} DES"])
