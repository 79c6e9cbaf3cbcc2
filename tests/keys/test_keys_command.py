"""`financehub keys`: keys go in unseen, and come out masked."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from keyring.errors import KeyringError
from vendors.key_samples import GOOD
from vendors.server import VendorServer, status

from financehub_tui.cli import run
from financehub_tui.providers.keys.vault import SERVICE

FINNHUB, ALPACA = GOOD["finnhub"], GOOD["alpaca"]


@pytest.fixture
def fh(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Run `financehub keys` with something on standard input; (status, output, errors)."""

    def call(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        done = run(["keys", *words])
        out = capsys.readouterr()
        assert FINNHUB not in out.out + out.err
        return done, out.out, out.err

    return call


def test_a_key_from_standard_input_goes_into_the_keyring(fh, memory):
    done, out, _ = fh("add", "finnhub", typed=f"{FINNHUB}\n")
    assert done == 0
    assert "Finnhub main ••••6789 stored in the keyring" in out
    assert memory.items[SERVICE, "finnhub:main"] == FINNHUB
    assert "replaced in" in fh("add", "finnhub", typed=FINNHUB)[1]


@pytest.mark.parametrize("typed", [ALPACA, ALPACA.replace(":", "\n"), ALPACA.replace(":", "\r\n") + "\r\n"])
def test_two_parts_come_in_one_line_or_in_two(fh, memory, typed):
    assert fh("add", "alpaca", "second", typed=typed)[0] == 0
    assert memory.items[SERVICE, "alpaca:second"] == ALPACA.replace(":", "\n")


def test_at_a_terminal_each_part_is_asked_for_unseen(fh, memory, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    asked, parts = [], ALPACA.split(":")
    monkeypatch.setattr("financehub_tui.cli.keys.getpass.getpass", lambda prompt: asked.append(prompt) or parts.pop(0))
    monkeypatch.setattr("sys.stdin", Terminal())
    assert run(["keys", "add", "alpaca"]) == 0
    assert asked == ["Alpaca key id (not shown): ", "Alpaca secret (not shown): "]
    assert memory.items[SERVICE, "alpaca:main"] == ALPACA.replace(":", "\n")


@pytest.mark.parametrize(
    "typed", ["", "\n", FINNHUB[:9] + " " + FINNHUB[9:], FINNHUB + "\n\n", FINNHUB[:6], FINNHUB * 3]
)
def test_what_is_no_key_is_refused_and_nothing_is_stored(fh, memory, typed):
    done, _, errors = fh("add", "finnhub", typed=typed)
    assert done == 2
    assert "Finnhub: the key" in errors
    assert "https://finnhub.io/register" in errors
    assert memory.items == {}


@pytest.mark.parametrize("words", [(FINNHUB,), ("main", FINNHUB), ("main", "x", FINNHUB), ("id:secret",)])
def test_a_key_among_the_arguments_is_refused_and_not_repeated(fh, memory, words):
    done, _, errors = fh("add", "finnhub", *words, typed=FINNHUB)
    assert done == 2
    assert "does not belong on the command line" in errors
    assert memory.items == {}


def test_an_unknown_provider_is_not_repeated_either(fh):
    done, _, errors = fh("add", FINNHUB)
    assert done == 2
    assert "No provider of that name" in errors


def test_a_plan_is_stored_with_the_key(fh, memory):
    assert fh("add", "coingecko", "pro", typed=GOOD["coingecko"])[0] == 0
    assert fh("add", "oanda", "--plan", "live", typed=GOOD["oanda"])[0] == 0
    done, _, errors = fh("add", "oanda", "--plan", "gold", typed=GOOD["oanda"])
    assert done == 2
    assert "There are practice, live." in errors
    out = fh("list")[1]
    assert "coingecko           pro           ••••uvwx    keyring       Pro" in out
    assert "oanda               main          ••••cdef    keyring       Live account" in out


def test_the_list_tells_keys_and_what_there_is_to_get(fh, memory, monkeypatch):
    out = fh("list")[1]
    assert "No key yet" in out
    assert "https://finnhub.io/register" in out
    fh("add", "finnhub", typed=FINNHUB)
    monkeypatch.setenv("FINANCEHUB_KEY_FRED", GOOD["fred"])
    monkeypatch.setenv("FINANCEHUB_KEY_ALPACA", "nonsense")
    fh("disable", "finnhub")
    _, out, errors = fh("list")
    assert "finnhub             main          disabled    added " in out
    assert "fred                main          ••••2345    environment" in out
    assert "FINANCEHUB_KEY_ALPACA: Alpaca: a key has two parts" in errors


def test_disabled_enabled_removed(fh, memory):
    fh("add", "finnhub", typed=FINNHUB)
    assert "not used until it is enabled" in fh("disable", "finnhub")[1]
    assert "used again" in fh("enable", "finnhub")[1]
    assert "revoked at https://finnhub.io" in fh("remove", "finnhub")[1]
    assert fh("remove", "finnhub")[0] == 2
    assert (SERVICE, "finnhub:main") not in memory.items


@pytest.mark.parametrize("backend", ["no.such.Backend", "tests.Nowhere", "keyring.backends.SecretService.Keyring"])
def test_a_keyring_that_cannot_be_loaded_is_one_line_and_variables_stay(fh, monkeypatch, backend):
    from keyring import core

    monkeypatch.setattr(core, "_keyring_backend", None)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    monkeypatch.setenv("FINANCEHUB_KEY_FRED", GOOD["fred"])
    done, _, errors = fh("add", "finnhub", typed=FINNHUB)
    assert done == 2
    assert errors.startswith(f"financehub: The keyring {backend} (PYTHON_KEYRING_BACKEND) cannot be used")
    done, out, errors = fh("list")
    assert done == 4
    assert "fred                main          ••••2345    environment" in out
    assert "cannot be used" in errors
    assert len(errors.splitlines()) == 1
    assert run(["doctor"]) in (0, 1)


def test_a_disabled_key_is_not_said_to_be_missing(fh, memory):
    fh("add", "finnhub", typed=FINNHUB)
    fh("disable", "finnhub")
    done, _, errors = fh("test", "finnhub")
    assert done == 2
    assert "Finnhub main is disabled" in errors
    assert "financehub keys enable finnhub main" in errors


def test_a_store_named_for_one_run_is_said_to_hold_for_that_run(fh, tmp_path, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_HOME", str(tmp_path))
    monkeypatch.setenv("FINANCEHUB_KEY_PASSPHRASE", "open sesame")
    _, out, _ = fh("add", "finnhub", "--set", "keys.store=file", typed=FINNHUB)
    assert "holds for this run alone" in out
    lasting = next(line for line in out.splitlines() if "financehub run" in line)
    assert run(["run", lasting.partition('"')[2].rstrip('"')]) == 0
    assert "holds for this run alone" not in fh("add", "finnhub", typed=FINNHUB)[1]
    assert "finnhub             main          ••••6789    file" in fh("list")[1]


def test_what_is_missing_on_a_line_is_named(fh, capsys):
    with pytest.raises(SystemExit):
        fh("add")
    assert capsys.readouterr().err.rstrip().endswith("required: provider")


def test_a_key_of_a_variable_is_changed_where_it_is(fh, memory, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_KEY_FINNHUB_SECOND_ONE", FINNHUB)
    for action in ("disable", "remove"):
        done, _, errors = fh(action, "finnhub", "second-one")
        assert done == 2
        assert "comes from the environment: FINANCEHUB_KEY_FINNHUB_SECOND_ONE" in errors


def test_a_file_of_variables_is_imported(fh, memory, tmp_path):
    file = tmp_path / ".env"
    file.write_text(f"FINNHUB_API_KEY={FINNHUB}\nFRED_API_KEY=wrong\n")
    done, out, errors = fh("import", str(file))
    assert done == 2
    assert "Finnhub main ••••6789 stored." in out
    assert "delete it" in out
    assert "FRED_API_KEY: FRED" in errors
    assert fh("import", "-", typed=f"FINANCEHUB_KEY_FINNHUB={FINNHUB}")[0] == 0
    assert fh("import", "-", typed="nothing here")[0] == 2
    assert fh("import", str(tmp_path / "none"))[0] == 4


def test_without_a_keyring_the_other_ways_are_named(fh, no_keyring):
    done, _, errors = fh("add", "finnhub", typed=FINNHUB)
    assert done == 2
    assert "This system has no keyring" in errors
    assert "FINANCEHUB_KEY_FINNHUB" in errors
    assert fh("list")[0] == 0


def test_a_locked_keyring_is_told_in_one_line(fh, memory, monkeypatch):
    def locked(*_: str) -> None:
        raise KeyringError(f"prompt dismissed, {FINNHUB} not stored")

    monkeypatch.setattr(memory, "set_password", locked)
    done, _, errors = fh("add", "finnhub", typed=FINNHUB)
    assert done == 4
    assert "The keyring cannot be written: KeyringError: prompt dismissed" in errors


async def test_a_key_is_tested_with_its_provider(memory, monkeypatch, capsys):
    import asyncio

    monkeypatch.setenv("FINANCEHUB_KEY_FINNHUB", FINNHUB)
    monkeypatch.setenv("FINANCEHUB_KEY_ALPHA_VANTAGE", GOOD["alpha_vantage"])
    async with VendorServer() as vendor:
        vendor.serve("/api/v1/quote", {"c": 1.5})
        vendor.serve(
            "/query", {"Error Message": f"the parameter apikey is invalid or missing: {GOOD['alpha_vantage']}"}
        )
        for provider in ("FINNHUB", "ALPHA_VANTAGE"):
            monkeypatch.setenv(f"FINANCEHUB_PROVIDERS__{provider}__REST_URL", vendor.url)
        assert await asyncio.to_thread(run, ["keys", "test", "finnhub"]) == 0
        assert vendor.seen[0].headers["X-Finnhub-Token"] == FINNHUB
        vendor.misbehave("/api/v1/quote", status(401, {"error": f"Invalid API key {FINNHUB}"}))
        assert await asyncio.to_thread(run, ["keys", "test"]) == 4
    out = capsys.readouterr()
    assert "accepted (HTTP 200)" in out.out
    assert "bad key: HTTP 401 on key test" in out.out
    assert "bad key: the provider does not know this key" in out.out
    assert FINNHUB not in out.out + out.err
    assert GOOD["alpha_vantage"] not in out.out + out.err
    assert await asyncio.to_thread(run, ["keys", "test", "fred"]) == 2


def test_no_key_is_in_the_list_of_processes(tmp_path):
    """The real program waits for its key on standard input; its arguments hold none."""
    program = [sys.executable, "-m", "financehub_tui", "keys", "add", "finnhub"]
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    with subprocess.Popen(program, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as child:
        _, errors = child.communicate(FINNHUB, timeout=30)
        assert FINNHUB not in " ".join(child.args)
    assert "no keyring" in errors
    assert FINNHUB not in errors


def test_a_store_that_cannot_be_read_is_not_taken_for_an_empty_one(fh, monkeypatch, tmp_path):
    held = ("--set", "keys.store=file", "--set", f"keys.file={tmp_path / 'keys.cfg'}")
    monkeypatch.setenv("FINANCEHUB_KEY_PASSPHRASE", "correct horse")
    assert fh("add", "finnhub", *held, typed=FINNHUB)[0] == 0
    monkeypatch.setenv("FINANCEHUB_KEY_PASSPHRASE", "another")
    done, out, errors = fh("list", *held)
    assert done == 4 and "does not open" in errors
    assert "No key yet" not in out and "No key can be read" in out
