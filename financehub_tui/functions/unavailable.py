"""What a pane says in place of a function's data: what is missing, why, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.errors import CommandError, DataMissingError, FinanceHubError, ProviderError
from financehub_tui.functions.securities import report
from financehub_tui.market.provenance import Reason
from financehub_tui.report.blocks import Text

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk
    from financehub_tui.report.blocks import Report

_AGAIN = "Run the line again to try once more. PHLT shows how each source does."
_KEYS = "APIK shows your keys, what each would unlock, and where a free one is had."
ADVICE = {
    Reason.UNKNOWN_SYMBOL: "No source that is on carries this security under a name it knows. SECF finds others.",
    Reason.NOT_OFFERED: "PHLT lists the sources that are on, PDF the settings that turn others on, APIK what a free "
    "key adds.",
    Reason.NO_DATA: "The source answered and has nothing for this security. PVNC says who was asked.",
    Reason.NO_KEY: _KEYS,
    Reason.BAD_KEY: _KEYS,
    Reason.RATE_LIMITED: "QUOTA shows when the budget is whole again.",
    Reason.BUDGET_SPENT: "QUOTA shows when the budget is whole again, and what spent it.",
    Reason.PROVIDER_ERROR: _AGAIN,
    Reason.BAD_ANSWER: _AGAIN,
    Reason.TIMEOUT: _AGAIN,
    Reason.OFFLINE: "What was kept is shown with its age; this was never fetched. It comes with the network.",
    Reason.CIRCUIT_OPEN: "A source that failed several times is left alone for a while. PHLT says until when.",
    Reason.STORE_ERROR: "DIAG shows the places of the files, LOGX what went wrong.",
    Reason.PENDING: _AGAIN,
}
IN_A_DEMO = (
    "The data bundled with this demo has none of it. Leave with QUIT and start `financehub` without --demo: live "
    "sources give it, most of them without a key."
)


def unavailable(desk: Desk, call: Call, error: FinanceHubError) -> Report:
    """The report a pane shows where a call of another function or security gave nothing, or was refused."""
    title = "Not done" if isinstance(error, CommandError) else "Nothing to show"
    return report(desk, call, [Text(title=title, body=explained(desk, call, error))])


def explained(desk: Desk, call: Call, error: FinanceHubError) -> str:
    """What is missing, why, and what to do about it; of a refused call why: paragraphs with an empty line between."""
    if isinstance(error, CommandError):
        return "\n\n".join(filter(None, (f"{error}.", error.hint)))
    from financehub_tui.functions.catalogue import registry

    spec = registry().get(call.mnemonic)
    what = _within(spec.title) if spec else call.mnemonic
    subject = f" for {call.security.display}" if call.security else ""
    lines = [f"Missing: {what}{subject}.", f"Why: {error}.", _advice(desk, error)]
    return "\n\n".join(filter(None, lines))


def _within(title: str) -> str:
    """A title as words within a sentence: `FX cross matrix` keeps its capitals, `API keys` too."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _advice(desk: Desk, error: FinanceHubError) -> str:
    if error.hint:
        return error.hint
    reason = _reason(error)
    if reason is None:
        return ""
    without = reason in (Reason.NOT_OFFERED, Reason.UNKNOWN_SYMBOL, Reason.NO_DATA)
    return IN_A_DEMO if without and desk.scenario.title else ADVICE[reason]


def _reason(error: FinanceHubError) -> Reason | None:
    if isinstance(error, DataMissingError):
        return error.missing.reason
    return error.reason if isinstance(error, ProviderError) else None
