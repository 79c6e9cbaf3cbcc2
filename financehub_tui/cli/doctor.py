"""`financehub doctor`: what this installation and terminal can do, and, with `--live`, what the sources say."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from financehub_tui import __version__
from financehub_tui.cli.start import settings_for
from financehub_tui.errors import FinanceHubError
from financehub_tui.paths import find_paths

Finding = tuple[str, str, str]
"""(ok, warn or fail; what; in words)."""


def examine(options: argparse.Namespace) -> int:
    """Print the findings. Returns 1 where one of them is a failure, with `--live` where no source answered."""
    if options.live:
        from financehub_tui.cli.live import probe_sources

        return probe_sources(options, settings_for(options).settings)
    findings = [*_program(), *_settings(options), *_places(), *_data(), *_keyring(options), *_terminal()]
    for state, what, words in findings:
        print(f"{state:<5} {what:<12} {words}")
    return 1 if any(state == "fail" for state, _, _ in findings) else 0


def _program() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    yield "ok", "program", f"FinanceHub TUI {__version__}, Python {sys.version.split()[0]}"
    for name in ("textual", "httpx", "websockets", "duckdb", "polars", "TA-Lib", "apscheduler"):
        try:
            yield "ok", name, version(name)
        except PackageNotFoundError:
            yield "fail", name, "not installed; install the package again"


def _settings(options: argparse.Namespace) -> Iterator[Finding]:
    try:
        loaded = settings_for(options)
    except FinanceHubError as error:
        yield "fail", "settings", f"{error}. {error.hint}"
        return
    yield "ok", "settings", f"{len(loaded.origins)} given ({find_paths().config_file})"


def _places() -> Iterator[Finding]:
    paths = find_paths()
    for label, folder in (("data", paths.data), ("cache", paths.cache), ("log", paths.logs)):
        standing = next(place for place in (folder, *folder.parents) if place.exists())
        free = shutil.disk_usage(standing).free
        if not os.access(standing, os.W_OK):
            yield "fail", label, f"{folder} cannot be written; set FINANCEHUB_HOME to a folder that can"
        elif free < 200_000_000:
            yield "warn", label, f"{folder}: only {free / 1e6:,.0f} MB free"
        else:
            yield "ok", label, f"{folder} ({free / 1e9:,.1f} GB free)"


def _data() -> Iterator[Finding]:
    folder = Path(__file__).parent.parent / "data"
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    state = "ok" if size else "fail"
    yield state, "bundled", f"{size / 1e6:,.1f} MB of bundled data" if size else "the bundled data is missing"


def _keyring(options: argparse.Namespace) -> Iterator[Finding]:
    """Where keys are kept, as the program itself would choose."""
    from financehub_tui.providers.keys.backends import open_vault

    try:
        settings = settings_for(options).settings.keys
    except FinanceHubError:
        return  # told above
    try:
        vault = open_vault(settings)
    except FinanceHubError as error:
        yield "warn", "keyring", f"{error}. {error.hint}"
        return
    if vault is not None:
        yield "ok", "keyring", f"keys are kept in the {vault.source} ({vault.name})"
    elif settings.store == "environment":
        yield "ok", "keyring", "keys come from FINANCEHUB_KEY_* variables alone (keys.store = environment)"
    else:
        yield "warn", "keyring", "no backend here; keys can be given in FINANCEHUB_KEY_* variables or an encrypted file"


def _terminal() -> Iterator[Finding]:
    size = shutil.get_terminal_size()
    term = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        yield "ok", "terminal", "output is no terminal"
        return
    state = "ok" if size.columns >= 80 and size.lines >= 24 else "warn"
    yield state, "terminal", f"{term or 'unknown'} {size.columns}x{size.lines} (80x24 and larger is best)"
    if term in ("", "dumb"):
        yield "fail", "terminal", "TERM says this terminal cannot place a cursor; headless runs work"
    colours = os.environ.get("COLORTERM", "")
    yield (
        ("ok" if colours else "warn"),
        "colours",
        colours or "COLORTERM is not set: 256 colours (ssh does not pass it on)",
    )
    encoding = (sys.stdout.encoding or "").lower()
    yield ("ok" if "utf" in encoding else "warn"), "encoding", encoding or "unknown"
