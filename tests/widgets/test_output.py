"""The output layer: fewer bytes, the same picture."""

import asyncio
import random
import re

import msgspec
import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.containers import Horizontal
from textual.geometry import Region, Size
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input, Static

from financehub_tui.clock import ManualClock
from financehub_tui.widgets import textual_compat
from financehub_tui.widgets.frame import ScreenFrame, Span
from financehub_tui.widgets.governor import LOCAL, REMOTE, Governor, profile_environment, profile_for
from financehub_tui.widgets.ink import InkWell
from financehub_tui.widgets.meter import Area, OutputMeter
from financehub_tui.widgets.output import OutputApp
from financehub_tui.widgets.screen_copy import screen_ansi, screen_svg, screen_text

STYLES = [
    Style(color=foreground, bgcolor=background, bold=bold)
    for foreground in ("#ffa028", "#3ddc84", "white")
    for background in ("#000000", "#202020")
    for bold in (None, True)
]


class Noise(ScrollView):
    """Rows of random words in random styles; `change` alters cells and marks just those."""

    DEFAULT_CSS = "Noise { width: 1fr; height: 1fr; }"

    def __init__(self, seed: int, words: list[str]) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.words = words
        self.rows = [[self._word() for _ in range(12)] for _ in range(60)]
        self.virtual_size = Size(96, 60)

    def _word(self) -> Segment:
        word = self.random.choice(self.words)
        return Segment(Strip([Segment(word)]).adjust_cell_length(8).text, self.random.choice(STYLES))

    def change(self) -> None:
        left, top = self.scroll_offset
        for _ in range(self.random.randint(1, 6)):
            row, column = self.random.randrange(60), self.random.randrange(12)
            self.rows[row][column] = self._word()
            self.refresh(Region(column * 8 - left, row - top, 8, 1))

    def render_line(self, y: int) -> Strip:
        left, top = self.scroll_offset
        row = y + top
        strip = Strip(self.rows[row]) if row < 60 else Strip.blank(96, STYLES[0])
        return strip.crop(left, left + self.size.width).adjust_cell_length(self.size.width, STYLES[0])


class Box(ModalScreen[None]):
    DEFAULT_CSS = (
        "Box { align: center middle; } Box Static { width: 20; height: 5; background: red; border: round white; }"
    )

    def compose(self):
        yield Static("over [/] everything\n世界 end", markup=False)


class Watched(OutputApp[None]):
    """Feeds one terminal with the layer's output and another with Textual's own."""

    CSS = "Input { height: 3; }"

    def __init__(self, words: list[str], seed: int = 1, **kw) -> None:
        super().__init__(**kw)
        self.words, self.seed = words, seed
        self.ours = pyte.Screen(80, 24)
        self.plain = pyte.Screen(80, 24)
        self.streams = pyte.Stream(self.ours), pyte.Stream(self.plain)
        for stream in self.streams:
            stream.feed("\x1b[?7l")
        self.bytes = [0, 0]

    def compose(self):
        with Horizontal():
            yield Noise(self.seed, self.words)
            yield Noise(self.seed + 1, self.words)
        yield Input("abc", select_on_focus=False)

    def _display(self, screen, renderable):
        if (update := textual_compat.as_update(renderable)) is not None and textual_compat.may_draw(self):
            text = textual_compat.plain_sequences(self, update)
            self.bytes[1] += len(text)
            self.streams[1].feed(text.replace("\n", ""))
        super()._display(screen, renderable)

    def write_frame(self, text):
        self.bytes[0] += len(text)
        self.streams[0].feed(text)

    def terminal_resized(self, width, height):
        for screen in (self.ours, self.plain):
            screen.resize(height, width)
            screen.erase_in_display(2)


def picture(screen: pyte.Screen) -> list[list[tuple]]:
    """What there is to be seen: of a blank neither the colour of its letter nor whether that is bold."""
    cells = []
    for y in range(screen.lines):
        row = [screen.buffer[y][x] for x in range(screen.columns)]
        seen = [c if c.data != " " or c.reverse or c.underscore else c._replace(fg="", bold=False) for c in row]
        cells.append([(c.data, c.fg, c.bg, c.bold, c.reverse, c.underscore) for c in seen])
    return cells


