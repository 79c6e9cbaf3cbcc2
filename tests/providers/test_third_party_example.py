"""The worked example of docs/providers.md, installed as a package is, and other people's packages that misbehave."""

from __future__ import annotations

import asyncio
import sys
import tomllib
from pathlib import Path

import pytest
from vendors.server import VendorServer, body, cut_json, html, status

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.config import ProviderSettings, Settings
from financehub_tui.engine import batching, router
from financehub_tui.engine.desk import open_desk
from financehub_tui.errors import DataMissingError
from financehub_tui.functions.catalogue import run
from financehub_tui.functions.reading import read_line
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.report.render import render

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "acme-prices"
AT = 1_700_000_000
DAY = 86_400 * NANOS
WINDOW = BarRequest(interval=Interval.D1, start=AT * NANOS - 40 * DAY, end=AT * NANOS)
OWN = (
    "binance",
    "kraken",
    "coinbase",
    "yahoo",
    "coingecko",
    "coinmarketcap",
    "frankfurter",
    "ecb",
    "finnhub",
    "alpaca",
)

BROKEN = {
    "ajar": "raise RuntimeError('no licence file')",
    "bolt": "raise SystemExit('bye')",
    "brick": """
from acme_prices import AcmeProvider
from msgspec.structs import replace
import asyncio
class Provider(AcmeProvider):
    spec = replace(AcmeProvider.spec, id="brick", title="Brick", keys=replace(AcmeProvider.spec.keys, provider="brick"))
    async def quotes(self, instruments):
        await asyncio.Event().wait()
    async def bars(self, instrument, request):
        await asyncio.Event().wait()
""",
    "cloud": """
from acme_prices import AcmeProvider
from msgspec.structs import replace
class Provider(AcmeProvider):
    spec = replace(AcmeProvider.spec, id="cloud", title="Cloud", keys=replace(AcmeProvider.spec.keys, provider="cloud"))
    async def quotes(self, instruments):
        return [{"price": "a lot"}]
    async def bars(self, instrument, request):
        return {"close": "a lot"}
""",
    "dud": "class Provider:\n    def __init__(self, clock): pass",
}
"""Raises at import; hangs; returns wrong types; is no provider at all."""


def install(folder, name, entry):
    """What pip writes of a package's entry points, and nothing else."""
    about = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[financehub_tui.providers]\n{entry}\n")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path where packages are installed, the example among them; its modules are forgotten after."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    [(name, target)] = project["entry-points"]["financehub_tui.providers"].items()
    install(tmp_path, project["name"], f"{name} = {target}")
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for module in (set(sys.modules) - before) & {"acme_prices", *BROKEN}:
        del sys.modules[module]


@pytest.fixture
async def vendor():
    async with VendorServer() as server:
        row = {"symbol": "AAPL", "price": "185.92", "previous": 184.4, "at": AT - 900, "new_field": [1]}
        server.serve("/v1/quotes", {"quotes": [row]})
        days = [
            {"date": f"2023-11-{day}", "open": day, "high": day + 2, "low": day - 1, "close": day + 1, "volume": 10**6}
            for day in (13, 10, 14)
        ]
        server.serve("/v1/daily/AAPL", {"days": days})
        yield server


@pytest.fixture
async def desk(site, vendor):
    desk = await open_desk(settings(vendor), clock=ManualClock(AT * NANOS), headless=True)
    yield desk
    await desk.close()


def settings(vendor, **more):
    others = {name: ProviderSettings(enabled=False) for name in OWN}
    return Settings(providers={**others, "acme": ProviderSettings(rest_url=vendor.url), **more})


def apple(desk):
    return desk.master.exact("AAPL")[0]


async def test_an_installed_package_gives_quotes(desk, vendor):
    quote = (await desk.quotes([apple(desk)]))[apple(desk).key]
    assert isinstance(quote, Quote), quote
    assert (quote.last, quote.previous_close, quote.time) == (185.92, 184.4, (AT - 900) * NANOS)
    assert (quote.provenance.provider, quote.provenance.delay) == ("acme", Delay.DELAYED)
    assert vendor.seen[0].query == {"symbols": "AAPL"}


