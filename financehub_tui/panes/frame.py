"""A pane: title, body, footer. It loads calls into its body and says what went wrong in one line."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.widget import Widget
from textual.worker import Worker

from financehub_tui.commands.printing import line_of
from financehub_tui.errors import CommandError, DataMissingError, FinanceHubError
from financehub_tui.market.provenance import Missing, Provenance
from financehub_tui.panes.body import PaneBody
from financehub_tui.panes.bars import PaneFooter, PaneTitle
from financehub_tui.panes.catalogue import body_class
from financehub_tui.panes.footer import footer_text, mark_of

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Call, FunctionSpec
    from financehub_tui.desk import Desk
    from financehub_tui.market.instrument import Instrument

_log = logging.getLogger(__name__)


class PaneFrame(Container):
    """One pane of the workspace."""

    DEFAULT_CSS = """
    PaneFrame { layout: vertical; background: $background; }
    PaneFrame > .body { height: 1fr; width: 1fr; }
    """

    class Failed(Message):
        """A call of this pane failed; the workspace shows the line."""

        def __init__(self, error: FinanceHubError) -> None:
            super().__init__()
            self.error = error

    class Loaded(Message):
        """A call of this pane is on screen."""

        def __init__(self, call: Call) -> None:
            super().__init__()
            self.call = call

    def __init__(self, pane: int, desk: Desk) -> None:
        super().__init__()
        self.pane = pane
        self.desk = desk
        self.call: Call | None = None
        self.spec: FunctionSpec | None = None
        self.group = ""
        self.security: Instrument | None = None
        self.body: PaneBody | None = None
        self.problem = ""
        """Why the newest call gave nothing, in one line; empty where it did."""
        self._loading: Worker[None] | None = None
        self._reload_at: int | None = None
        self._title = PaneTitle()
        self._footer = PaneFooter()

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._footer

    def run_call(self, call: Call, spec: FunctionSpec) -> None:
        """Show a call; one that is still loading is given up."""
        if call.security is not None:
            self.security = call.security
        self.call, self.spec = call, spec
        self.problem = ""
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self.run_worker(self._show(call, spec), exclusive=True, group=f"pane-{self.pane}")
        self.draw_edges()

    def cancel(self) -> bool:
        """Give up what is loading. True where something was."""
        if self._loading is None or self._loading.is_finished:
            return False
        self._loading.cancel()
        self.problem = "cancelled"
        self.draw_edges()
        return True

    @property
    def loading_call(self) -> bool:
        """True while the newest call is not answered yet."""
        return self._loading is not None and not self._loading.is_finished

    async def _show(self, call: Call, spec: FunctionSpec) -> None:
        wanted = body_class(spec.mnemonic)
        body = self.body
        fresh = not isinstance(body, wanted)
        if fresh:
            body = wanted()
            body.add_class("body")
            body.display = False
            await self.mount(body, before=self._footer)
        assert isinstance(body, PaneBody)
        try:
            await body.load(self.desk, call)
        except FinanceHubError as error:
            self._fail(error)
            if fresh and self.body is not None:
                await _drop(body)
                return
        except Exception as error:
            _log.exception("%s failed", spec.mnemonic)
            self._fail(FinanceHubError(f"{spec.mnemonic} failed: {error}", "LOGX and the log file have the details."))
            if fresh and self.body is not None:
                await _drop(body)
                return
        else:
            self.problem = ""
            self.post_message(self.Loaded(call))
        if fresh:
            old, self.body = self.body, body
            body.display = True
            if old is not None:
                await _drop(old)
        self._plan_reload(self.desk.clock.now())
        self.draw_edges()

    def _fail(self, error: FinanceHubError) -> None:
        self.problem = str(error)
        _log.info("%s", error)
        self.draw_edges()
        self.post_message(self.Failed(error))

    def _plan_reload(self, now: int) -> None:
        refresh = self.spec.refresh if self.spec else 0
        self._reload_at = int(self.desk.monotonic_nanos() + refresh * 1e9) if refresh else None

    def tick(self, changed: set[str], now: int, monotonic: int) -> None:
        """The application's tick: hand changes to the body, make an old Report anew."""
        if self.body is None or self.call is None or self.spec is None:
            return
        self.body.tick(changed, now)
        if self._reload_at is not None and monotonic >= self._reload_at and not self.loading_call:
            self._reload_at = None
            self._loading = self.run_worker(self._show(self.call, self.spec), exclusive=True, group=f"pane-{self.pane}")
        self.draw_edges(now)