def differences(ours, plain) -> list:
    return [
        (y, x, one, other)
        for y, (row, other_row) in enumerate(zip(ours, plain, strict=True))
        for x, (one, other) in enumerate(zip(row, other_row, strict=True))
        if one != other
    ][:5]


ASCII_WORDS = ["AAPL", "1,234.50", "-3.2%", "", "x" * 8, "[/] b"]
WILD_WORDS = [*ASCII_WORDS, "世界", "▲ 1.5", "⣿⡇▁▂", "東京ｱ", "é"]


@pytest.mark.parametrize("words", [ASCII_WORDS, WILD_WORDS], ids=["ascii", "wide"])
@pytest.mark.parametrize("seed", [1, 2])
async def test_the_picture_is_the_same_over_updates_modals_scrolls_and_resizes(words, seed):
    app = Watched(words, seed)
    chance = random.Random(seed)
    async with app.run_test(size=(80, 24)) as pilot:
        noises = list(app.query(Noise))
        for _ in range(25):
            step = chance.choice(["change"] * 5 + ["scroll", "modal", "type", "resize"])
            if step == "change":
                for noise in noises:
                    noise.change()
            elif step == "scroll":
                chance.choice(noises).scroll_to(chance.randrange(20), chance.randrange(40), animate=False)
            elif step == "modal":
                if isinstance(app.screen, Box):
                    app.pop_screen()
                else:
                    app.push_screen(Box())
            elif step == "type":
                await pilot.press(chance.choice(["left", "a", "backspace"]))
            else:
                width, height = chance.choice([size for size in ((80, 24), (60, 20), (100, 30)) if size != app.size])
                app.terminal_resized(width, height)
                await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert not app.plain_output
            ours, plain = picture(app.ours), picture(app.plain)
            assert differences(ours, plain) == []
        app.repaint()
        await pilot.pause()
        assert picture(app.ours) == picture(app.plain)
    assert app.bytes[0] < app.bytes[1]


async def test_nothing_is_written_for_a_repaint_of_the_same_content():
    app = Watched(ASCII_WORDS)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before, skipped = app.bytes[0], app.meter.skipped
        app.query_one(Noise).refresh()
        app.screen.refresh()
        await pilot.pause()
        assert app.bytes[0] == before
        assert app.meter.skipped > skipped


async def test_one_changed_cell_costs_few_bytes_wherever_it_is():
    app = Watched(ASCII_WORDS)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        noise = app.query_one(Noise)
        noise.rows[3][3] = Segment("NEW     ", STYLES[4])
        before = app.bytes[0]
        noise.refresh(Region(24, 3, 8, 1))
        await pilot.pause()
        assert 0 < app.bytes[0] - before <= 80


async def test_a_terminal_that_is_behind_gets_the_newest_picture_once(monkeypatch):
    pending = [0]
    monkeypatch.setattr(textual_compat, "pending_writes", lambda app: pending[0])
    app = Watched(ASCII_WORDS)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pending[0] = 5
        before = app.bytes[0]
        for _ in range(10):
            app.query_one(Noise).change()
            await pilot.pause()
        assert app.bytes[0] == before
        pending[0] = 0
        for _ in range(50):
            await asyncio.sleep(0.02)
            if app.bytes[0] > before:
                break
        await pilot.pause()
        assert picture(app.ours) == picture(app.plain)


async def test_a_failure_of_the_layer_falls_back_to_plain_output(monkeypatch):
    app = Watched(ASCII_WORDS)
    async with app.run_test(size=(80, 24)) as pilot:
        monkeypatch.setattr(app._frame, "update", lambda spans: 1 / 0)
        app.query_one(Noise).change()
        await pilot.pause()
        assert app.plain_output


