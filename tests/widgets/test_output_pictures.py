"""Whatever is drawn, in whatever order the output layer writes it, a terminal shows what the library's bytes show."""

import random
from collections.abc import Iterator

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from financehub_tui.widgets import textual_compat
from financehub_tui.widgets.frame import ScreenFrame
from financehub_tui.widgets.ink import InkWell
from financehub_tui.widgets.pen import Pen, Stretch

WIDTH, HEIGHT = 32, 4
EDGES = [(0, 11), (11, 12), (12, 32)]
COLOURS = [None, "default", "red", "bright_blue", "color(141)", "#ffa028", "#000000", "#161310"]
ATTRIBUTES = ["bold", "dim", "italic", "underline", "blink", "reverse", "strike"]
NARROW = ["AAPL", " 1,234.50", "-3.2%", "    ", "┈┈┈┈", "│", "▂▃▅█", "⣀⠤⠒", "é", "x" * 9]
WIDE = [*NARROW, "a\u0301b", "世界", "東京ｱ", "🙂", "\u3000"]
Cell = tuple[str, Style | None]
Random = random.Random


def style(chance: Random) -> Style | None:
    if chance.random() < 0.1:
        return None
    attributes = {name: True for name in ATTRIBUTES if chance.random() < 0.12}
    return Style(color=chance.choice(COLOURS), bgcolor=chance.choice(COLOURS), **attributes)


def strip_of(chance: Random, words: list[str], width: int) -> Strip:
    looks = [style(chance) for _ in range(4)]
    segments = [Segment(chance.choice(words), chance.choice(looks)) for _ in range(chance.randint(1, 6))]
    return Strip(segments).adjust_cell_length(width, chance.choice(looks))


class Terminals:
    """One terminal fed by the output layer, one with what the library writes."""

    def __init__(self, system: str | None) -> None:
        self.console = Console(color_system=system, force_terminal=True, legacy_windows=False)
        self.frame = ScreenFrame(InkWell(self.console.color_system))
        self.frame.forget(WIDTH, HEIGHT)
        self.ours, self.plain = pyte.Screen(WIDTH, HEIGHT), pyte.Screen(WIDTH, HEIGHT)
        for screen in (self.ours, self.plain):
            pyte.Stream(screen).feed("\x1b[?7l" + "".join(f"\x1b[{y}H{'世#' * 10}" for y in range(1, HEIGHT + 1)))
        self.bytes = [0, 0]

    def show(self, update: ChopsUpdate | LayoutUpdate) -> None:
        texts = [
            "".join(run.text for run in self.frame.update(textual_compat.spans(update))),
            update.render_segments(self.console).replace("\n", ""),
        ]
        for number, (screen, text) in enumerate(zip((self.ours, self.plain), texts, strict=True)):
            pyte.Stream(screen).feed(text)
            self.bytes[number] += len(text.encode())
        assert differences(self.ours, self.plain) == []


def differences(ours: pyte.Screen, plain: pyte.Screen) -> list[tuple[int, int, object, object]]:
    pairs = ((y, x, seen(ours.buffer[y][x]), seen(plain.buffer[y][x])) for y in range(HEIGHT) for x in range(WIDTH))
    return [pair for pair in pairs if pair[2] != pair[3]][:3]


def seen(cell: object) -> object:
    """What the eye can tell: of a blank neither the colour of its letter nor how that is set."""
    assert isinstance(cell, pyte.screens.Char)
    if not cell.data.strip() and not (cell.reverse or cell.underscore or cell.strikethrough):
        return cell._replace(fg="", bold=False, italics=False, blink=False)
    return cell


