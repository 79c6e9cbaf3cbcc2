"""Whatever is typed or found: a clear error of one line, nothing lost, nothing raised."""

from __future__ import annotations

import json
import stat
import time

import pytest

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.config import Settings
from financehub_tui.engine.desk import open_desk
from financehub_tui.functions.catalogue import run as run_call
from financehub_tui.functions.reading import read_line

DEMO = "--demo"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("NOSUCHTICKER1", "'NOSUCHTICKER1'"),
        ("AAPL NOSUCHFN", "'NOSUCHFN' is no function"),
        ("AAPL HP NOSUCHTAIL", "NOSUCHTAIL"),
        ("AAPL HP 2018-02-30..", "2018-02-30"),
        ("AAPL HP 2018-13-01..2018-14-01", "2018-13-01"),
        ("AAPL HP 2018-02-03..2018-02-01", "2018-02-0"),
        ("AAPL 180230 C 160 DES", "180230"),
        ("A" * 10_000, "10,000 characters"),
        ("AAPL HP " + "1M " * 3_000, "characters"),
        ("AAPL\x1b[2J HP", "invisible character \\x1b"),
        ("AAPL\x00HP", "invisible character \\x00"),
        ("\u202eLPAA HP", "invisible character \\u202e"),
        ("📈 HP", "📈"),
        ("AAPL 📈", "📈"),
        ("سهم HP", "is no"),
        ("[/] HP", "[/]"),
        ("AAPL [red]HP[/red]", "[red]"),
        ("@[/] MON", "[/]"),
        ("AAPL MON cols=[bold]", "[bold]"),
        ("SECF type=", "type="),
        ("SECF class=foo", "SECF has no class=foo"),
        (";;;", "Nothing was typed"),
        ("99999999", "no item"),
        ("13: AAPL", "no pane 13"),
        ("@nosuch MON", "no list"),
        ("CANCEL", "Nothing runs that CANCEL"),
        ("MOST UP DOWN", "one order"),
        ("AAPL QR 99999999", "not 99999999"),
        ("AAPL HP 2030-01-01..", "2030-01-01.. has not begun"),
        ("PDF display.theme=zzz", "financehub: display.theme: no theme is called 'zzz'"),
        ("PDF display.rate=99", "financehub: display.rate: "),
        ("PDF general.home_exchange=QQ", "financehub: general.home_exchange: no exchange has the code QQ"),
    ],
)
def test_what_cannot_be_understood_is_said_in_one_line(line, words, financehub):
    result = financehub("run", line, DEMO)
    assert result.status == 2 and result.out == ""
    first = result.err.splitlines()[0]
    assert first.startswith("financehub: ") and words in first and "\\[" not in first, first
    assert "Traceback" not in result.err and "\x1b" not in result.err and "\u202e" not in result.err


def test_the_nearest_is_offered_and_nothing_is_corrected(financehub):
    result = financehub("run", "AAPL DESS", DEMO)
    assert result.status == 2 and "did you mean: AAPL US Equity DES\n" in result.err


def test_an_ambiguous_ticker_is_taken_by_the_home_exchange_and_said(financehub):
    home = financehub("run", "VOD DES", DEMO, "--format", "json")
    away = financehub("run", "VOD DES", DEMO, "--format", "json", "--set", "general.home_exchange=LN")
    assert json.loads(home.out)["title"] == "VOD US Equity DES" and "VOD → VOD US Equity" in home.err
    assert json.loads(away.out)["title"] == "VOD LN Equity DES" and "VOD → VOD LN Equity" in away.err


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_markup_in_data_is_shown_as_it_is(form, financehub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = financehub("run", "SECF [/]red[bold]", DEMO, "--format", form)
    assert result.status == 0 and "Traceback" not in result.err
    if form != "csv":
        assert "[/]red[bold]" in result.out.replace("\\[", "[").replace("\\]", "]").lower()


def test_what_is_kept_in_a_demo_is_there_in_the_next(financehub, surroundings):
    assert financehub("run", "W NEW tech AAPL,MSFT", DEMO).status == 0
    assert "AAPL" in financehub("run", "@tech MON", DEMO).out
    kept = surroundings / "data"
    assert [file.name for file in kept.iterdir()] == ["demo.duckdb"]
    assert (kept / "demo.duckdb").stat().st_mode & 0o077 == 0
    assert financehub("run", "@tech MON").status == 2


def test_an_empty_list_is_shown_as_empty(financehub, no_network):
    assert financehub("run", "W NEW few AAPL ; W REMOVE few AAPL").status in (0, 3)
    result = financehub("run", "@few MON")
    assert result.status == 0 and "The list is empty." in result.out


def test_lists_outlive_the_process_in_live_mode(process, surroundings):
    no_names = "import socket\ndef no(*a, **k): raise socket.gaierror(-3, 'no')\nsocket.getaddrinfo = no"
    assert process("run", "W NEW tech AAPL,MSFT", before=no_names).status == 3
    result = process("run", "@tech W", "--format", "json", before=no_names)
    assert [row["security"] for row in json.loads(result.out)["blocks"][0]["rows"]] == [
        "AAPL US Equity",
        "MSFT US Equity",
    ]
    database = surroundings / "data" / "financehub.duckdb"
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[display\ntheme=1", "config.toml: "),
        ("\x00", "config.toml: "),
        ("[display]\ntheme = 3", "display.theme"),
        ("[display]\nrate = 99", "display.rate"),
        ("[display]\nthem = 'x'", "Did you mean display.theme?"),
        ("[[display]]\n", "display"),
        ("display = 3", "display"),
        ("[providers.binance]\nrest_url = 'not a url'", "providers.binance.rest_url: not a URL"),
        ("[general]\ntimezone = 'Mars/Base'", "general.timezone: 'Mars/Base' is no time zone"),
        ("[general]\nhome_exchange = 'QQ'", "general.home_exchange: no exchange has the code QQ\n  Did you mean "),
        ("[providers.binanc]\nenabled = false", "providers.binanc.enabled: no provider is called binanc\n"),
    ],
)
def test_broken_settings_name_file_and_key(content, words, financehub, surroundings):
    folder = surroundings / "config"
    folder.mkdir()
    (folder / "config.toml").write_text(content)
    result = financehub("run", "HELP", DEMO)
    assert result.status == 2 and words in result.err and "config.toml" in result.err
    assert (folder / "config.toml").read_text() == content


