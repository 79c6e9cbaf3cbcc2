"""A pane: title, body, footer. It loads calls into its body and says what went wrong in one line."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.worker import Worker

from financehub_tui.asking import Urgency, asking
from financehub_tui.clock import Clock
from financehub_tui.commands.spec import Call
from financehub_tui.errors import DataMissingError, FinanceHubError
from financehub_tui.market.provenance import Provenance, Reason
from financehub_tui.panes.body import unforeseen
from financehub_tui.panes.catalogue import body_class
from financehub_tui.panes.footer import age_of, credits_of, mark_of, providers_of, reasons_of
from financehub_tui.widgets.blocks.base import Picked
from financehub_tui.widgets.pane_title import PaneFooter, PaneTitle, Part

if TYPE_CHECKING:
    from financehub_tui.commands.spec import FunctionSpec
    from financehub_tui.desk import Desk
    from financehub_tui.market.instrument import Instrument
    from financehub_tui.panes.catalogue import BodyWidget

_log = logging.getLogger(__name__)

ASIDE = ("HELP", "DIAG", "MENU")
"""Functions that are looked at in between: Esc on an empty line goes back from them."""
FOOTER_EVERY = 1.0
"""Seconds between looks at the age in the footer."""
RETRY = 30.0
"""Seconds after which a call that failed for want of a source is tried again, so that a pane comes back by itself."""
LASTING = (Reason.UNKNOWN_SYMBOL, Reason.NOT_OFFERED, Reason.NO_DATA, Reason.NO_KEY, Reason.BAD_KEY)
"""Reasons that do not pass while one waits."""
ACTED = 5.0
"""Seconds for which what a call did is shown before the function is looked at again."""


class PaneFrame(Container):
    """One pane of the workspace."""

    DEFAULT_CSS = """
    PaneFrame { layout: vertical; background: $background; }
    PaneFrame > .body { height: 1fr; width: 1fr; }
    """

    class Failed(Message):
        """A call of this pane failed; the workspace shows the line."""

        def __init__(self, pane: int, error: FinanceHubError) -> None:
            super().__init__()
            self.pane = pane
            self.error = error

    class Entered(Message):
        """The user went into this pane."""

        def __init__(self, pane: int) -> None:
            super().__init__()
            self.pane = pane

    class Chosen(Message):
        """An item of this pane was chosen: its line is to run here."""

        def __init__(self, position: int, line: str) -> None:
            super().__init__()
            self.position = position
            self.line = line

    class Loaded(Message):
        """A call of this pane is on screen."""

        def __init__(self, call: Call) -> None:
            super().__init__()
            self.call = call

    def __init__(self, pane: int, desk: Desk, clock: Clock) -> None:
        """`clock` gives the time of the wall, which goes on while a replay is paused."""
        super().__init__()
        self.pane = pane
        self.desk = desk
        self.clock = clock
        self.position = pane
        """The number on screen, counted from the top left."""
        self.announced = ""
        """The line this pane will show once it can, for its title."""
        self.before: tuple[Call, FunctionSpec] | None = None
        """What was shown before HELP or a menu came over it."""
        self.call: Call | None = None
        self.spec: FunctionSpec | None = None
        self.group = ""
        self.security: Instrument | None = None
        self.body: BodyWidget | None = None
        self.problem = ""
        """Why the newest call gave nothing, in one line; empty where it did."""
        self._explained = False
        """True where the body, which has nothing else to show, says the problem itself."""
        self.current = False
        self.labelled = False
        """True while pane numbers are offered for jumping."""
        self._missed: set[str] = set()
        self._loading: Worker[None] | None = None
        self._reload_at: float | None = None
        self._footer_at = 0.0
        self._title = PaneTitle()
        self._footer = PaneFooter()

    def compose(self) -> ComposeResult:
        """Title and footer; the body comes with the first call."""
        yield self._title
        yield self._footer

    # Calls

    def run_call(self, call: Call, spec: FunctionSpec) -> None:
        """Show a call; one that is still loading is given up."""
        if call.security is not None:
            self.security = call.security
        if self.call is not None and self.spec is not None and self.call.mnemonic not in ASIDE:
            self.before = (self.call, self.spec)
        self.call, self.spec = call, spec
        self.problem = ""
        self._start()

    def back(self) -> bool:
        """Show again what HELP or a menu came over. False where nothing did."""
        if self.call is None or self.call.mnemonic not in ASIDE or self.before is None:
            return False
        self.run_call(*self.before)
        return True

    def _start(self) -> None:
        assert self.call is not None
        assert self.spec is not None
        self._reload_at = None
        self._loading = self.run_worker(partial(self._show, self.call, self.spec), exclusive=True, group="load")
        self.draw_edges()

    def cancel(self) -> bool:
        """Give up what is loading. True where something was."""
        if not self.is_loading:
            return False
        assert self._loading is not None
        self._loading.cancel()
        self.problem, self._explained = "cancelled", False
        self.draw_edges()
        return True

    @property
    def is_loading(self) -> bool:
        """True while the newest call is not answered yet."""
        return self._loading is not None and not self._loading.is_finished

    async def _show(self, call: Call, spec: FunctionSpec) -> None:
        body = await self._body_for(spec)
        again = spec.refresh
        try:
            # Whatever a body asks for at once, also in tasks of its own, takes turns as one pane's.
            with asking(Urgency.SCREEN, f"pane {self.pane}"):
                await body.load(self.desk, call)
            self.problem = ""
        except FinanceHubError as error:
            self._fail(error)
            again = again or (RETRY if _passes(error) else 0)
        except Exception as error:
            self._fail(unforeseen(spec.mnemonic, error))
        else:
            self.post_message(self.Loaded(call))
        self._loading = None
        if spec.acted(call) and call is self.call:
            # What was done is not done again by looking again, nor by opening a kept layout.
            self.call, again = Call(mnemonic=call.mnemonic), max(spec.refresh, ACTED)
        self._reload_at = self.clock.monotonic() + again if again else None
        self.draw_edges()

    async def _body_for(self, spec: FunctionSpec) -> BodyWidget:
        """The body of a function: the one there is where it suits, else a new one in its place."""
        # What a body imports the first time (numbers, charts) must not hold up the keyboard.
        wanted = await asyncio.to_thread(body_class, spec.mnemonic)
        old = self.body
        if type(old) is wanted:
            return old
        focused = old is not None and old.has_focus
        body = wanted()
        body.add_class("body")
        self.body = body
        with self.app.batch_update():
            if old is not None:
                old.release()
                await old.remove()
            await self.mount(body, before=self._footer)
        if focused and body.can_focus:
            body.focus(scroll_visible=False)
        return body

    def _fail(self, error: FinanceHubError) -> None:
        known, self.problem = self.problem == str(error), str(error)
        assert self.body is not None
        self._explained = not any(isinstance(source, Provenance) for source in self.body.sources())
        if known:
            return
        # The words, not the error: whoever keeps the record would keep this pane alive by its traceback.
        _log.info("%s", str(error))
        self.post_message(self.Failed(self.pane, error))

    # The application's tick

    def miss(self, changed: set[str]) -> None:
        """Changes while the pane is not on screen: drawn once it is."""
        self._missed |= changed

    def tick(self, changed: set[str]) -> None:
        """Hand changes to the body, make a Report anew that is due, keep the footer's age true."""
        if self.body is None or self.call is None:
            self._missed |= changed
            return
        if self.is_loading:
            self._missed |= changed
        else:
            self.body.tick(changed | self._missed, self.desk.clock.now())
            self._missed.clear()
        elapsed = self.clock.monotonic()
        if self._reload_at is not None and elapsed >= self._reload_at and not self.is_loading:
            self._start()
        elif elapsed - self._footer_at >= FOOTER_EVERY:
            self.draw_edges()

    # Title and footer

    @property
    def title(self) -> str:
        """`AAPL US Equity GP`, `AAPL US Equity +2 GP`, `@tech MON`."""
        if self.call is None:
            return self.announced
        return f"{self.call.subject} {self.call.mnemonic}".strip()

    def draw_edges(self) -> None:
        """Title and footer as things stand."""
        self._footer_at = self.clock.monotonic()
        parts = [Part(f"[{self.position}]" if self.labelled else str(self.position), "muted", keep=3)]
        if self.group:
            parts.append(Part(self.group, f"link_{self.group.lower()}", bold=True, keep=4))
        parts.append(Part(self.title, "title", bold=True, keep=9))
        if self.spec is not None:
            parts.append(Part(self.spec.title, "muted"))
        self._title.set_active(self.current)
        self._title.show(parts, [Part("loading", "info", keep=2)] if self.is_loading else [])
        self._draw_footer()

    def _draw_footer(self) -> None:
        sources = self.body.sources() if self.body is not None else []
        mark = mark_of(sources, offline=self.desk.status.offline())
        age = age_of(sources, self.desk.clock.now())
        if self.problem and self._explained:
            self._footer.describe(mark, "")
            return
        if self.problem:
            words = self.problem.removeprefix(f"{Reason.OFFLINE}: ") if mark == "OFFLINE" else self.problem
            self._footer.fault(mark, words, age)
            return
        credit = credits_of(sources, self.desk.status.attributions())
        self._footer.describe(mark, providers_of(sources), age, reasons_of(sources), credit)

    def enter(self) -> bool:
        """Give the keyboard to the body, or to the first of its parts that takes it. False where none does."""
        if self.body is None:
            return False
        parts = [self.body, *self.body.query("*")]
        wanted = next((part for part in parts if part.can_focus and part.display), None)
        if wanted is not None:
            wanted.focus(scroll_visible=False)
        return wanted is not None

    # Leaving

    def release(self) -> None:
        """Give back what the body holds."""
        if self.body is not None:
            self.body.release()

    def on_unmount(self) -> None:
        """The pane is gone."""
        self.release()

    def on_picked(self, event: Picked) -> None:
        """An item of the body was chosen."""
        event.stop()
        self.post_message(self.Chosen(self.position, event.line))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The keyboard went into this pane: it is the one lines go to."""
        self.post_message(self.Entered(self.pane))

    def on_click(self, event: events.Click) -> None:
        """A click anywhere in the pane makes it the one lines go to."""
        self.post_message(self.Entered(self.pane))


def _passes(error: FinanceHubError) -> bool:
    """Whether a failure may be over in a while."""
    return isinstance(error, DataMissingError) and error.missing.reason not in LASTING
