"""DIAG: diagnostics."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from financehub_tui import __version__
from financehub_tui.commands.spec import Call, Category, FunctionSpec
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.log import recent, without_secrets
from financehub_tui.paths import find_paths
from financehub_tui.report.blocks import Block, Column, Field, Format, KeyValues, Report

if TYPE_CHECKING:
    from collections.abc import Collection

    from financehub_tui.desk import Desk

LIBRARIES = ("textual", "rich", "httpx", "websockets", "duckdb", "polars", "apscheduler", "msgspec", "redis", "TA-Lib")
VARIABLES = ("TERM", "COLORTERM", "TERM_PROGRAM", "LANG", "LC_ALL", "NO_COLOR", "SSH_CONNECTION", "TMUX", "STY")

SPEC = FunctionSpec(
    mnemonic="DIAG",
    title="Diagnostics",
    category=Category.SYSTEM,
    help="Versions, folders, the terminal and what it can do, the last errors in plain words. In the workstation the "
    "keys this terminal has sent are listed as they arrive, so a key that never shows up is one it swallows. "
    "Secrets are removed: the page can go into a report as it is.",
    sources="This program and its surroundings.",
    refresh=2,
    examples=("DIAG",),
)


async def load(desk: Desk, call: Call) -> Report:
    """Versions, places, terminal, newest warnings and errors."""
    columns = (
        Column(name="time", title="Time UTC", format=Format.DATETIME),
        Column(name="level", title="Level"),
        Column(name="message", title="Message"),
    )
    worst = [entry for entry in recent.entries if entry.level in ("WARNING", "ERROR", "CRITICAL")]
    rows = [(entry.time, entry.level, entry.message) for entry in list(worst)[-20:][::-1]]
    blocks: list[Block] = [
        _facts("Program", program()),
        _facts("Places", places()),
        _facts("Terminal", terminal(desk)),
        table("Newest warnings and errors", columns, rows, empty="None."),
    ]
    if credits := named_sources(desk):
        blocks.insert(-1, KeyValues(title="Sources that ask to be named", fields=credits))
    return report(desk, call, blocks, subject="")


def program() -> list[tuple[str, str]]:
    """Versions of the program and its libraries."""
    from importlib.metadata import PackageNotFoundError, version

    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    found = [("FinanceHub TUI", __version__), ("Python", sys.version.split()[0]), ("System", system)]
    for name in LIBRARIES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "not installed"))
    return found


def places() -> list[tuple[str, str]]:
    """Files and folders, and whether they can be written."""
    paths = find_paths()
    folders = (("Settings", paths.config_file), ("Data", paths.data), ("Cache", paths.cache), ("Log", paths.log_file))
    return [(label, f"{path} ({_access(path)})") for label, path in folders]


def _access(path: Path) -> str:
    if not path.exists():
        return "not there yet"
    return "writable" if os.access(path, os.W_OK) else "NOT writable"


def terminal(desk: Desk) -> list[tuple[str, str]]:
    """What the surroundings say of the terminal, and what the workstation measured."""
    found = [(name, without_secrets(os.environ[name])) for name in VARIABLES if os.environ.get(name)]
    found.append(("Encoding", getattr(sys.__stdout__, "encoding", None) or "unknown"))
    if desk.terminal is not None:
        found.extend((key.replace("_", " ").capitalize(), str(value)) for key, value in desk.terminal.figures().items())
    return found


def named_sources(desk: Desk, providers: Collection[str] | None = None) -> tuple[Field, ...]:
    """What the terms of sources demand to be shown, of all or of some, by provider."""
    told = desk.status.attributions()
    return tuple(
        Field(label=name, value=words) for name, words in told.items() if providers is None or name in providers
    )


def _facts(title: str, pairs: list[tuple[str, str]]) -> KeyValues:
    return KeyValues(title=title, fields=tuple(Field(label=label, value=value) for label, value in pairs))
