"""The output layer: only what changed reaches the terminal, and never more than it can take.

Textual repaints dirty regions and resends a line from its widget's left edge (Textualize/textual#5625). Here each
update is compared, cell by cell, with what the terminal shows already, and only the difference is written. While the
terminal is behind nothing is queued; once it has caught up, the difference to the newest picture is written.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from math import inf
from typing import Any, Generic, TypeVar

from rich.console import RenderableType
from textual.app import App
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen

from financehub_tui.clock import Clock, SystemClock
from financehub_tui.widgets import textual_compat
from financehub_tui.widgets.frame import ScreenFrame
from financehub_tui.widgets.governor import BEHIND, Governor, OutputProfile, profile_for
from financehub_tui.widgets.ink import InkWell
from financehub_tui.widgets.meter import OutputMeter

ReturnT = TypeVar("ReturnT")
_log = logging.getLogger(__name__)
LOOK_AGAIN = 2.0
"""Seconds after a change of size in which every tick compares what is written with what is to be seen.

Sizes that change while a picture is being made can cost a picture; where none did, nothing is written.
"""
_CATCH_UP = 0.05
"""Seconds between looks at a terminal that is behind."""


class OutputApp(App[ReturnT], Generic[ReturnT]):
    """An application that writes differences, meters them, and slows down for a slow terminal."""

    def __init__(
        self,
        *args: Any,
        clock: Clock | None = None,
        profile: OutputProfile | None = None,
        plain_output: bool = False,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.plain_output = plain_output
        """True: Textual's own output, untouched. Set by the user, or by us where our layer does not fit."""
        self.clock: Clock = clock or SystemClock()
        """For durations only: the market's clock may stand still, drawing does not."""
        self.profile = profile or profile_for(os.environ)
        self.meter = OutputMeter(self.clock)
        self.governor = Governor(self.profile.tick)
        self._frame = ScreenFrame(InkWell(self.console.color_system))
        self._held = False
        self._unknown = True
        self._resized = -inf
        """Monotonic instant of the last change of size."""
        self._cursor_shown_at: tuple[int, int] | None = None
        self._tick_callback: Callable[[], object] | None = None
        if not textual_compat.supported():
            _log.warning("plain output: the output layer was not written for this version of Textual")
            self.plain_output = True
        self._apply_profile()

    def _apply_profile(self) -> None:
        if not self.profile.animations:
            self.animation_level = "none"
        if self.no_color:
            textual_compat.remove_colour(self)

    def on_mount(self) -> None:
        """Forget the picture whenever something else has used the terminal."""
        self.app_suspend_signal.subscribe(self, self._forget)
        self.app_resume_signal.subscribe(self, self._forget)
        self.app_resume_signal.subscribe(self, self._quiet_mouse)
        self._quiet_mouse()

    def on_resize(self) -> None:
        """A terminal may move its text about when its size changes."""
        drawn = not self._unknown
        self._forget()
        self._resized = self.clock.monotonic()
        if drawn and self.profile.settle:
            self._hold(self.profile.settle)

    def _quiet_mouse(self, _app: object = None) -> None:
        if not self.profile.mouse_motion:
            textual_compat.clicks_only(self)

    def _forget(self, _app: object = None) -> None:
        self._unknown = True

    def repaint(self) -> None:
        """Write the whole screen again, whatever the terminal shows."""
        self._forget()
        self.screen.refresh()

    def start_tick(self, callback: Callable[[], object]) -> None:
        """Call `callback` at the governor's period: 8 times a second, less while the terminal is behind."""
        self._tick_callback = callback
        self.set_timer(self.governor.period, self._tick)

    def _tick(self) -> None:
        if self._tick_callback is None:
            return
        self.look_at_size()
        if self.clock.monotonic() - self._resized < LOOK_AGAIN and not self._held:
            self._show_newest()
        if self.governor.tick(textual_compat.pending_writes(self), self.clock.monotonic()):
            self._tick_callback()
        self.set_timer(self.governor.period, self._tick)

    def look_at_size(self) -> None:
        """Take a size that no signal told: Linux signals before it sets a pty's new size, and the old may be read."""
        found = textual_compat.terminal_size(self)
        if found is not None and found != tuple(self.size):
            size = Size(*found)
            self.post_message(Resize(size, size))

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        update = textual_compat.as_update(renderable)
        if self.plain_output or update is None or self.is_inline:
            if renderable is not None:
                self._forget()
            super()._display(screen, renderable)
            return
        try:
            if textual_compat.may_draw(self):
                self._draw(update)
        except Exception:
            # A wrong picture is worse than a slow one; the cause is in the log.
            _log.exception("plain output from here on: the output layer failed")
            self.plain_output = True
            self.screen.refresh()
        finally:
            self.post_display_hook()

    def _draw(self, update: textual_compat.Update) -> None:
        if textual_compat.pending_writes(self) >= BEHIND:
            self._hold(_CATCH_UP)
        if self._held:
            self.meter.skipped += 1
            return
        if self._unknown or self._frame.size != tuple(self.size):
            self._frame.forget(*self.size)
            self._unknown, self._cursor_shown_at = False, None
            if not textual_compat.is_whole(update, self.size):
                update = textual_compat.whole_screen(self.screen) or update
        runs = self._frame.update(textual_compat.spans(update))
        text = "".join(run.text for run in runs) + self._cursor(moved=bool(runs))
        if not text:
            self.meter.skipped += 1
            return
        self.meter.record(len(text.encode("utf-8", "replace")), runs)
        self.write_frame(text)

    def _cursor(self, *, moved: bool) -> str:
        """The hardware cursor back where screen readers and input methods look for it."""
        x, y = self.screen.outer_size.clamp_offset(self.cursor_position)
        if not moved and self._cursor_shown_at == (x, y):
            return ""
        self._cursor_shown_at = (x, y)
        return f"\x1b[{y + 1};{x + 1}H"

    def write_frame(self, text: str) -> None:
        """Where every frame leaves the program."""
        textual_compat.write_frame(self, text)

    def _hold(self, seconds: float) -> None:
        """Write nothing for so long, then the newest picture."""
        if not self._held:
            self._held = True
            self.set_timer(seconds, self._catch_up)

    def _catch_up(self) -> None:
        self._held = False
        if textual_compat.pending_writes(self) >= BEHIND or textual_compat.is_batching(self):
            self._hold(_CATCH_UP)
        else:
            self._show_newest()

    def _show_newest(self) -> None:
        """Write how the screen now differs from what was written."""
        if self.plain_output or not textual_compat.may_draw(self):
            return
        if (update := textual_compat.whole_screen(self.screen)) is not None:
            self._display(self.screen, update)
