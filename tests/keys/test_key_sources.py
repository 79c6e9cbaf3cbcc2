"""Keys from variables, from a keyring, from an encrypted file."""

from __future__ import annotations

import asyncio
import io
import os
import stat
import subprocess
import sys
from threading import Event

import pytest
from keyring.backends import chainer
from rich.console import Console
from rich.traceback import Traceback
from vendors.key_samples import GOOD

from financehub_tui.config import KeySettings
from financehub_tui.errors import ConfigError, StoreError
from financehub_tui.providers.keys.backends import open_vault, system_backend
from financehub_tui.providers.keys.environment import environment_keys, imported_keys
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.keys.ring import KeyRing
from financehub_tui.providers.keys.usage import KeyState
from financehub_tui.providers.keys.vault import SERVICE, Vault

FINNHUB, ALPACA = GOOD["finnhub"], GOOD["alpaca"]


def named(keys):
    return [(key.provider, key.alias, ":".join(key.parts), key.plan) for key in keys]


def test_variables_name_provider_and_alias():
    keys, problems = environment_keys(
        {
            "FINANCEHUB_KEY_FINNHUB": FINNHUB,
            "FINANCEHUB_KEY_ALPACA_MAIN": ALPACA,
            "FINANCEHUB_KEY_TWELVE_DATA_SECOND_ONE": GOOD["twelve_data"],
            "FINANCEHUB_KEY_COINGECKO_PRO": GOOD["coingecko"],
            "FINANCEHUB_KEY_POLYGON": GOOD["massive"],
            "FINANCEHUB_KEY_FRED": "",
            "FINANCEHUB_KEY_PASSPHRASE": "open sesame",
            "FINNHUB_API_KEY": FINNHUB,
        }
    )
    assert problems == []
    assert named(keys) == [
        ("alpaca", "main", ALPACA, "basic"),
        ("coingecko", "pro", GOOD["coingecko"], "pro"),
        ("finnhub", "main", FINNHUB, "free"),
        ("massive", "main", GOOD["massive"], "basic"),
        ("twelve_data", "second-one", GOOD["twelve_data"], "basic"),
    ]


def test_a_variable_that_holds_no_key_is_told_and_the_others_are_taken():
    keys, problems = environment_keys(
        {"FINANCEHUB_KEY_FINNHUB": "too short", "FINANCEHUB_KEY_NOBODY": "x", "FINANCEHUB_KEY_ALPACA": ALPACA}
    )
    assert [key.provider for key in keys] == ["alpaca"]
    assert problems == [
        "FINANCEHUB_KEY_FINNHUB: Finnhub: the key holds a space at place 4",
        "FINANCEHUB_KEY_NOBODY: no provider of that name takes a key",
    ]


def test_a_file_of_lines_is_imported_under_our_names_and_those_of_others():
    keys, problems = imported_keys(
        f"""# keys
export FINNHUB_API_KEY="{FINNHUB}"  # mine
APCA_API_KEY_ID={ALPACA.split(":")[0]}
APCA_API_SECRET_KEY='{ALPACA.split(":")[1]}'
FINANCEHUB_KEY_FRED = {GOOD["fred"]}
FINANCEHUB_KEY_FRED_SECOND={GOOD["fred"]} # the same
FRED_API_KEY=ignored, because FINANCEHUB_KEY_FRED is there
NEWSAPI_KEY=wrong
PATH=/usr/bin
"""
    )
    assert {(key.provider, key.alias) for key in keys} == {
        ("finnhub", "main"),
        ("alpaca", "main"),
        ("fred", "main"),
        ("fred", "second"),
    }
    assert len(problems) == 1
    assert problems[0].startswith("NEWSAPI_KEY: NewsAPI.org: the key is 32 digits")