async def test_and_bars_daily_and_those_built_from_them(desk, vendor):
    bars = await desk.bars(apple(desk), WINDOW)
    assert bars.frame["close"].to_list() == [11.0, 14.0, 15.0]
    assert [moment.day for moment in bars.frame["time"]] == [10, 13, 14]
    assert (bars.provenance.provider, vendor.seen[0].query["to"]) == ("acme", "2023-11-14")
    weekly = await desk.bars(apple(desk), BarRequest(interval=Interval.W1, start=AT * NANOS - 14 * DAY, end=AT * NANOS))
    assert weekly.interval is Interval.W1 and weekly.frame.height >= 1


async def test_its_requests_budget_and_title_are_seen(desk, vendor):
    await desk.quotes([apple(desk)])
    [row] = [row for row in desk.status.providers() if row.provider == "acme"]
    assert (row.title, row.state, row.circuit, row.limits[0][2]) == ("Acme Prices", "ok", "closed", 5.0)
    assert [one.endpoint for one in desk.providers.requests("acme")] == ["quotes"]
    assert (await desk.providers.probe("acme")).ok


async def test_without_a_key_its_calls_are_not_signed(desk, vendor):
    await desk.quotes([apple(desk)])
    assert "X-Acme-Key" not in vendor.seen[0].headers


KEY = "ACME-20240229"


@pytest.fixture
async def keyed(site, vendor, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_KEY_ACME", KEY)
    desk = await open_desk(settings(vendor), clock=ManualClock(AT * NANOS), headless=True)
    yield desk
    await desk.close()


async def test_a_key_it_declares_signs_its_calls_and_is_shown_and_counted(keyed, vendor):
    await keyed.quotes([apple(keyed)])
    assert vendor.seen[0].headers["X-Acme-Key"] == KEY
    [row] = [row for row in await keyed.status.keys() if row.provider == "acme"]
    assert (row.title, row.unlocks, row.variable) == (
        "Acme Prices",
        "US shares ten times as often",
        "FINANCEHUB_KEY_ACME",
    )
    [key] = row.keys
    assert (key.state, key.calls, key.masked) == ("ready", 1, "••••")
    counted = {row.limit: row for row in await keyed.status.budgets() if row.owner == "key main"}
    assert counted["10,000 requests a day"].used == 1 and counted["10,000 requests a day"].resets == "00:00 London"
    assert not [words for words in keyed.status.key_problems() if "ACME" in words]
    for line in ("APIK", "QUOTA", "PHLT acme"):
        reading = await read_line(keyed, line)
        page = str(render(await run(keyed, reading.calls[0]), "markdown", colour=False, width=200))
        assert ("Acme" in page or "acme" in page) and KEY not in page


async def test_a_key_the_vendor_refuses_is_bad_and_named(keyed, vendor):
    vendor.misbehave("/v1/quotes", status(401), times=3)
    missing = (await keyed.quotes([apple(keyed)]))[apple(keyed).key]
    assert isinstance(missing, Missing) and missing.reason is Reason.BAD_KEY
    [row] = [row for row in await keyed.status.keys() if row.provider == "acme"]
    assert row.keys[0].state == "bad" and KEY not in str(missing)


async def test_a_wrong_key_is_a_problem_in_words_and_the_calls_go_unsigned(site, vendor, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_KEY_ACME", "ACME-short")
    desk = await open_desk(settings(vendor), clock=ManualClock(AT * NANOS), headless=True)
    await desk.quotes([apple(desk)])
    [problem] = desk.status.key_problems()
    assert "ACME- and 8 digits" in problem and "ACME-short" not in problem
    assert "X-Acme-Key" not in vendor.seen[0].headers
    await desk.close()


def test_its_keys_are_kept_from_the_command_line(site, monkeypatch, capsys):
    from financehub_tui.cli import run as shell

    monkeypatch.setenv("FINANCEHUB_KEY_ACME", KEY)
    assert shell(["keys", "list"]) == 0
    said = capsys.readouterr().out
    assert "acme" in said and "••••" in said and KEY not in said


@pytest.mark.parametrize("name", ["needy", "alien"])
async def test_a_package_that_needs_a_key_or_declares_anothers_is_told(site, vendor, name):
    spec = {"needy": "needs_key=True, keys=replace(KEYS, provider='needy')", "alien": "keys=KEYS"}[name]
    (site / f"{name}.py").write_text(
        "from acme_prices import AcmeProvider, KEYS\nfrom msgspec.structs import replace\n"
        f"class Provider(AcmeProvider):\n    spec = replace(AcmeProvider.spec, id={name!r}, title={name!r}, {spec})\n"
    )
    install(site, name, f"{name} = {name}:Provider")
    try:
        desk = await open_desk(
            settings(vendor, acme=ProviderSettings(enabled=False)), clock=ManualClock(AT * NANOS), headless=True
        )
        missing = (await desk.quotes([apple(desk)]))[apple(desk).key]
        await desk.close()
    finally:
        sys.modules.pop(name, None)
    words = {"needy": "no key: financehub keys add needy", "alien": "its keys are declared for acme"}
    assert isinstance(missing, Missing) and words[name] in missing.detail


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        (html(), Reason.BAD_ANSWER, "HTML"),
        (cut_json(), Reason.BAD_ANSWER, "not JSON"),
        (body({"quotes": [{"symbol": "AAPL", "price": None, "at": AT}]}), Reason.BAD_ANSWER, "quotes[0].price"),
        (body({"quotes": []}), Reason.UNKNOWN_SYMBOL, "does not know AAPL US Equity"),
        (status(401), Reason.NO_KEY, "HTTP 401 on quotes (a key is needed.)"),
    ],
)
async def test_the_kit_types_whatever_the_vendor_does_wrong(desk, vendor, fault, reason, words):
    vendor.misbehave("/v1/quotes", fault)
    missing = (await desk.quotes([apple(desk)]))[apple(desk).key]
    assert isinstance(missing, Missing) and missing.reason is reason, missing
    assert words in missing.detail


