"""The desk as it is opened: scenarios, lists, memory, store, imports, and a clean end."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from financehub_tui.config import ProviderSettings, Settings
from financehub_tui.engine.desk import open_desk
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.errors import CommandError, ConfigError, DataMissingError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.provenance import Tier
from financehub_tui.market.quote import Session

DAY = 86_400 * 1_000_000_000


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
async def opened():
    before = asyncio.all_tasks()
    desks = []

    async def make(**wanted):
        desks.append(await open_desk(wanted.pop("settings", Settings()), **wanted))
        return desks[-1]

    yield make
    for desk in desks:
        await desk.close()
        await desk.close()
    assert not [task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()]


def only(desk, symbol):
    return desk.master.exact(symbol)[0]


async def test_a_headless_equities_desk_stands_at_the_opening_instant_and_leaks_nothing(opened):
    desk = await opened(scenario="equities", headless=True)
    aapl = only(desk, "AAPL")
    now = desk.clock.now()
    assert desk.scenario.start == now and desk.replay.paused
    bars = await desk.bars(aapl, BarRequest(start=now - 30 * DAY, end=now + 30 * DAY))
    assert bars.frame["time"].max().date().isoformat() == "2018-02-02"
    minutes = await desk.bars(aapl, BarRequest(interval=Interval.M1, start=now - DAY, end=now + 30 * DAY))
    assert minutes.frame["time"].max().timestamp() * 1e9 < now
    assert minutes.provenance.mark == "SIM"
    quote = (await desk.quotes([aapl]))[aapl.key]
    assert quote.previous_close == bars.frame["close"][-1]
    assert desk.session(aapl).session is Session.REGULAR
    assert (await desk.profile(aapl)).name


async def test_two_headless_desks_give_the_same_answers(opened):
    answers = []
    for _ in range(2):
        desk = await opened(scenario="equities", headless=True)
        members = await desk.lists.members("sp500")
        quotes = await desk.quotes(members)
        answers.append({key: (quote.last, quote.bid, quote.volume) for key, quote in quotes.items()})
    assert answers[0] == answers[1]
    assert len(answers[0]) == 505


async def test_an_instrument_without_live_values_shows_its_last_close(opened):
    desk = await opened(scenario="equities", headless=True)
    cross = only(desk, "EURSEK")
    quote = (await desk.quotes([cross]))[cross.key]
    assert quote.provenance.mark == "EOD"
    assert quote.provenance.tier is Tier.REPLAY


async def test_the_crypto_desk_replays_the_recording_with_history_behind_it(opened):
    desk = await opened(scenario="crypto", headless=True)
    btc = only(desk, "BTCUSDT")
    book = await desk.book(btc)
    assert not book.crossed and book.provenance.mark == "REPLAY"
    assert len(await desk.trades(btc, 20)) == 20
    now = desk.clock.now()
    daily = await desk.bars(btc, BarRequest(start=now - 30 * DAY, end=now))
    assert daily.frame.height > 25
    quote = (await desk.quotes([btc]))[btc.key]
    assert quote.previous_close is not None


async def test_an_interactive_demo_streams_runs_jobs_and_ends_cleanly(opened):
    desk = await opened(scenario="equities", settings=Settings())
    members = (await desk.lists.members("sp500"))[:40]
    subscription = desk.subscribe(members)
    await asyncio.sleep(0.8)
    assert all(desk.live.quote(one.key).last for one in members)
    assert desk.status.feeds()[0].state == "live"
    assert {"polls", "bars", "sessions", "sweep", "health", "flush"} <= {job.name for job in desk.status.jobs()}
    desk.replay.set_speed(100)
    desk.live.drain("test")
    await asyncio.sleep(0.5)
    assert desk.live.drain("test")
    subscription.close()


async def test_built_in_lists_can_be_read_and_not_changed(opened):
    desk = await opened(scenario="equities", headless=True)
    names = dict(await desk.lists.names())
    assert names["sp500"] == 505
    assert {"indices", "fx", "crypto", "commodities", "etfs", "treasuries"} <= set(names)
    assert len(await desk.lists.members("SP500")) == 505
    with pytest.raises(CommandError, match="built in"):
        await desk.lists.save("SP500", [])
    with pytest.raises(DataMissingError, match="no list called nonsense"):
        await desk.lists.members("nonsense")


async def test_own_lists_lines_and_layouts_are_remembered_between_runs(opened):
    desk = await opened(headless=True)
    mine = [only(desk, "MSFT"), only(desk, "AAPL")]
    await desk.lists.save("Tech", mine)
    await desk.memory.add_line("AAPL GP")
    await desk.memory.save_layout("main", "{}")
    await desk.close()
    again = await opened(headless=True)
    assert await again.lists.members("tech") == mine
    assert ("tech", 2) in [(name.casefold(), count) for name, count in await again.lists.names()]
    assert [line for _, line in await again.memory.lines()] == ["AAPL GP"]
    assert await again.memory.layout("main") == "{}"
    assert [name for name, _ in await again.memory.layouts()] == ["main"]
    await again.memory.delete_layout("main")
    await again.lists.delete("tech")
    assert await again.memory.layouts() == []


async def test_a_demo_leaves_nothing_in_the_users_store(opened, home):
    desk = await opened(scenario="equities", headless=True)
    await desk.memory.add_line("AAPL GP")
    assert [line for _, line in await desk.memory.lines()] == ["AAPL GP"]
    await desk.close()
    assert [file.name for file in home.rglob("*.duckdb")] == ["demo.duckdb"]
    live = await opened(headless=True)
    assert await live.memory.lines() == []


async def test_an_unknown_scenario_is_refused():
    with pytest.raises(ConfigError, match="No scenario called moon"):
        await open_desk(Settings(), scenario="moon")


async def test_a_provider_switched_off_is_not_there(opened):
    settings = Settings(providers={"yahoo": ProviderSettings(enabled=False)})
    desk = await opened(settings=settings, headless=True)
    assert "yahoo" not in [row.provider for row in desk.status.providers()]


async def test_recording_a_demo_gives_a_file_that_plays_to_the_same_values(opened, tmp_path):
    from financehub_tui.engine.quotebook import QuoteBook
    from financehub_tui.engine.recorder import read_recording
    from financehub_tui.engine.replay import Player
    from financehub_tui.engine.source import Source

    desk = await opened(scenario="equities", settings=Settings())
    desk.record(tmp_path / "tape.gz")
    aapl = only(desk, "AAPL")
    desk.subscribe([aapl], ("quote", "trade"))
    await asyncio.sleep(0.4)
    desk.replay.pause()
    await asyncio.sleep(0.3)
    assert await desk.stop_recording() > 5
    book = QuoteBook(desk.clock)
    book.register(aapl)
    player = Player(read_recording(tmp_path / "tape.gz"), book.sink(Source("simulated", tier=Tier.SIMULATED)))
    player.play(desk.scenario.end)
    assert book.quote(aapl.key).last == desk.live.quote(aapl.key).last


def test_opening_a_headless_demo_imports_neither_scheduler_nor_database_nor_screen():
    program = """
import asyncio, sys
from financehub_tui.config import Settings
from financehub_tui.engine.desk import open_desk
async def main():
    desk = await open_desk(Settings(), scenario="equities", headless=True)
    await desk.lists.names()
    await desk.close()
asyncio.run(main())
heavy = {"textual", "rich", "apscheduler", "duckdb", "httpx", "websockets", "polars", "numpy", "exchange_calendars"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


async def test_a_clock_may_be_given(opened):
    clock = ScenarioClock(1_517_860_000 * 10**9, 1_518_037_200 * 10**9, paused=True)
    desk = await opened(scenario="equities", headless=True, clock=clock)
    assert desk.clock is clock and desk.replay is clock