def test_a_keyring_keeps_keys_under_aliases_and_an_index_without_them(memory):
    vault = Vault(memory)
    assert not vault.put(Key("finnhub", "main", (FINNHUB,), plan="free"), now=7)
    assert not vault.put(Key("alpaca", "main", tuple(ALPACA.split(":"))), now=8)
    assert vault.put(Key("finnhub", "main", (FINNHUB[::-1],), plan="free"), now=9)
    keys, problems = vault.keys()
    assert problems == []
    assert named(keys) == [("alpaca", "main", ALPACA, ""), ("finnhub", "main", FINNHUB[::-1], "free")]
    assert FINNHUB not in memory.items[SERVICE, "index"]
    assert [(entry.provider, entry.added) for entry in vault.index()] == [("alpaca", 8), ("finnhub", 9)]
    vault.disable("finnhub", "main")
    assert [key.provider for key in vault.keys()[0]] == ["alpaca"]
    vault.disable("finnhub", "main", False)
    vault.remove("alpaca", "main")
    assert [key.provider for key in vault.keys()[0]] == ["finnhub"]
    assert len(memory.items) == 2


def test_what_the_keyring_does_not_hold_is_told(memory):
    vault = Vault(memory)
    with pytest.raises(ConfigError, match="no key of finnhub under that alias"):
        vault.remove("finnhub", "main")
    vault.put(Key("finnhub", "main", (FINNHUB,)), now=1)
    with pytest.raises(ConfigError) as caught:
        vault.disable("finnhub", "other")
    assert caught.value.hint == "Stored for finnhub: main."
    del memory.items[SERVICE, "finnhub:main"]
    assert vault.keys() == ([], ["finnhub main: listed, but gone from the keyring"])
    vault.remove("finnhub", "main")
    assert vault.index() == []
    memory.items[SERVICE, "index"] = "{"
    with pytest.raises(StoreError, match="damaged"):
        vault.keys()


def test_a_keyring_that_fails_is_a_typed_error_without_the_key(memory):
    memory.locked = True
    vault = Vault(memory)
    memory.items[SERVICE, "index"] = "[]"
    memory.get_password = lambda service, name: memory.items.get((service, name))
    with pytest.raises(StoreError) as caught:
        vault.put(Key("finnhub", "main", (FINNHUB,)), now=1)
    assert "Collection is locked" in str(caught.value)
    assert FINNHUB not in f"{caught.value!r}{caught.value.hint}"
    assert caught.value.__suppress_context__


def test_without_a_keyring_there_is_no_vault(no_keyring):
    assert system_backend() is None
    assert open_vault(KeySettings()) is None


def test_the_keyring_of_the_system_is_used(memory):
    vault = open_vault(KeySettings())
    assert vault is not None
    vault.put(Key("finnhub", "main", (FINNHUB,)), now=1)
    assert memory.items[SERVICE, "finnhub:main"] == FINNHUB
    assert open_vault(KeySettings(store="environment")) is None


def test_a_backend_that_writes_files_is_never_taken_unasked(monkeypatch, memory):
    writer = type("Writer", (type(memory),), {"__module__": "keyrings.cryptfile.cryptfile"})()
    monkeypatch.setattr("keyring.get_keyring", lambda: writer)
    assert system_backend() is None
    both = chainer.ChainerBackend()
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [writer, memory])
    monkeypatch.setattr("keyring.get_keyring", lambda: both)
    assert system_backend() is memory


def test_an_encrypted_file_opens_with_its_passphrase_only(tmp_path, monkeypatch):
    pytest.importorskip("keyrings.cryptfile")
    monkeypatch.setattr("keyrings.cryptfile.cryptfile.CryptFileKeyring.time_cost", 1)
    monkeypatch.setattr("keyrings.cryptfile.cryptfile.CryptFileKeyring.memory_cost", 1024)
    file = tmp_path / "new" / "keys.cfg"
    settings = KeySettings(store="file", file=str(file))
    asked = []
    vault = open_vault(settings, lambda prompt: asked.append(prompt) or "open sesame")
    vault.put(Key("finnhub", "main", (FINNHUB,), plan="free"), now=1)
    assert asked == [f"{file} will be encrypted. Its passphrase from now on: ", "The same once more: "]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert FINNHUB not in file.read_text()
    monkeypatch.setenv("FINANCEHUB_KEY_PASSPHRASE", "open sesame")
    keys, _ = open_vault(settings).keys()
    assert [(key.source, ":".join(key.parts)) for key in keys] == [("file", FINNHUB)]
    monkeypatch.setenv("FINANCEHUB_KEY_PASSPHRASE", "wrong passphrase")
    with pytest.raises(ConfigError, match="does not open"):
        open_vault(settings)
    monkeypatch.delenv("FINANCEHUB_KEY_PASSPHRASE")
    with pytest.raises(ConfigError, match="is locked"):
        open_vault(settings)


