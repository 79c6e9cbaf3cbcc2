"""APIK and QUOTA, over the engine's own status."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from vendors.key_samples import GOOD
from vendors.server import VendorServer

from financehub_tui.clock import to_datetime
from financehub_tui.commands.spec import Call
from financehub_tui.config import KeySettings, RedisSettings, Settings
from financehub_tui.engine.desk import open_desk
from financehub_tui.errors import CommandError, ProviderError
from financehub_tui.figures import LogEntry
from financehub_tui.functions import apik, phlt, quota
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.keys.catalogue import FORMS
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.keys.vault import Vault
from financehub_tui.providers.kit.http import HttpClient
from financehub_tui.report.render import render

FINNHUB = GOOD["finnhub"]


@pytest.fixture
async def desk(memory, monkeypatch, clock):
    monkeypatch.setenv("FINANCEHUB_KEY_FINNHUB", FINNHUB)
    monkeypatch.setenv("FINANCEHUB_KEY_FRED", "two words")
    vault = Vault(memory)
    vault.put(Key("finnhub", "second", (FINNHUB[::-1],), plan="free"), now=1)
    vault.put(Key("alpha_vantage", "main", (GOOD["alpha_vantage"],), plan="free"), now=1)
    vault.put(Key("massive", "main", (GOOD["massive"],)), now=1)
    vault.disable("massive", "main")
    opened = await open_desk(Settings(), headless=True, clock=clock)
    yield opened
    await opened.close()


def drawn(report, form="table"):
    shown = render(report, form, colour=False, width=200)
    return shown if isinstance(shown, str) else shown.decode()


def rows(report, title):
    block = next(block for block in report.blocks if block.title == title)
    return block.frame.rows(named=True)


async def test_apik_shows_keys_states_and_offers(desk, clock):
    pool = desk.status.keychain.ring.pool("finnhub")
    key = await pool.take(1, "quote")
    pool.report(key, ProviderError("finnhub", Reason.BAD_KEY, f"HTTP 401 ({FINNHUB} is invalid)"))
    spent = desk.status.keychain.ring.pool("alpha_vantage")
    for _ in range(25):
        await spent.take()
        clock.advance(1)
    report = await apik.load(desk, Call(mnemonic="APIK"))
    by = {(row["provider"], row["alias"]): row for row in rows(report, "Keys")}
    assert by["Finnhub", key.alias]["state"] == "bad"
    assert by["Finnhub", key.alias]["reason"] == "HTTP 401 (*** is invalid)"
    day = timedelta(days=1)
    assert abs(by["Finnhub", key.alias]["until"] - to_datetime(clock.now()) - day) < timedelta(minutes=1)
    assert by["Alpha Vantage", "main"]["state"] == "spent"
    resets = by["Alpha Vantage", "main"]["until"].astimezone(ZoneInfo("America/New_York"))
    assert (resets.hour, resets.minute) == (0, 0) and resets - to_datetime(clock.now()) < day
    assert by["Alpha Vantage", "main"]["reason"] == "25 requests a day spent, resets 00:00 New York"
    assert by["Massive (Polygon)", "main"]["state"] == "disabled"
    assert {row["source"] for row in by.values()} == {"environment", "keyring"}
    assert len(rows(report, "Providers that take a key")) == len(FORMS)
    text = drawn(report)
    assert "FINANCEHUB_KEY_FRED: FRED: the key holds a space at place 4" in text
    assert "First keys" not in text


async def test_apik_guides_to_one_key(desk):
    report = await apik.load(desk, Call(mnemonic="APIK", text="Alpha Vantage"))
    text = drawn(report)
    for said in ("25 requests a day (resets 00:00 New York)", "financehub keys add alpha_vantage", "the vendor"):
        assert said in text


async def test_apik_knows_no_such_provider(desk):
    with pytest.raises(CommandError, match="no provider called nobody takes a key") as caught:
        await apik.load(desk, Call(mnemonic="APIK", text="nobody"))
    assert "alpha_vantage" in caught.value.hint


async def test_every_address_stands_in_one_piece_on_a_narrow_screen(desk):
    guide = await apik.load(desk, Call(mnemonic="APIK"))
    shown = render(guide, "table", colour=False, width=80)
    assert all(form.where in shown for form in FORMS.values())
    unlocked = {row["unlocks"] for row in rows(guide, "Providers that take a key")}
    assert unlocked == {form.unlocks for form in FORMS.values()}


async def test_a_locked_key_file_says_what_opens_it(clock, tmp_path, monkeypatch):
    monkeypatch.delenv("FINANCEHUB_KEY_PASSPHRASE", raising=False)
    settings = Settings(keys=KeySettings(store="file", file=str(tmp_path / "keys.cfg")))
    desk = await open_desk(settings, headless=True, clock=clock)
    text = " ".join(drawn(await apik.load(desk, Call(mnemonic="APIK"))).split())
    await desk.close()
    assert "is locked. Give its passphrase in FINANCEHUB_KEY_PASSPHRASE" in text


async def test_without_keys_apik_is_a_guide(clock, no_keyring):
    desk = await open_desk(Settings(), headless=True, clock=clock)
    text = drawn(await apik.load(desk, Call(mnemonic="APIK")))
    await desk.close()
    assert "No key yet." in text
    assert "financehub keys add PROVIDER" in text


async def test_a_demo_reads_no_keys(memory, monkeypatch):
    memory.locked = True
    monkeypatch.setenv("FINANCEHUB_KEY_FINNHUB", FINNHUB)
    desk = await open_desk(Settings(), scenario="equities", headless=True)
    text = drawn(await apik.load(desk, Call(mnemonic="APIK")))
    await desk.close()
    assert "No key yet." in text
    assert "••••" not in text


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
async def test_no_form_of_a_report_tells_a_key(desk, form):
    for function in (apik, quota):
        report = await function.load(desk, Call(mnemonic=function.SPEC.mnemonic))
        text = drawn(report, form)
        assert FINNHUB not in text
        assert GOOD["alpha_vantage"] not in text
    assert FINNHUB not in msgspec.json.encode(await desk.status.keys()).decode()


async def test_quota_tells_what_runs_out_first_and_who_spends(desk, clock):
    pool = desk.status.keychain.ring.pool("alpha_vantage")
    for what in ["EARNINGS", "OVERVIEW", "OVERVIEW"] * 3:
        await pool.take(1, what)
        clock.advance(300)
    report = await quota.load(desk, Call(mnemonic="QUOTA"))
    first = rows(report, "Limits")[0]
    assert (first["provider"], first["owner"], first["limit"]) == ("alpha_vantage", "key main", "25 requests a day")
    assert (first["used"], first["left"]) == (9, 16)
    assert first["resets"] == "00:00 New York"
    assert first["spent_at"] is not None
    spent = [(row["what"], row["amount"]) for row in rows(report, "Spent by") if row["provider"] == "alpha_vantage"]
    assert spent == [("OVERVIEW", 6), ("EARNINGS", 3)]


async def test_quota_shows_every_limit_of_every_key_connections_too(desk):
    pool = desk.status.keychain.ring.pool("finnhub")
    await pool.read()
    await pool.connect("stream")
    found = rows(await quota.load(desk, Call(mnemonic="QUOTA")), "Limits")
    mine = {(row["owner"], row["limit"]): row["used"] for row in found if row["provider"] == "finnhub"}
    assert {owner for owner, _ in mine} == {"key main", "key second"}
    limits = ("60 requests a minute", "30 requests a second", "1 connection at once")
    assert {limit for _, limit in mine} == set(limits)
    [row] = [row for row in found if row["limit"] == limits[2] and row["used"]]
    assert (row["left"], row["resets"], row["spent_at"]) == (0, "as they end", None)


@pytest.mark.parametrize("name", ["FINNHUB", "Finnhub"])
async def test_phlt_of_one_provider_shows_its_limits_by_key(desk, name):
    found = rows(await phlt.load(desk, Call(mnemonic="PHLT", text=name)), "Limits")
    assert {row["owner"] for row in found} == {"key main", "key second"}
    assert {row["provider"] for row in found} == {"finnhub"}


async def test_counts_of_a_desk_outlive_it(memory, monkeypatch, clock):
    monkeypatch.setenv("FINANCEHUB_KEY_ALPHA_VANTAGE", GOOD["alpha_vantage"])
    for used in (0, 5, 10):
        desk = await open_desk(Settings(), headless=True, clock=clock)
        pool = desk.status.keychain.ring.pool("alpha_vantage")
        await desk.status.keys()
        await desk.status.budgets()
        assert pool.usage(pool.keys[0]).calls == used
        assert pool.budget(pool.keys[0]).state()[0][1] == used
        for _ in range(5):
            await pool.take()
            clock.advance(1)
        await desk.close()


async def test_calls_without_keys_are_counted_by_host(desk, clock):
    async with VendorServer() as vendor:
        vendor.serve("/x", {})
        from financehub_tui.providers.base import Limit

        client = HttpClient("acme", vendor.url, clock=clock, limits=[Limit(name="weight", amount=100, seconds=60)])
        client.ledger = desk.status.keychain.ledger
        await client.get("/x", endpoint="exchange info", cost=20)
        await client.close()
        budgets = {budget.provider: budget for budget in await desk.status.budgets()}
    assert budgets["acme"].owner == vendor.url.removeprefix("http://")
    assert budgets["acme"].used == 20
    assert budgets["acme"].spenders == (("exchange info", 20.0),)


def test_log_entries_have_no_place_for_keys():
    assert "key" not in {field.name for field in msgspec.structs.fields(LogEntry)}


async def test_an_address_of_redis_that_is_none_is_told_and_stops_nothing(no_keyring, clock):
    desk = await open_desk(Settings(redis=RedisSettings(url="http://localhost")), headless=True, clock=clock)
    assert await desk.status.budgets() == []
    text = drawn(await apik.load(desk, Call(mnemonic="APIK")))
    await desk.close()
    assert "[redis] url" in text