@pytest.fixture
async def crowded(site, vendor, monkeypatch):
    """A desk with five bad packages beside the good one, which is asked last."""
    monkeypatch.setattr(router, "PATIENCE", 0.2)
    monkeypatch.setattr(batching, "DEADLINE", 0.5)
    for name, text in BROKEN.items():
        (site / f"{name}.py").write_text(text)
        install(site, name, f"{name} = {name}:Provider")
    first = {name: ProviderSettings(priority=10 - place) for place, name in enumerate(BROKEN)}
    desk = await open_desk(settings(vendor, **first), clock=ManualClock(AT * NANOS), headless=True)
    yield desk
    await asyncio.wait_for(desk.close(), 5)


async def test_bad_packages_are_told_apart_and_the_good_one_answers(crowded):
    quote = (await asyncio.wait_for(crowded.quotes([apple(crowded)]), 5))[apple(crowded).key]
    assert isinstance(quote, Quote) and quote.last == 185.92, quote
    bars = await asyncio.wait_for(crowded.bars(apple(crowded), WINDOW), 5)
    assert bars.provenance.provider == "acme"
    said = " ".join(bars.provenance.notes)
    assert said == "asked before: Brick: no answer within 0 s; Cloud: sent dict for Bars"
    rows = {row.provider: row for row in crowded.status.providers()}
    assert "RuntimeError: no licence file" in rows["ajar"].last_error and rows["ajar"].state == "down"
    assert "SystemExit: bye" in rows["bolt"].last_error and rows["bolt"].state == "down"
    assert "cannot be loaded" in rows["dud"].last_error and rows["dud"].state == "down"
    assert "no answer within" in rows["brick"].last_error
    assert rows["cloud"].errors == 2 and rows["acme"].errors == 0


async def test_bad_packages_are_shown_in_phlt(crowded):
    await asyncio.wait_for(crowded.bars(apple(crowded), WINDOW), 5)
    reading = await read_line(crowded, "PHLT")
    page = render(await run(crowded, reading.calls[0]), "markdown", colour=False, width=160)
    assert isinstance(page, str)
    for words in ("no licence file", "cannot be loaded", "no answer within", "Cloud", "Acme Prices"):
        assert words in page


async def test_without_a_good_one_every_failure_is_named(crowded, vendor):
    vendor.misbehave("/v1/daily/AAPL", status(404), times=3)
    with pytest.raises(DataMissingError) as caught:
        await asyncio.wait_for(crowded.bars(apple(crowded), WINDOW), 5)
    for words in ("ajar: cannot be loaded", "dud: cannot be loaded", "Brick: no answer within", "Acme Prices: "):
        assert words in caught.value.missing.detail
