"""A pane that has nothing to show says in its body what is missing, why, and what to do; and tries again by itself."""

from __future__ import annotations

from typing import Any

import pytest

from financehub_tui.errors import DataMissingError
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.panes.frame import RETRY

WHY = "Yahoo Finance: its address cannot be looked up (no network, or no name service)"
OFFLINE = DataMissingError(Missing(reason=Reason.OFFLINE, detail=WHY))


def body_text(s: Any) -> str:
    region = s.current.body.region
    rows = s.text.splitlines()[region.y : region.bottom]
    return " ".join(" ".join(row[region.x : region.right] for row in rows).split())


def without_network(s: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_args: Any, **_kwargs: Any) -> Any:
        raise OFFLINE

    for name in ("bars", "book", "trades"):
        monkeypatch.setattr(s.app.desk, name, refused)
    monkeypatch.setattr(s.app.desk.live, "book", lambda *_: None)


@pytest.mark.parametrize("line", ["ETHUSD GP", "ETHUSD GIP", "ETHUSD BOOK", "ETHUSD MDM", "ETHUSD QR"])
async def test_a_first_load_that_fails_says_so_in_the_body_in_full(
    session: Any, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    async with session("MENU", size=(80, 24)) as s:
        without_network(s, monkeypatch)
        await s.line(line)
        words = body_text(s)
        assert f"Why: offline: {WHY}." in words
        assert "It comes with the network." in words


async def test_the_picture_of_another_security_does_not_stay_but_that_of_the_same_call_does(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with session("AAPL US Equity GP 1Y", size=(80, 24)) as s:
        with monkeypatch.context() as patched:
            without_network(s, patched)
            await s.line("AAPL US Equity GP 1Y")
            assert s.current.body.viewport is not None
            assert "its address cannot" in s.text.splitlines()[s.current.region.bottom - 1]
            await s.line("MSFT US Equity GP 1Y")
            assert s.current.body.viewport is None
            assert "Why: offline" in body_text(s)
            assert s.current.body.sources() == []
        await s.line("MSFT US Equity GP 1Y")
        assert s.current.body.viewport is not None


async def test_what_failed_for_want_of_a_source_is_tried_again_and_said_once(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with session("MENU") as s:
        with monkeypatch.context() as patched:
            without_network(s, patched)
            await s.line("AAPL US Equity GP 1Y")
            s.workspace.say("")
            s.current._reload_at -= RETRY
            s.app.tick()
            await s.settle()
            assert s.message == ""
            assert s.current.problem
        s.current._reload_at -= RETRY
        s.app.tick()
        await s.settle()
        assert s.current.problem == ""
        assert s.current.body.viewport is not None


async def test_what_will_not_pass_is_not_tried_again(session: Any) -> None:
    async with session("MENU") as s:
        await s.line("VIX BOOK")
        assert s.current.problem
        assert s.current._reload_at is None


@pytest.mark.parametrize("mnemonic", ["DES", "GP", "QR", "TAS", "MDM", "BOOK"])
async def test_a_fault_of_ours_is_told_too(session: Any, monkeypatch: pytest.MonkeyPatch, mnemonic: str) -> None:
    line = f"AAPL US Equity {mnemonic}"
    async with session("MENU", size=(80, 24)) as s:
        for name in ("quotes", "bars", "trades", "book"):
            monkeypatch.setattr(s.app.desk, name, lambda *_args, **_kwargs: 1 / 0)
        monkeypatch.setattr(s.app.desk.live, "book", lambda *_: None)
        monkeypatch.setattr(s.app.desk.live, "trades", lambda *_: [])
        await s.line(line)
        assert "failed: division by zero" in s.current.problem
        said = "failed: division by zero. LOGX and the log file have the details."
        await s.until(lambda: said in body_text(s) and "Loading" not in body_text(s))


async def test_the_tape_of_another_function_is_full_at_once(session: Any) -> None:
    async with session("AAPL US Equity QR", size=(80, 24)) as s:
        for line in ("AAPL US Equity TAS", "AAPL US Equity QR", "MSFT US Equity QR"):
            await s.line(line)
            assert "Loading" not in body_text(s)
            assert "VWAP" in body_text(s)