def test_a_new_passphrase_is_asked_for_twice_and_an_old_one_once(tmp_path, monkeypatch):
    pytest.importorskip("keyrings.cryptfile")
    monkeypatch.setattr("keyrings.cryptfile.cryptfile.CryptFileKeyring.time_cost", 1)
    monkeypatch.setattr("keyrings.cryptfile.cryptfile.CryptFileKeyring.memory_cost", 1024)
    monkeypatch.delenv("FINANCEHUB_KEY_PASSPHRASE", raising=False)
    settings, asked = KeySettings(store="file", file=str(tmp_path / "keys.cfg")), []

    def typing(*answers: str):
        left = list(answers)
        return lambda prompt: asked.append(prompt) or left.pop(0)

    with pytest.raises(ConfigError, match="not the same"):
        open_vault(settings, typing("open sesame", "open simsim"))
    assert not (tmp_path / "keys.cfg").exists()
    vault = open_vault(settings, typing("open sesame", "open sesame"))
    vault.put(Key("finnhub", "main", (FINNHUB,)), now=1)
    asked.clear()
    assert named(open_vault(settings, typing("open sesame")).keys()[0]) == [("finnhub", "main", FINNHUB, "")]
    assert len(asked) == 1
    with pytest.raises(ConfigError, match="is locked"):
        open_vault(settings, typing(""))


async def test_a_ring_reads_all_sources_and_a_variable_goes_first(memory, clock, ledger, state):
    vault = Vault(memory)
    vault.put(Key("finnhub", "main", (FINNHUB[::-1],)), now=1)
    vault.put(Key("finnhub", "second", (FINNHUB.upper(),)), now=1)
    vault.put(Key("finnhub", "third", (FINNHUB[1:] + "x",)), now=1)
    vault.disable("finnhub", "third")
    ring = KeyRing(
        clock,
        lambda: ledger,
        vault=lambda: vault,
        environment={"FINANCEHUB_KEY_FINNHUB": FINNHUB, "FINANCEHUB_KEY_FRED": "bad key"},
    )
    pool = ring.pool("finnhub")
    key = await pool.take()
    assert [(one.alias, one.source) for one in pool.keys] == [("main", "environment"), ("second", "keyring")]
    assert key in pool.keys
    assert pool.disabled == 1
    assert [entry.alias for entry in ring.disabled] == ["third"]
    assert ring.problems == ["FINANCEHUB_KEY_FRED: FRED: the key holds a space at place 4"]
    vault.put(Key("finnhub", "fourth", (FINNHUB[2:] + "yz",)), now=1)
    await ring.load()
    assert [one.alias for one in pool.keys] == ["main", "fourth", "second"]
    assert pool.usage(key).calls == 1, "a new reading keeps what is known"


async def test_a_keyring_that_cannot_be_read_leaves_the_variables(memory, clock, ledger):
    memory.locked = True
    ring = KeyRing(clock, lambda: ledger, vault=lambda: Vault(memory), environment={"FINANCEHUB_KEY_FINNHUB": FINNHUB})
    assert (await ring.pool("finnhub").take()).alias == "main"
    assert "The keyring cannot be read: RuntimeError: Collection is locked" in ring.problems[0]


