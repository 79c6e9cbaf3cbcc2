"""`financehub run`: exit status, one report on standard output, talk on standard error."""

from __future__ import annotations

import io
import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

DEMO = "--demo"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("run", "AAPL US Equity HP 1M", DEMO), 0),
        ((DEMO, "run", "AAPL US Equity HP 1M"), 0),
        (("run", "AAPL US Equity HP 1M", "--demo=equities"), 0),
        (("run", "BTCUSDT BOOK", "--demo=crypto"), 0),
        (("run", "MON", DEMO), 0),
        (("run", "AAPL NOSUCHFN", DEMO), 2),
        (("run", "NOSUCHTICKER1", DEMO), 2),
        (("run", "AAPL HP 99Q", DEMO), 2),
        (("run", "", DEMO), 2),
        (("run", "7", DEMO), 2),
        (("run", "QUIT", DEMO), 2),
        (("run", "GRAB", DEMO), 2),
        (("run", "AAPL HP", DEMO, "--format", "excel"), 2),
        (("run", "AAPL HP", "--demo=mars"), 2),
        (("run", "AAPL HP", DEMO, "--set", "display.them=dark"), 2),
        (("run", "AAPL HP", DEMO, "--set", "display.theme"), 2),
        (("run", "BTCUSDT BOOK", DEMO), 3),
        (("run", "AAPL US Equity HP", "--demo=crypto"), 3),
        (("run", "WEI", "--demo=crypto"), 3),
        (("run", "CL1 Comdty DES", DEMO), 3),
        (("run", "HELP", DEMO, "--output", "/proc/nothing.txt"), 4),
        (("run", "HELP", DEMO, "--output", "nosuch/folder/x.txt"), 4),
    ],
)
def test_exit_status(arguments, status, financehub):
    result = financehub(*arguments)
    assert result.status == status, result.err
    assert bool(result.out) == (status == 0 or "WEI" in arguments or "CL1 Comdty DES" in arguments)
    if status:
        assert result.err and "Traceback" not in result.err


def test_talk_goes_to_standard_error_and_the_report_alone_to_standard_output(financehub):
    result = financehub("run", "MON", DEMO, "--format", "json")
    document = json.loads(result.out)
    assert set(document) == {"title", "as_of", "scenario", "blocks", "provenance", "missing"}
    assert result.err == "financehub: MON = function Monitor; $MON for Monsanto (until 2018)\n"


def test_what_is_missing_is_said_with_its_type(financehub):
    result = financehub("run", "BTCUSDT BOOK", DEMO)
    first, hint = result.err.splitlines()
    assert first == "financehub: unknown symbol: Simulation: does not carry BTCUSDT Crypto"
    assert "--demo=crypto" in hint
    gaps = financehub("run", "EURUSD HP 1M", DEMO, "--format", "csv")
    assert gaps.status == 0 and "not offered: bundled gives no volume" in gaps.err


def test_live_mode_without_network_says_offline(financehub, no_network):
    result = financehub("run", "AAPL US Equity HP 1M")
    assert result.status == 3 and result.out == ""
    assert "offline: Yahoo Finance: its address cannot be looked up" in result.err
    quotes = financehub("run", "AAPL,MSFT MON", "--format", "json")
    assert quotes.status == 3
    assert all(row["last"] is None for row in json.loads(quotes.out)["blocks"][0]["rows"])
    assert "offline" in quotes.err


