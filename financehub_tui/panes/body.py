"""What stands between a pane's title and its footer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from financehub_tui.errors import FinanceHubError
from financehub_tui.functions.catalogue import run

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk
    from financehub_tui.market.provenance import Missing, Provenance
    from financehub_tui.report.blocks import Report

_log = logging.getLogger(__name__)


def unforeseen(mnemonic: str, error: Exception) -> FinanceHubError:
    """A fault of ours in one line for the screen; the log is told where it happened."""
    _log.error("%s failed", mnemonic, exc_info=error)
    return FinanceHubError(f"{mnemonic} failed: {error}", "LOGX and the log file have the details.")


def typed(mnemonic: str, error: Exception) -> FinanceHubError:
    """The error as one of ours, which a body can say."""
    return error if isinstance(error, FinanceHubError) else unforeseen(mnemonic, error)


@runtime_checkable
class PaneBody(Protocol):
    """A function's appearance. It is a widget; the pane around it loads, ticks and closes it."""

    async def load(self, desk: Desk, call: Call) -> None:
        """Fetch and show. Raises the typed errors of functions; what was shown before stays."""
        ...

    def tick(self, changed: set[str], now: int) -> None:
        """Some instruments changed (keys): draw what is visible of them. Synchronous and quick."""
        ...

    def pick(self, number: int) -> bool:
        """Choose item n of what is shown: posts `Picked` with its line. False where there is no such item."""
        ...

    def turn_page(self, pages: int) -> None:
        """Scroll by pages; negative is back."""
        ...

    def sources(self) -> list[Provenance | Missing]:
        """Where the values on screen came from, for the footer."""
        ...

    def release(self) -> None:
        """No longer shown: give back subscriptions."""
        ...


class ReportBody:
    """What bodies share that show a Report of the function: loading it, and what the footer says of it."""

    report: Report | None = None

    async def fetch(self, desk: Desk, call: Call) -> Report:
        """Run the function and remember its Report. Raises FinanceHubError, for what nobody foresaw too."""
        try:
            self.report = await run(desk, call)
        except Exception as error:
            raise typed(call.mnemonic, error) from None
        return self.report

    def tick(self, changed: set[str], now: int) -> None:
        """Nothing live by default."""

    def sources(self) -> list[Provenance | Missing]:
        """The Report's provenance, then what was missing."""
        return [] if self.report is None else [*self.report.provenance, *self.report.missing]

    def release(self) -> None:
        """Nothing is held by default."""
