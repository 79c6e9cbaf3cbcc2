"""Logs: one JSON object a line, no secret in any of them, rotation, private files."""

from __future__ import annotations

import json
import logging
import os
import stat
import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.config import LogSettings
from financehub_tui.log import recent, start_logging, without_secrets

KEYS = ("api_key", "apikey", "api-key", "token", "access_key", "crumb", "secret", "password", "X-MBX-APIKEY")
SECRET = st.text(alphabet=string.ascii_letters + string.digits + "._~+/-", min_size=6, max_size=60)


@pytest.fixture
def log_file(surroundings):
    """A log file that is being written to; the root logger is as before afterwards."""
    root = logging.getLogger()
    handlers, level, raising = list(root.handlers), root.level, logging.raiseExceptions
    recent.entries.clear()
    yield surroundings / "logs" / "financehub.log"
    for handler in root.handlers:
        if handler not in handlers and handler is not recent:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raising
    logging.captureWarnings(False)
    recent.entries.clear()


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_record_is_one_json_object_on_one_line(log_file):
    assert start_logging(LogSettings(), log_file) is None
    log = logging.getLogger("financehub_tui.here")
    log.info("two\nlines %s", "[/]")
    try:
        raise ValueError("token=abcdef123456")
    except ValueError:
        log.exception("failed")
    first, second = lines(log_file)
    assert (first["message"], first["level"], first["logger"]) == ("two\nlines [/]", "INFO", "financehub_tui.here")
    assert first["time"] > 1_500_000_000 * 10**9
    assert "ValueError" in second["traceback"] and "abcdef123456" not in log_file.read_text()
    assert recent.entries[0].message == "two\nlines [/]"
    assert "abcdef123456" not in recent.entries[-1].message


def test_levels_below_the_setting_are_left_out(log_file):
    start_logging(LogSettings(level="WARNING"), log_file)
    logging.getLogger("a").info("no")
    logging.getLogger("a").warning("yes")
    assert [line["message"] for line in lines(log_file)] == ["yes"]


def test_chatty_libraries_are_quiet(log_file):
    start_logging(LogSettings(level="DEBUG"), log_file)
    logging.getLogger("httpx").info("GET https://x/?token=abc")
    assert not log_file.exists() or lines(log_file) == []


def test_files_are_private_and_rotated(log_file):
    start_logging(LogSettings(max_bytes=2_000, backups=2), log_file)
    for number in range(100):
        logging.getLogger("a").info("line %d %s", number, "x" * 50)
    files = sorted(log_file.parent.iterdir())
    assert [file.name for file in files] == ["financehub.log", "financehub.log.1", "financehub.log.2"]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 and file.stat().st_size <= 2_000 for file in files)
    assert stat.S_IMODE(log_file.parent.stat().st_mode) == 0o700
    assert lines(log_file)[-1]["message"].startswith("line 99 ")


def test_a_log_that_cannot_be_written_is_said_and_memory_keeps_the_lines(log_file):
    told = start_logging(LogSettings(), log_file.parent.parent / "logs" / ("x" * 300) / "a.log")
    assert told is not None and told.startswith("No log file: ")
    logging.getLogger("a").warning("kept")
    assert recent.entries[-1].message == "kept"


def test_a_message_that_cannot_be_formatted_breaks_nothing(log_file, capfd):
    start_logging(LogSettings(), log_file)
    logging.getLogger("a").warning("%d apples", "no number")
    logging.getLogger("a").warning("lone surrogate \ud800")
    logging.getLogger("a").warning("after")
    assert lines(log_file)[-1]["message"] == "after"
    assert capfd.readouterr().err == ""


@given(
    key=st.sampled_from(KEYS),
    sign=st.sampled_from(["=", ": ", '": "', " = "]),
    secret=SECRET,
    tail=st.sampled_from(["", "&x=1", '"', " more"]),
)
def test_the_value_of_a_secret_never_stays(key, sign, secret, tail):
    text = without_secrets(f"GET /q?a=1&{key}{sign}{secret}{tail}")
    assert text == f"GET /q?a=1&{key}{sign}***{tail}"


@given(secret=SECRET.map(lambda text: text.replace("/", ".")), scheme=st.sampled_from(["redis", "https", "wss"]))
def test_the_password_of_an_address_never_stays(secret, scheme):
    text = without_secrets(f"cannot connect to {scheme}://user:{secret}@host:6379/0 now")
    assert text == f"cannot connect to {scheme}://user:***@host:6379/0 now"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer eyJhbGciOi.J9.sig",
        "headers={'Authorization': 'Bearer eyJhbGciOi.J9.sig'}",
        "authorization: Basic eyJhbGciOi.J9.sig",
        "Cookie: A3=eyJhbGciOi.J9.sig; other=1",
        "Set-Cookie: A3=eyJhbGciOi.J9.sig; Path=/",
        "APCA-API-SECRET-KEY: eyJhbGciOi.J9.sig",
        "&signature=eyJhbGciOi.J9.sig",
        "client_secret=eyJhbGciOi.J9.sig",
        "password is not shown: password=eyJhbGciOi.J9.sig",
        "FINANCEHUB_KEY_FINNHUB=eyJhbGciOi.J9.sig",
    ],
)
def test_forms_a_secret_takes(text):
    assert "eyJhbGciOi" not in without_secrets(text)


@pytest.mark.parametrize(
    "text", ["AAPL US Equity HP 1M", "tokens left: 5", "key Equity:XNAS:AAPL", "wss://stream.example/ws"]
)
def test_other_text_stays_as_it_is(text):
    assert without_secrets(text) == text


def test_what_libraries_write_to_standard_error_goes_to_the_log_while_the_screen_is_drawn(tmp_path):
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from financehub_tui.log import guarded_stderr\n"
        f"with guarded_stderr(Path({str(tmp_path / 'x.stderr')!r})):\n"
        "    os.write(2, b'native noise')\n"
        "    sys.__stderr__.write('drawn'); sys.__stderr__.flush()\n"
        "os.write(2, b' after')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "drawn after"
    file = tmp_path / "x.stderr"
    assert file.read_text() == "native noise" and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.access(file, os.R_OK)
