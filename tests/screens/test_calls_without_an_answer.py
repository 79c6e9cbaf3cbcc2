"""A call that gives nothing: the body says what is missing, why, and what to do, and nothing of what stood there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def words(s: Any) -> str:
    return " ".join(s.text.split())


async def shown(s: Any, done: Callable[[], bool]) -> None:
    for _ in range(100):
        if done():
            break
        await s.pilot.pause(0.01)
    assert done(), s.text


@pytest.mark.parametrize("mnemonic", ["FA", "ERN", "ANR", "CN", "OMON"])
async def test_what_no_source_gives_is_said_in_the_body(session: Any, mnemonic: str) -> None:
    async with session("AAPL DVD", size=(80, 24)) as s:
        assert "Latest ex-date" in s.text
        await s.line(f"AAPL {mnemonic}")
        assert s.titles() == [f"AAPL US Equity {mnemonic}"]
        await shown(s, lambda: "Why: not offered: no configured provider supplies" in words(s))
        assert "start `financehub` without --demo" in words(s)
        assert "Latest ex-date" not in s.text


async def test_another_security_leaves_nothing_behind_either(session: Any) -> None:
    async with session("AAPL DVD", size=(80, 24)) as s:
        await s.line("MSFT DVD")
        await shown(s, lambda: "dividends for MSFT US Equity" in words(s))
        assert "Latest ex-date" not in s.text
        await s.line("AAPL DVD")
        await shown(s, lambda: "Latest ex-date" in s.text)


async def test_an_error_with_a_hint_gives_the_hint(session: Any) -> None:
    async with session("AAPL DVD", size=(80, 24)) as s:
        await s.line("AAPL FA RATIOS GROWTH")
        await shown(s, lambda: "Not done" in s.text and s.text.count("Ratios have no growth view") == 2)
        assert s.text.count("Leave one of RATIOS and GROWTH out.") == 2