async def test_records_survive_a_restart_and_a_replaced_key_starts_clean(clock, ledger, state):
    from financehub_tui.errors import ProviderError
    from financehub_tui.market.provenance import Reason

    async def store():
        return state

    def ring(value):
        return KeyRing(clock, lambda: ledger, environment={"FINANCEHUB_KEY_FINNHUB": value}, store=store)

    first = ring(FINNHUB)
    key = await first.pool("finnhub").take()
    first.pool("finnhub").report(key, ProviderError("finnhub", Reason.BAD_KEY, "HTTP 401 Invalid API key"))
    assert await first.save()
    assert FINNHUB not in str(state.values)
    again = ring(FINNHUB)
    with pytest.raises(ProviderError, match="Invalid API key") as caught:
        await again.pool("finnhub").take()
    assert caught.value.reason is Reason.BAD_KEY
    replaced = ring(FINNHUB[::-1])
    key = await replaced.pool("finnhub").take()
    assert replaced.pool("finnhub").state(key) is KeyState.READY
    state.values["keys.usage"] = "[1"
    assert await ring(FINNHUB).pool("finnhub").take()


def test_reading_the_environment_by_default(monkeypatch, clock, ledger):
    monkeypatch.setenv("FINANCEHUB_KEY_FINNHUB", FINNHUB)
    assert named(environment_keys(os.environ)[0]) == [("finnhub", "main", FINNHUB, "free")]


async def test_a_keyring_that_waits_for_its_user_keeps_nobody_waiting(memory, clock, ledger):
    asked = Event()

    def waits():
        asked.wait(30)
        return Vault(memory)

    Vault(memory).put(Key("fred", "main", (GOOD["fred"],)), now=1)
    environment = {"FINANCEHUB_KEY_FINNHUB": FINNHUB}
    ring = KeyRing(clock, lambda: ledger, vault=waits, environment=environment, patience=0.05)
    assert (await ring.pool("finnhub").take()).alias == "main"
    assert ring.problems == ["The keyring did not answer within 0.05 s: is it locked?"]
    asked.set()
    for _ in range(500):
        if ring.pool("fred").keys:
            break
        await asyncio.sleep(0.01)
    assert ring.pool("fred").keys
    assert ring.problems == []


async def test_a_keyring_that_breaks_in_its_own_way_is_one_line(clock, ledger):
    def breaks():
        raise RuntimeError(f"dbus: {FINNHUB}")

    ring = KeyRing(clock, lambda: ledger, vault=breaks, environment={"FINANCEHUB_KEY_FINNHUB": FINNHUB})
    await ring.ready()
    assert ring.problems == ["The keyring cannot be read: RuntimeError: dbus: ***"]


def test_a_failing_keyring_tells_no_key_in_a_crash_report(memory):
    memory.locked = True
    vault = Vault(memory)
    with pytest.raises(StoreError) as caught:
        vault._set("finnhub:main", Key("finnhub", "main", (FINNHUB,)).parts[0])
    drawn = io.StringIO()
    shown = Traceback.from_exception(StoreError, caught.value, caught.value.__traceback__, show_locals=True)
    Console(file=drawn, width=300).print(shown)
    assert "••••6789" in drawn.getvalue()
    assert FINNHUB not in drawn.getvalue()


LOOKING = """
import sys
from financehub_tui.config import KeySettings
from financehub_tui.providers.keys.backends import open_vault
print(open_vault(KeySettings()), "keyring" in sys.modules)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a keyring")
def test_a_server_without_a_session_bus_loads_no_keyring_backends(tmp_path):
    bare = {name: value for name, value in os.environ.items() if name != "DBUS_SESSION_BUS_ADDRESS"}
    bare |= dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"), str(tmp_path))

    def looked(**more: str) -> str:
        environment = {**bare, **more}
        run = subprocess.run(
            [sys.executable, "-c", LOOKING], env=environment, capture_output=True, text=True, check=True
        )
        return run.stdout.strip()

    assert looked() == "None False"
    assert looked(DBUS_SESSION_BUS_ADDRESS="unix:path=/nowhere") == "None True"
    assert looked(PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring") == "None True"
    (tmp_path / "python_keyring").mkdir()
    chosen = "[backend]\ndefault-keyring=keyring.backends.null.Keyring\n"
    (tmp_path / "python_keyring" / "keyringrc.cfg").write_text(chosen)
    assert looked() == "None True"