def test_an_unknown_variable_is_named_with_the_nearest(financehub, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_DISPLAY__THEEM", "dark")
    result = financehub("run", "HELP", DEMO)
    assert result.status == 2
    assert "FINANCEHUB_DISPLAY__THEEM: unknown setting display.theem" in result.err
    assert "Did you mean display.theme?" in result.err


@pytest.mark.parametrize("command", [("run", "HELP", DEMO), ("config", "check")])
def test_a_provider_there_is_not_is_refused_with_the_nearest(command, financehub, monkeypatch):
    flag = financehub(*command, "--set", "providers.binanc.enabled=false")
    assert (flag.status, flag.out) == (2, "")
    words = "flag providers.binanc.enabled: providers.binanc.enabled: no provider is called binanc"
    assert flag.err == f"financehub: {words}\n  Did you mean binance?\n"
    monkeypatch.setenv("FINANCEHUB_PROVIDERS__ZZZZZZ__REST_URL", "http://127.0.0.1:9")
    variable = financehub(*command)
    assert variable.status == 2 and "FINANCEHUB_PROVIDERS__ZZZZZZ__REST_URL: " in variable.err
    assert "There are binance, kraken, " in variable.err


@pytest.mark.parametrize("home", ["/proc/financehub", "file"])
def test_a_home_that_cannot_be_written_costs_nothing_but_what_is_kept(
    home, financehub, monkeypatch, tmp_path, no_network
):
    if home == "file":
        home = str(tmp_path / "file")
        (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("FINANCEHUB_HOME", home)
    result = financehub("run", "AAPL US Equity HP 1M", DEMO)
    assert result.status == 0 and result.out.startswith("AAPL US Equity HP")
    assert "No log file" in result.err
    live = financehub("run", "W NEW tech AAPL")
    assert live.status == 4 and "cannot be used" in live.err and len(live.err.splitlines()) <= 3
    assert financehub("run", "PDF display.theme=dark", DEMO).status == 4
    assert financehub("run", "MON").status == 3


def test_a_full_disk_is_said_and_what_was_there_stays(process, tmp_path):
    file = tmp_path / "hp.csv"
    file.write_text("before")
    limit = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))"
    result = process("run", "AAPL HP MAX", DEMO, "--format", "csv", "--output", str(file), before=limit)
    assert result.status == 4 and "File too large" in result.err and "Traceback" not in result.err
    assert file.read_text() == "before" and list(tmp_path.iterdir()) == [file]


def test_a_full_disk_in_live_mode_is_said(process):
    limit = "import resource, signal, socket\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))\n"
    limit += "def no(*a, **k): raise socket.gaierror(-3, 'no')\nsocket.getaddrinfo = no"
    result = process("run", "W NEW tech AAPL", before=limit)
    assert result.status == 4 and "Traceback" not in result.err
    assert "the disk is full" in result.err and "cannot be used" in result.err
    assert process("run", "MON", before=limit).status == 3


def test_a_damaged_database_is_kept_aside_and_said(financehub, surroundings, no_network):
    folder = surroundings / "data"
    folder.mkdir(mode=0o700)
    database = folder / "financehub.duckdb"
    database.write_bytes(b"this is no database" * 1_000)
    result = financehub("run", "W NEW tech AAPL")
    assert result.status == 3
    assert "financehub.duckdb" in result.err and "damaged" in result.err.lower()
    aside = [file for file in folder.iterdir() if file.read_bytes().startswith(b"this is no database")]
    assert len(aside) == 1 and aside[0] != database


async def test_a_clock_that_jumps_back_breaks_nothing(monkeypatch):
    clock = ManualClock(1_517_842_800 * NANOS)
    desk = await open_desk(Settings(), scenario="equities", clock=clock, headless=True)
    try:
        for jump in (0, -3_600, 86_400, -30 * 86_400):
            clock.set(clock.now() + jump * NANOS)
            for line in ("AAPL DES", "MON", "AAPL HP 1M", "AAPL QR", "PHLT", "JOBQ", "CACHE"):
                (call,) = (await read_line(desk, line)).calls
                report = await run_call(desk, call)
                assert report.as_of == clock.now()
    finally:
        await desk.close()


def test_a_terminal_of_no_use_is_said(process):
    result = process(DEMO, env={"TERM": "dumb"})
    assert result.status == 2 and "terminal" in result.err


def test_a_run_ends_soon(process):
    before = time.monotonic()
    assert process("run", "MON", DEMO).status == 0
    assert time.monotonic() - before < 20


def test_what_cannot_be_kept_fails_with_the_reason(financehub, surroundings):
    (surroundings / "data").mkdir(parents=True)
    (surroundings / "data" / "demo.duckdb").mkdir()
    result = financehub("run", "W NEW tech AAPL,MSFT", "--demo")
    assert result.status == 4
    assert "demo.duckdb cannot be used" in result.err and len(result.err.splitlines()) <= 2
    for line in ("AAPL HP 5D", "W"):
        assert financehub("run", line, "--demo").status == 0