async def test_an_unknown_version_of_the_library_means_plain_output(monkeypatch):
    monkeypatch.setattr(textual_compat, "TESTED", ("0.0",))
    assert OutputApp().plain_output


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from([*WILD_WORDS, "ab", "🙂", "a\u0301"]), st.sampled_from([*STYLES, None])),
            min_size=1,
            max_size=5,
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 30),
)
def test_frame_shows_every_line_exactly_whatever_came_before(lines, cut):
    frame = ScreenFrame(InkWell())
    frame.forget(40, 1)
    shown, fresh = pyte.Screen(40, 1), pyte.Screen(40, 1)
    for pieces in lines:
        strip = Strip([Segment(text, style) for text, style in pieces]).adjust_cell_length(40)
        for run in frame.update([Span(0, 0, 40, 0, 40, strip)]):
            pyte.Stream(shown).feed(run.text)
        fresh.reset()
        clean = ScreenFrame(InkWell())
        clean.forget(40, 1)
        pyte.Stream(fresh).feed("".join(run.text for run in clean.update([Span(0, 0, 40, 0, 40, strip)])))
        assert picture(shown) == picture(fresh)
    assert frame.update([Span(0, cut, 40, 0, 40, strip)]) == []


def test_meter_rates_are_over_ten_seconds_and_shares_by_pane():
    clock = ManualClock()
    meter = OutputMeter(clock)
    frame = ScreenFrame(InkWell())
    frame.forget(10, 2)
    meter.areas = {"GP": Area(0, 0, 5, 2), "MON": Area(5, 0, 5, 2)}
    runs = frame.update([Span(1, 5, 10, 5, 10, Strip([Segment("abcde")]))])
    for _ in range(20):
        meter.record(100, runs)
        clock.advance(0.5)
    assert meter.bytes_per_second == pytest.approx(200)
    assert meter.frames_per_second == pytest.approx(2)
    assert meter.total == 2000
    assert set(meter.by_area) == {"MON"}
    clock.advance(60)
    assert meter.bytes_per_second == 0


def test_governor_doubles_at_once_and_recovers_slowly():
    governor = Governor(0.125)
    assert governor.tick(0, 0.0)
    periods = []
    for second in range(5):
        assert not governor.tick(9, float(second))
        periods.append(governor.period)
    assert periods == [0.25, 0.5, 1.0, 1.0, 1.0]
    assert governor.tick(0, 5.0)
    assert governor.period == 1.0
    for second in range(6, 40):
        governor.tick(0, float(second))
    assert governor.period == 0.125


def test_remote_sessions_get_the_quiet_profile():
    assert profile_for({}) is LOCAL
    assert profile_for({"SSH_CONNECTION": "1 2 3 4"}) is REMOTE
    assert profile_environment(REMOTE)["TEXTUAL_ANIMATIONS"] == "none"
    assert "TEXTUAL_SMOOTH_SCROLL" not in profile_environment(LOCAL)


async def test_remote_profile_turns_animation_off():
    app = OutputApp(profile=REMOTE)
    assert app.animation_level == "none"
    assert app.governor.period == REMOTE.tick


async def test_tick_runs_at_the_governors_period():
    app = Watched(ASCII_WORDS)
    ticks = []
    async with app.run_test():
        app.governor.period = app.governor.base = 0.01
        app.start_tick(lambda: ticks.append(1))
        for _ in range(100):
            await asyncio.sleep(0.01)
            if len(ticks) >= 3:
                break
    assert len(ticks) >= 3


async def test_a_size_that_no_signal_told_is_taken_at_the_next_tick(monkeypatch):
    app = Watched(ASCII_WORDS)
    async with app.run_test(size=(40, 12)) as pilot:
        monkeypatch.setattr(textual_compat, "terminal_size", lambda _app: (90, 30))
        app.look_at_size()
        await pilot.pause(0.05)
        await pilot.pause()
        assert app.size == (90, 30) and app.screen.size == (90, 30)