def test_a_provider_that_fails_is_status_4(financehub, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_PROVIDERS__BINANCE__REST_URL", f"http://127.0.0.1:{silent_server()}")
    monkeypatch.setenv("FINANCEHUB_PROVIDERS__YAHOO__ENABLED", "false")
    result = financehub("run", "BTCUSDT GP 1M")
    assert result.status == 4, result.err


def silent_server():
    """A server that answers every request with an error of its own."""
    import http.server
    import threading

    class Broken(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(500)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def test_formats_hold_the_same_numbers(financehub, tmp_path):
    line = "AAPL US Equity HP 1M"
    rows = json.loads(financehub("run", line, DEMO, "--format", "json").out)["blocks"][0]["rows"]
    read = pl.read_csv(io.StringIO(financehub("run", line, DEMO, "--format", "csv").out), try_parse_dates=True)
    assert read["close"].to_list() == [row["close"] for row in rows]
    file = tmp_path / "hp.parquet"
    assert financehub("run", line, DEMO, "--format", "parquet", "--output", str(file)).status == 0
    assert pl.read_parquet(file)["close"].to_list() == [row["close"] for row in rows]
    table = financehub("run", line, DEMO).out
    markdown = financehub("run", line, DEMO, "--format", "markdown").out
    for row in rows:
        assert f"{row['close']:.2f}" in table and f"{row['close']:.2f}" in markdown


def test_several_commands_give_one_output(financehub):
    result = financehub("run", "AAPL HP 5D ; MSFT HP 5D", DEMO, "--format", "json")
    assert [document["title"] for document in json.loads(result.out)] == ["AAPL US Equity HP", "MSFT US Equity HP"]
    assert financehub("run", "AAPL HP ; MSFT HP", DEMO, "--format", "parquet").status == 2


def test_what_was_answered_before_a_failure_is_kept(financehub):
    result = financehub("run", "AAPL HP 5D ; BTCUSDT HP", DEMO)
    assert result.status == 3
    assert result.out.startswith("AAPL US Equity HP\n") and "unknown symbol" in result.err


def test_output_to_a_file_replaces_it_whole_and_says_so(financehub, tmp_path):
    file = tmp_path / "hp.csv"
    file.write_text("before")
    result = financehub("run", "AAPL HP 5D", DEMO, "--format", "csv", "--output", str(file))
    assert result.status == 0 and result.out == "" and f"wrote {file}" in result.err
    assert file.read_text().startswith("time,open,high,low,close,volume")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_output_to_a_pipe(financehub, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True)
    assert financehub("run", "AAPL HP 5D", DEMO, "--output", str(pipe)).status == 0
    assert reader.communicate()[0].startswith("AAPL US Equity HP")


def test_no_colour_outside_a_terminal(financehub):
    assert "\x1b" not in financehub("run", "AAPL GP 1M", DEMO).out


def test_a_reader_that_leaves_early_is_no_error():
    code = (
        "import subprocess,sys;"
        "p=subprocess.Popen([sys.executable,'-m','financehub_tui','run','AAPL HP MAX','--demo'],"
        "stdout=subprocess.PIPE,stderr=subprocess.PIPE);"
        "p.stdout.read(10);p.stdout.close();print(p.stderr.read().decode(),p.wait())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]


def test_a_closed_standard_output_is_no_fault():
    command = f"exec {shlex.quote(sys.executable)} -m financehub_tui run 'AAPL HP 1M' {DEMO} >&-"
    done = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [("run", "AAPL HP 1M", DEMO), ("functions",), ("config", "show")])
def test_a_full_device_is_said_in_one_line(arguments):
    command = [sys.executable, "-m", "financehub_tui", *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4
    assert "No space left on device" in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


@pytest.mark.parametrize(
    "env", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
@pytest.mark.parametrize("line", ["BTCUSDT QR", "AAPL GP 1M", "HELP QR", "VOD DES"])
def test_a_terminal_that_knows_ascii_alone_gets_ascii(env, line, process):
    scenario = "--demo=crypto" if "BTC" in line else DEMO
    result = process("run", line, scenario, env=env)
    assert "Traceback" not in result.err
    if env.get("PYTHONIOENCODING"):
        assert result.out.isascii() and result.err.isascii()
    assert result.status in (0, 3)


def test_json_is_utf_8_whatever_the_locale(process):
    result = process("run", "HELP", DEMO, "--format", "json", env={"PYTHONIOENCODING": "ascii"})
    assert json.loads(result.out)["title"] == "HELP"
