"""`financehub functions`, `config`, `doctor`, and the workstation without a terminal."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from financehub_tui import __version__
from financehub_tui.config import known_keys
from financehub_tui.functions.catalogue import registry


def test_every_function_is_listed_in_every_form(financehub):
    table, markdown = financehub("functions").out, financehub("functions", "--format", "markdown").out
    listed = json.loads(financehub("functions", "--format", "json").out)
    assert [entry["mnemonic"] for entry in listed] == [spec.mnemonic for spec in registry()]
    for spec in registry():
        assert f"\n{spec.mnemonic} " in "\n" + table and f"| {spec.mnemonic} |" in markdown


def test_every_setting_is_shown_with_its_origin(financehub, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_DISPLAY__THEME", "dark")
    result = financehub("config", "show", "--set", "display.rate=4")
    lines = {line.split()[0]: line for line in result.out.splitlines()}
    assert set(lines) == {key for key, *_ in known_keys() if "*" not in key}
    assert lines["display.theme"].split()[1:] == ["dark", "FINANCEHUB_DISPLAY__THEME"]
    assert "flag display.rate" in lines["display.rate"] and lines["log.level"].endswith("default")


def test_the_schema_is_json_and_knows_every_section(financehub):
    schema = json.loads(financehub("config", "schema").out)
    assert set(schema["$defs"]["Settings"]["properties"]) >= {"display", "providers", "storage", "demo"}


def test_paths_lie_in_the_home(financehub, surroundings):
    result = financehub("config", "path")
    assert result.status == 0 and result.out.count(str(surroundings)) == 4


def test_check_names_file_and_key_and_the_nearest(financehub, surroundings):
    assert financehub("config", "check").status == 0
    folder = surroundings / "config"
    folder.mkdir(mode=0o700)
    (folder / "config.toml").write_text("[display]\nthem = 'dark'\n")
    result = financehub("config", "check")
    assert result.status == 2
    assert f"{folder}/config.toml: unknown setting display.them" in result.err
    assert "Did you mean display.theme?" in result.err


def test_doctor_says_how_things_stand(financehub, surroundings):
    result = financehub("doctor")
    assert result.status == 0, result.out
    assert __version__ in result.out and str(surroundings) in result.out
    assert all(line.split()[0] in ("ok", "warn") for line in result.out.splitlines())


def test_doctor_fails_on_broken_settings(financehub, surroundings):
    (surroundings / "config").mkdir()
    (surroundings / "config" / "config.toml").write_text("[[[")
    result = financehub("doctor")
    assert result.status == 1 and "fail" in result.out


def test_the_workstation_needs_a_terminal(financehub):
    result = financehub("--demo")
    assert result.status == 2 and "needs a terminal" in result.err and "run" in result.err


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("run", "--help")])
def test_help_and_version(arguments, financehub):
    result = financehub(*arguments)
    assert result.status == 0 and result.out


@pytest.mark.parametrize("arguments", [("nosuch",), ("run",), ("--speed", "fast"), ("run", "MON", "--nosuch")])
def test_unknown_arguments_are_status_2(arguments, financehub):
    assert financehub(*arguments).status == 2


def test_every_file_the_program_makes_is_its_users_alone():
    code = "import os, sys; from financehub_tui.__main__ import main; sys.argv[1:] = ['config', 'path']; main()"
    done = subprocess.run(
        [sys.executable, "-c", code + "; print(os.umask(0))"], capture_output=True, text=True, check=True
    )
    assert int(done.stdout.splitlines()[-1]) == 0o077
