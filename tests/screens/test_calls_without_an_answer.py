"""A call that gives nothing: the body says what is missing, why, and what to do, and nothing of what stood there."""

from __future__ import annotations

from typing import Any

import pytest


def body(s: Any) -> str:
    return " ".join(s.text.split())


@pytest.mark.parametrize("mnemonic", ["FA", "ERN", "ANR", "CN", "OMON"])
async def test_what_no_source_gives_is_said_in_the_body(session: Any, mnemonic: str) -> None:
    async with session("AAPL DVD", size=(80, 24)) as s:
        assert "Latest ex-date" in s.text
        await s.line(f"AAPL {mnemonic}")
        assert s.titles() == [f"AAPL US Equity {mnemonic}"]
        assert "Latest ex-date" not in s.text
        assert "Why: not offered: no configured provider supplies" in body(s)
        assert "start `financehub` without --demo" in body(s)


async def test_other_tails_of_a_function_leave_nothing_behind_either(session: Any) -> None:
    async with session("AAPL DVD", size=(80, 24)) as s:
        await s.line("MSFT DVD")
        assert "Latest ex-date" not in s.text
        assert "dividends for MSFT US Equity" in body(s)
        await s.line("AAPL DVD")
        assert "Latest ex-date" in s.text


async def test_an_error_with_a_hint_gives_the_hint(session: Any) -> None:
    async with session("AAPL DVD", size=(80, 24)) as s:
        await s.line("AAPL FA RATIOS GROWTH")
        assert "Ratios have no growth view" in body(s)
        assert "Leave one of RATIOS and GROWTH out." in body(s)
