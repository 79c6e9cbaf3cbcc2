"""What is missing is said in one place of a pane, and does not push aside what is there."""

from __future__ import annotations

from typing import Any

import pytest

from financehub_tui.errors import DataMissingError
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.panes.grid import UNCARRIED


def footer(s: Any) -> str:
    return s.text.splitlines()[s.current.region.bottom - 1]


@pytest.mark.parametrize("line", ["AAPL US Equity FA", "CL1 Comdty GP", "MOST MARKET"])
async def test_a_footer_does_not_repeat_what_the_body_says(session: Any, line: str) -> None:
    async with session(line, size=(100, 30)) as s:
        assert "Why: " in s.text
        assert s.current.problem
        assert footer(s).strip() == ""


async def test_a_pane_without_anything_still_says_that_it_is_offline(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with session("MENU", size=(100, 30)) as s:

        async def refused(*_args: Any, **_kwargs: Any) -> Any:
            raise DataMissingError(Missing(reason=Reason.OFFLINE, detail="no network"))

        monkeypatch.setattr(s.app.desk, "quotes", refused)
        monkeypatch.setattr(s.app.desk.status, "offline", lambda: True)
        await s.line("FXC")
        assert "Missing: FX cross matrix." in s.text
        assert footer(s).split() == ["OFFLINE"]


async def test_a_failure_of_another_pane_says_which(session: Any) -> None:
    async with session("AAPL US Equity DES", "AAPL US Equity GIP", groups="AA", size=(160, 40)) as s:
        await s.line("CL1 Comdty DES")
        assert s.current.title == "CL1 Comdty DES"
        assert s.message.startswith("Pane 2: ")
        await s.line("CL1 Comdty GP")
        assert s.message.startswith("unknown symbol: ")


async def test_what_a_report_says_over_its_blocks_is_not_in_the_footer_again(session: Any) -> None:
    async with session("SPX Index HP 1M", size=(100, 30)) as s:
        assert s.text.count("bundled gives no open, high, low and volume") == 1
        assert footer(s).split()[:2] == ["EOD", "bundled"]


async def test_rows_no_source_carries_stand_at_the_end_under_a_heading(session: Any) -> None:
    async with session("WEI", size=(120, 40)) as s:
        lines = s.current.body.model.lines
        headings = {line.title: number for number, line in enumerate(lines) if line.row is None}
        assert list(headings) == ["Americas", UNCARRIED]
        assert headings[UNCARRIED] == 3
        assert len(lines) == 2 + 67
        assert "65 missing: unknown symbol" in footer(s)
