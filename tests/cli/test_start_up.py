"""What a command loads: nothing it does not need, for start-up is paid by every run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from financehub_tui.cli import run as cli_run

NEVER_HEADLESS = {
    "apscheduler", "duckdb", "exchange_calendars", "httpx", "keyring", "limits", "numpy", "pandas", "prompt_toolkit",
    "purgatory", "pyarrow", "redis", "rich", "talib", "tenacity", "textual", "tomlkit", "websockets",
}  # fmt: skip
HEAVY = NEVER_HEADLESS | {"asyncio", "polars"}


def loaded(code: str) -> set[str]:
    """Top-level modules a process has loaded after running some code."""
    shown = "\nimport sys; print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code + shown], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("LOADED")[2].split())


@pytest.mark.parametrize(
    "module",
    [
        "financehub_tui",
        "financehub_tui.cli",
        "financehub_tui.config",
        "financehub_tui.desk",
        "financehub_tui.errors",
        "financehub_tui.paths",
        "financehub_tui.market.bars",
        "financehub_tui.market.master",
        "financehub_tui.market.quote",
        "financehub_tui.commands.grammar",
        "financehub_tui.report.blocks",
    ],
)
def test_a_module_on_the_start_up_path_loads_nothing_heavy(module):
    assert not loaded(f"import {module}") & HEAVY


def test_the_registry_of_functions_loads_nothing_heavy():
    code = "from financehub_tui.functions.catalogue import registry; assert len(registry()) > 30"
    assert not loaded(code) & (HEAVY - {"asyncio"})


@pytest.mark.parametrize(
    ("line", "form", "allowed"),
    [
        ("AAPL US Equity HP 1M", "table", set()),
        ("AAPL US Equity HP 1M", "json", set()),
        ("MENU", "markdown", set()),
        ("AAPL US Equity GP 1M SMA20", "json", {"numpy", "talib"}),
        ("MON", "table", {"numpy", "tzdata"}),
    ],
)
def test_a_headless_run_loads_only_what_it_needs(line, form, allowed, monkeypatch):
    code = f"from financehub_tui.cli import run; assert run(['run', {line!r}, '--demo', '--format', {form!r}]) == 0"
    assert loaded(code) & NEVER_HEADLESS <= allowed


def test_a_headless_run_beside_a_kept_database_leaves_it_closed_unless_it_names_a_list():
    assert cli_run(["run", "W NEW liquid AAPL,MSFT", "--demo"]) == 0
    code = "from financehub_tui.cli import run; assert run(['run', {!r}, '--demo']) == 0"
    assert "duckdb" not in loaded(code.format("AAPL HP 1M"))
    assert "duckdb" in loaded(code.format("@liquid MON"))


def test_a_demo_of_stocks_loads_no_decoder_of_a_venue():
    code = "from financehub_tui.cli import run; assert run(['run', 'AAPL HP 1M', '--demo']) == 0"
    shown = "\nimport sys; print([name for name in sys.modules if name.startswith('financehub_tui.providers.binance')])"
    done = subprocess.run([sys.executable, "-c", code + shown], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_a_list_of_functions_or_settings_needs_no_data_library():
    for arguments in (["functions"], ["config", "show"], ["config", "path"]):
        code = f"from financehub_tui.cli import run; assert run({arguments!r}) == 0"
        assert not loaded(code) & (HEAVY - {"asyncio"}), arguments


def test_the_end_of_a_run_is_quick_and_loses_no_output():
    command = [sys.executable, "-m", "financehub_tui", "run", "AAPL HP MAX", "--demo", "--format", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) > 1_200 and done.stdout.endswith("\n")