async def test_a_picture_lost_in_a_change_of_size_is_made_good_at_a_later_tick(monkeypatch):
    app = Watched(ASCII_WORDS)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.terminal_resized(60, 20)
        with monkeypatch.context() as lost:
            lost.setattr(Watched, "_display", lambda *_: None)
            await pilot.resize_terminal(60, 20)
            await pilot.pause()
        assert app.ours.display[0].strip() == ""
        app.start_tick(lambda: None)
        for _ in range(500):
            if app.ours.display[0].strip():
                break
            await asyncio.sleep(0.01)
        assert picture(app.ours) == picture(app.plain)
        frames = app.meter.frames
        app._show_newest()
        app._show_newest()
        assert app.meter.frames <= frames + 1, "what is right is not written again"


async def test_the_screen_can_be_copied_as_text_ansi_and_picture():
    app = Watched(ASCII_WORDS)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        text = screen_text(app)
        assert len(text.splitlines()) == 24
        assert [line.rstrip() for line in app.ours.display] == text.splitlines()
        again = pyte.Screen(80, 24)
        pyte.Stream(again).feed(screen_ansi(app).rstrip("\n").replace("\n", "\r\n"))
        assert [line.rstrip() for line in again.display] == text.splitlines()
        assert screen_svg(app).startswith("<svg")


async def test_no_color_means_none_at_all(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = Watched(ASCII_WORDS)
    written = []
    monkeypatch.setattr(app, "write_frame", written.append)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
    assert written
    assert not re.search(r"\x1b\[[0-9;]*(?:38|48);[25]", "".join(written))
    assert not re.search(r"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|4[0-7]|9[0-7]|10[0-7])m", "".join(written))


async def test_leaving_and_coming_back_draws_everything_again():
    app = Watched(ASCII_WORDS)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = app.bytes[0]
        app.app_resume_signal.publish(app)
        app.refresh()
        await pilot.pause()
        assert app.bytes[0] - before > 1_500
        assert picture(app.ours) == picture(app.plain)


def test_writing_over_half_of_a_wide_character_is_made_good_later():
    frame, screen = ScreenFrame(InkWell()), pyte.Screen(20, 1)
    frame.forget(20, 1)

    def write(x1, x2, text):
        for run in frame.update([Span(0, x1, x2, x1, x2, Strip([Segment(text)]))]):
            pyte.Stream(screen).feed(run.text)

    write(0, 20, "世" * 10)
    write(5, 15, "x" * 10)
    write(0, 5, "世世 ")
    write(15, 20, " 世世")
    assert screen.display[0] == "世世 " + "x" * 10 + " 世世"
    write(0, 20, "\u0301" + "世" * 10)
    assert screen.display[0] == "世" * 10


def test_a_change_of_ink_says_only_what_changes_and_blanks_keep_the_colour_of_letters():
    well = InkWell()
    bold, plain = (well.ink(Style(color="#ffa028", bgcolor="#202020", bold=bold)) for bold in (True, None))
    grey = well.ink(Style(color="#3ddc84", bgcolor="#000000"))
    line = well.ink(Style(color="#3ddc84", bgcolor="#000000", underline=True))
    assert well.change(bold, plain) == "\x1b[22m"
    assert well.change(plain, bold) == "\x1b[1m"
    assert well.change(plain, well.blank(plain, grey)) == "\x1b[48;2;0;0;0m"
    assert well.blank(plain, line) is line
    both = well.ink(Style(color="#ffa028", bgcolor="#202020", bold=True, dim=True))
    assert well.change(both, bold) == "\x1b[22;1m"


async def test_over_a_slow_line_a_change_of_size_is_one_picture_once_the_panes_have_settled():
    app = Watched(ASCII_WORDS, profile=msgspec.structs.replace(REMOTE, settle=60))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before, frames = app.bytes[0], app.meter.frames
        for width, height in ((70, 24), (60, 20), (80, 22)):
            app.terminal_resized(width, height)
            await pilot.resize_terminal(width, height)
        app.query_one(Noise).change()
        await pilot.pause()
        assert app.bytes[0] == before, "nothing while the size still changes"
        app._catch_up()
        assert app.meter.frames == frames + 1
        assert picture(app.ours) == picture(app.plain)