def partial(chance: Random, lines: list[list[Strip]], words: list[str], *, whole: bool) -> ChopsUpdate:
    """Some lines change, each somewhere; the strips of panes that did not are not told."""
    chops: list[dict[int, Strip | None]] = [{start: None for start, _ in EDGES} for _ in lines]
    spans = []
    for y in sorted(chance.sample(range(HEIGHT), chance.randint(1, HEIGHT))):
        number = chance.randrange(len(EDGES))
        start, end = EDGES[number]
        x1, x2 = (start, end) if whole else sorted(chance.sample(range(start, end + 1), 2))
        old, new = lines[y][number], strip_of(chance, words, end - start)
        cut = [old.crop(0, x1 - start), new.crop(x1 - start, x2 - start), old.crop(x2 - start, end - start)]
        chops[y][start] = lines[y][number] = Strip.join(cut)
        spans.append((y, x1, x2))
    return ChopsUpdate(chops, spans, [[end for _, end in EDGES] for _ in lines])


def updates(chance: Random, words: list[str], *, whole: bool) -> Iterator[ChopsUpdate | LayoutUpdate]:
    lines = [[strip_of(chance, words, end - start) for start, end in EDGES] for _ in range(HEIGHT)]
    yield LayoutUpdate([list(line) for line in lines], Region(0, 0, WIDTH, HEIGHT))
    for _ in range(3):
        yield partial(chance, lines, words, whole=whole)


@given(st.integers(0, 2**32), st.sampled_from(["truecolor", "256", "standard", None]))
def test_changes_anywhere_in_lines_of_single_cells_show_alike(seed, system):
    terminals = Terminals(system)
    for update in updates(random.Random(seed), NARROW, whole=False):
        terminals.show(update)


@given(st.integers(0, 2**32), st.sampled_from(["truecolor", "256", "standard", None]))
def test_wide_characters_emoji_and_marks_show_alike(seed, system):
    terminals = Terminals(system)
    for update in updates(random.Random(seed), WIDE, whole=True):
        terminals.show(update)


def test_inks_that_come_back_are_set_once_a_band():
    well = InkWell()
    red, green, grey = (
        well.ink(Style(color=colour, bgcolor="#000000")) for colour in ("#ff5a4f", "#3ddc84", "#33291a")
    )
    line = [red, grey, green, grey] * 25
    runs = Pen(well).write([Stretch(y, 0, ["┃"] * 100, line) for y in range(10)])
    assert "".join(run.text for run in runs).count("m") == 4, "three inks, and none at the end"
    assert {(run.y, run.x) for run in runs} == {(y, x) for y in range(10) for x in range(100)}


def test_a_whole_screen_is_written_band_by_band_from_the_top():
    well = InkWell()
    inks = [well.ink(Style(color=colour)) for colour in ("#ff5a4f", "#3ddc84")] * 100
    lines = [run.y for run in Pen(well).write([Stretch(y, 0, ["x"] * 200, inks) for y in range(50)])]
    bands = [set(lines[at : at + 1000]) for at in range(0, 10_000, 1000)]
    assert bands == [set(range(top, top + 5)) for top in range(0, 50, 5)]


@pytest.mark.parametrize(("x", "sequence"), [(0, "\r"), (3, "\x1b[4G"), (20, ""), (21, "\x1b[C"), (30, "\x1b[10C")])
def test_the_cursor_takes_the_shortest_way_in_a_line(x, sequence):
    well = InkWell()
    first, second = (well.ink(Style(color=colour)) for colour in ("#ff5a4f", "#3ddc84"))
    runs = Pen(well).write([Stretch(4, 10, ["a"] * 10, [first] * 10), Stretch(4, x, ["b"], [second])])
    assert [run.text for run in runs] == [
        "\x1b[5;11H\x1b[38;2;255;90;79m" + "a" * 10,
        f"{sequence}\x1b[38;2;61;220;132mb\x1b[m",
    ]


def test_a_line_with_wide_characters_is_written_from_left_to_right_and_moves_after_them():
    well = InkWell()
    red, green = (well.ink(Style(color=colour)) for colour in ("#ff5a4f", "#3ddc84"))
    chars = ["a", "世", "", "b", "c", "d"]
    runs = Pen(well).write([Stretch(0, 0, chars, [red, green, green, red, green, red])])
    assert [run.x for run in runs] == [0, 1, 3, 4, 5]
    assert runs[2].text.startswith("\x1b[4G")
    assert [run.text.count("G") for run in runs] == [0, 0, 1, 0, 0]
