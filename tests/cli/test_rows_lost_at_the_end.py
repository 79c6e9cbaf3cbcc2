"""What the last flush could not write is said where the program was started."""

from __future__ import annotations

import argparse
import io
import sys
from types import SimpleNamespace

from financehub_tui.cli import workstation
from financehub_tui.config import Settings
from financehub_tui.errors import RowsLostError, StoreError
from financehub_tui.widgets.governor import LOCAL


class ClosingDesk:
    """A desk whose end adds a notice to those of its beginning."""

    def __init__(self) -> None:
        self.notices = ["The database was opened as a copy."]

    async def close(self) -> None:
        self.notices.append(str(RowsLostError(1_234, StoreError("the disk is full"))))


class LeavingApp:
    """An application whose user leaves at once."""

    return_code = 0

    def __init__(self, desk: ClosingDesk, **more: object) -> None:
        self.leave = lambda: None

    async def run_async(self, *, mouse: bool) -> None:
        return None


async def test_rows_lost_at_the_end_are_counted_after_the_screen_has_been_left(monkeypatch):
    async def open_desk(*arguments: object, **more: object) -> ClosingDesk:
        return ClosingDesk()

    terminal = io.StringIO()
    monkeypatch.setattr("financehub_tui.engine.desk.open_desk", open_desk)
    monkeypatch.setitem(sys.modules, "financehub_tui.app", SimpleNamespace(FinanceHub=LeavingApp))
    monkeypatch.setattr(sys, "__stderr__", terminal)
    assert await workstation._run(Settings(), "live", argparse.Namespace(record=None, line=""), LOCAL) == 0
    assert terminal.getvalue() == "financehub: 1,234 rows could not be stored, lost at the end: the disk is full\n"
