"""What every store does, whatever engine is behind it. Fixtures decide which engines run."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from financehub_tui.clock import NANOS
from financehub_tui.errors import StoreError
from financehub_tui.market.bars import BAR_COLUMNS, CorporateAction, Interval
from financehub_tui.market.provenance import Adjustment, Tier
from financehub_tui.market.quote import Session, Side
from financehub_tui.storage.interface import JobRun

DAY = 86_400 * NANOS
T0 = 1_517_788_800 * NANOS
AAPL = "Equity:XNAS:AAPL:USD:currency"
MSFT = "Equity:XNAS:MSFT:USD:currency"
ALL = (0, 4_000_000_000 * NANOS)


async def closes(store, key=AAPL, interval=Interval.D1, start=ALL[0], end=ALL[1], **which):
    found = await store.read_bars(key, interval, start, end, **which)
    return None if found is None else found.frame["close"].to_list()


async def test_bars_come_back_as_they_were_with_their_origin(store, bars, provenance):
    written = bars([156.49, None, 159.54], decimals=2)
    assert await store.write_bars(written) == 3
    read = await store.read_bars(AAPL, Interval.D1, *ALL)
    assert read.frame.equals(written.frame)
    assert read.frame.schema == written.frame.schema
    assert tuple(read.frame.columns) == BAR_COLUMNS
    assert read.provenance == provenance(tier=Tier.STORE)
    assert (read.key, read.interval, read.decimals, read.forming) == (AAPL, Interval.D1, 2, False)


async def test_writing_bars_again_replaces_and_adds_nothing(store, bars):
    await store.write_bars(bars([1.0, 2.0, 3.0]))
    await store.write_bars(bars([1.0, 2.0, 3.0]))
    await store.write_bars(bars([20.0, 30.0, 40.0], start=T0 + DAY))
    assert await closes(store) == [1.0, 20.0, 30.0, 40.0]
    assert (await store.sizes())["bars"] == 4


async def test_the_end_of_a_window_is_exclusive_and_its_start_inclusive(store, bars):
    await store.write_bars(bars([1.0, 2.0, 3.0]))
    assert await closes(store, start=T0, end=T0 + 2 * DAY) == [1.0, 2.0]
    assert await closes(store, start=T0 + 1, end=T0 + 2 * DAY + 1) == [2.0, 3.0]
    assert await closes(store, start=T0 + 3 * DAY, end=T0 + 9 * DAY) is None


async def test_unknown_instruments_and_intervals_have_no_bars(store, bars):
    await store.write_bars(bars([1.0]))
    assert await closes(store, key=MSFT) is None
    assert await closes(store, interval=Interval.M1) is None
    assert await closes(store, provider="stooq") is None


async def test_minutes_and_months_are_different_intervals(store, bars):
    await store.write_bars(bars([1.0], interval=Interval.M1))
    await store.write_bars(bars([2.0], interval=Interval.MO1))
    assert await closes(store, interval=Interval.M1) == [1.0]
    assert await closes(store, interval=Interval.MO1) == [2.0]


async def test_two_providers_never_mix_and_the_newest_bar_wins(store, bars, provenance):
    await store.write_bars(bars([1.0, 2.0, 3.0]))
    await store.write_bars(bars([9.0, 8.0], origin=provenance("stooq")))
    assert await closes(store) == [1.0, 2.0, 3.0]
    assert await closes(store, provider="stooq") == [9.0, 8.0]
    await store.write_bars(bars([7.0], start=T0 + 5 * DAY, origin=provenance("stooq")))
    assert await closes(store) == [9.0, 8.0, 7.0]
    assert await closes(store, end=T0 + 3 * DAY) == [1.0, 2.0, 3.0], "newest inside the window asked for"


@pytest.mark.parametrize(
    "difference",
    [
        {"adjustment": Adjustment.NONE},
        {"currency": "GBP"},
        {"unit": "minor"},
        {"tier": Tier.SIMULATED},
        {"tier": Tier.REPLAY},
    ],
    ids=str,
)
async def test_bars_of_another_meaning_never_mix(store, bars, provenance, difference):
    await store.write_bars(bars([1.0, 2.0]))
    await store.write_bars(bars([50.0], start=T0 + 2 * DAY, origin=provenance(**difference)))
    assert await closes(store) == [50.0]
    assert await closes(store, end=T0 + 2 * DAY) == [1.0, 2.0]


async def test_adjustment_can_be_asked_for(store, bars, provenance):
    await store.write_bars(bars([1.0, 2.0]))
    await store.write_bars(bars([4.0, 8.0, 9.0], origin=provenance(adjustment=Adjustment.NONE)))
    assert await closes(store, adjustment=Adjustment.SPLIT) == [1.0, 2.0]
    assert await closes(store, adjustment=Adjustment.NONE) == [4.0, 8.0, 9.0]
    assert await closes(store, adjustment=Adjustment.SPLIT_DIVIDEND) is None


async def test_simulated_bars_stay_marked_as_such(store, bars, provenance):
    await store.write_bars(bars([1.0], origin=provenance("simulated", tier=Tier.SIMULATED)))
    assert (await store.read_bars(AAPL, Interval.D1, *ALL)).provenance.mark == "SIM"


async def test_age_is_that_of_the_newest_bar_given_back(store, bars, provenance):
    await store.write_bars(bars([1.0, 2.0], origin=provenance(fetched_at=T0 + 1, as_of=T0 + 2)))
    await store.write_bars(bars([3.0], start=T0 + 2 * DAY, origin=provenance(fetched_at=T0 + 9, as_of=T0 + 8)))
    old = await store.read_bars(AAPL, Interval.D1, T0, T0 + 2 * DAY)
    new = await store.read_bars(AAPL, Interval.D1, *ALL)
    assert (old.provenance.fetched_at, old.provenance.as_of) == (T0 + 1, T0 + 2)
    assert (new.provenance.fetched_at, new.provenance.as_of) == (T0 + 9, T0 + 8)


async def test_a_forming_bar_is_marked_and_never_passes_for_a_whole_one(store, bars):
    await store.write_bars(bars([1.0, 2.0], forming=True))
    assert (await store.read_bars(AAPL, Interval.D1, *ALL)).forming
    await store.write_bars(bars([5.0], start=T0 + 4 * DAY))
    read = await store.read_bars(AAPL, Interval.D1, *ALL)
    assert (read.frame["close"].to_list(), read.forming) == ([1.0, 5.0], False)
    await store.write_bars(bars([2.5], start=T0 + DAY))
    assert await closes(store) == [1.0, 2.5, 5.0]


async def test_actions_of_the_window_come_with_the_bars(store, bars):
    dividend = CorporateAction(time=T0 + DAY, kind="dividend", value=0.63, currency="USD")
    later = CorporateAction(time=T0 + 8 * DAY, kind="dividend", value=0.73, currency="USD")
    await store.write_bars(bars([1.0, 2.0], actions=(dividend,)))
    await store.write_bars(bars([3.0], start=T0 + 8 * DAY, actions=(later,)))
    assert (await store.read_bars(AAPL, Interval.D1, *ALL)).actions == (dividend, later)
    assert (await store.read_bars(AAPL, Interval.D1, T0, T0 + 2 * DAY)).actions == (dividend,)


async def test_a_repeated_time_keeps_its_last_bar_and_what_is_no_number_is_missing(store, bars):
    good = bars([1.0, 2.0, float("nan")])
    await store.write_bars(type(good)(**{**_fields(good), "frame": good.frame.vstack(bars([5.0]).frame)}))
    assert await closes(store) == [5.0, 2.0, None]


async def test_decimals_once_known_are_kept(store, bars):
    await store.write_bars(bars([1.0], decimals=2))
    await store.write_bars(bars([2.0], start=T0 + DAY))
    assert (await store.read_bars(AAPL, Interval.D1, *ALL)).decimals == 2


async def test_a_new_split_drops_bars_adjusted_for_the_old_basis(store, bars, provenance):
    split = CorporateAction(time=T0 + 3 * DAY, kind="split", value=4.0)
    before, after = provenance(fetched_at=T0 + 2 * DAY), provenance(fetched_at=T0 + 4 * DAY)
    await store.write_bars(bars([400.0, 404.0, 408.0], origin=before))
    await store.write_bars(bars([102.0, 103.0], start=T0 + 2 * DAY, origin=after, actions=(split,)))
    assert await closes(store) == [102.0, 103.0]
    await store.write_bars(bars([100.0, 101.0], origin=after, actions=(split,)))
    assert await closes(store) == [100.0, 101.0, 102.0, 103.0]


async def test_a_dividend_changes_the_basis_of_total_return_prices_only(store, bars, provenance):
    dividend = CorporateAction(time=T0 + 2 * DAY, kind="dividend", value=1.0)
    for adjustment in (Adjustment.SPLIT, Adjustment.SPLIT_DIVIDEND):
        before = provenance(adjustment=adjustment, fetched_at=T0 + DAY)
        after = provenance(adjustment=adjustment, fetched_at=T0 + 3 * DAY)
        await store.write_bars(bars([50.0, 51.0], origin=before))
        await store.write_bars(bars([52.0], start=T0 + 2 * DAY, origin=after, actions=(dividend,)))
    assert await closes(store, adjustment=Adjustment.SPLIT) == [50.0, 51.0, 52.0]
    assert await closes(store, adjustment=Adjustment.SPLIT_DIVIDEND) == [52.0]


async def test_no_bars_are_no_error(store, bars):
    assert await store.write_bars(bars([])) == 0
    assert await closes(store) is None


async def test_a_frame_of_another_shape_is_refused_and_nothing_is_lost(store, bars):
    await store.write_bars(bars([1.0]))
    wrong = bars([2.0], key=MSFT)
    with pytest.raises(StoreError):
        await store.write_bars(type(wrong)(**{**_fields(wrong), "frame": wrong.frame.drop("close")}))
    assert await store.write_bars(wrong) == 1
    assert (await closes(store), await closes(store, key=MSFT)) == ([1.0], [2.0])


def _fields(struct):
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.tuples(st.integers(0, 30), st.floats(1, 1e6)), max_size=12), max_size=5))
async def test_any_run_of_upserts_equals_a_dictionary(store, bars, batches):
    key = f"Equity:XNAS:{abs(hash(str(batches)))}:USD:currency"
    expected: dict[int, float] = {}
    for batch in batches:
        for day, close in sorted(dict(batch).items()):
            await store.write_bars(bars([close], key=key, start=T0 + day * DAY))
            expected[day] = close
    assert (await closes(store, key=key) or []) == [expected[day] for day in sorted(expected)]


async def test_quotes_come_back_whole(store, quote, provenance):
    full = quote(
        bid=156.4, ask=156.5, bid_size=1.0, ask_size=2.0, last_size=3.0, open=1.0, high=2.0, low=0.5,
        previous_close=160.5, volume=1e9, quote_volume=1e11, trade_count=7, session=Session.POST, decimals=2,
        market_cap=8e11,
    )  # fmt: skip
    assert await store.write_quotes([full]) == 1
    for _ in range(2):
        read = (await store.latest_quotes([AAPL, MSFT]))[AAPL]
        assert type(full)(**{**_fields(read), "provenance": full.provenance}) == full
        assert read.provenance == provenance(tier=Tier.STORE)
        await store.flush()


async def test_only_the_newest_quote_is_kept(store, quote):
    await store.write_quotes([quote(last=1.0), quote(time=T0 + 5, last=2.0), quote(time=T0 + 1, last=3.0)])
    await store.flush()
    await store.write_quotes([quote(time=T0 + 4, last=4.0), quote(key=MSFT, last=5.0)])
    read = await store.latest_quotes([AAPL, MSFT, "unknown"])
    assert {key: value.last for key, value in read.items()} == {AAPL: 2.0, MSFT: 5.0}
    assert (await store.sizes())["quotes"] == 2


async def test_a_quote_without_values_or_origin_is_kept(store, quote):
    bare = type(quote())(key=AAPL, time=T0)
    await store.write_quotes([bare])
    await store.flush()
    assert await store.latest_quotes([AAPL]) == {AAPL: bare}


async def test_trades_come_newest_first_up_to_the_limit(store, trade):
    first = [trade(T0 + n, 100.0 + n, id=str(n), side=Side.SELL, condition="X") for n in range(5)]
    assert await store.append_trades(first) == 5
    await store.append_trades([trade(T0, key=MSFT)])
    assert await store.read_trades(AAPL, 3) == first[:1:-1]
    assert await store.read_trades("unknown", 3) == []


async def test_trades_of_one_instant_keep_their_order(store, trade):
    await store.append_trades([trade(T0, price) for price in (1.0, 2.0)])
    await store.flush()
    await store.append_trades([trade(T0, price) for price in (3.0, 4.0)])
    assert [found.price for found in await store.read_trades(AAPL, 9)] == [4.0, 3.0, 2.0, 1.0]


async def test_numbered_trades_are_kept_once(store, trade):
    await store.append_trades([trade(T0, id="1"), trade(T0 + 1, id="2"), trade(T0, id="1")])
    await store.flush()
    await store.append_trades([trade(T0 + 1, id="2"), trade(T0 + 2, id="3"), trade(T0 + 3), trade(T0 + 3)])
    assert [found.id for found in await store.read_trades(AAPL, 9)] == ["", "", "3", "2", "1"]


async def test_trades_of_two_markets_that_number_their_own_are_both_kept(store, trade):
    await store.append_trades([trade(T0, 1.0, id="7"), trade(T0 + 1, 2.0, id="7")])
    await store.flush()
    await store.append_trades([trade(T0 + 2, 3.0, id="7"), trade(T0 + 1, 2.0, id="7")])
    assert [found.price for found in await store.read_trades(AAPL, 9)] == [3.0, 2.0, 1.0]


async def test_trades_of_two_providers_never_mix(store, trade):
    await store.append_trades([trade(T0, 1.0, id="1"), trade(T0 + 1, 2.0, id="1", provider="kraken")])
    assert [found.provider for found in await store.read_trades(AAPL, 9)] == ["kraken"]


async def test_lists_keep_order_and_repeats_and_ignore_case(store):
    assert await store.lists() == []
    await store.write_list("Tech", ["b", "a", "b"])
    await store.write_list("bonds", [])
    assert await store.lists() == [("bonds", 0), ("Tech", 3)]
    assert await store.read_list("TECH") == ["b", "a", "b"]
    assert (await store.read_list("bonds"), await store.read_list("other")) == ([], None)
    await store.write_list("TECH", ["c"])
    assert await store.lists() == [("bonds", 0), ("TECH", 1)]
    await store.delete_list("tech")
    await store.delete_list("tech")
    assert await store.lists() == [("bonds", 0)]


async def test_layouts_are_replaced_by_name(store):
    await store.write_layout("Morning", "{}", 5)
    await store.write_layout("morning", '{"panes": 2}', 6)
    assert await store.layouts() == [("morning", 6)]
    assert await store.read_layout("MORNING") == '{"panes": 2}'
    await store.delete_layout("Morning")
    assert await store.read_layout("morning") is None


async def test_lines_come_newest_first_even_when_the_clock_went_back(store):
    for time, line in ((10, "AAPL US Equity GP"), (20, "W"), (5, "[/] 'quoted' ☃ \x1b[0m")):
        await store.add_line(time, line)
    assert await store.lines(2) == [(5, "[/] 'quoted' ☃ \x1b[0m"), (20, "W")]


async def test_job_runs_by_job(store):
    runs = [JobRun(job=job, started=n, finished=n + 1, ok=n != 2, detail=str(n)) for n, job in enumerate("aba")]
    for run in runs:
        await store.add_job_run(run)
    assert await store.job_runs(9) == runs[::-1]
    assert await store.job_runs(1, "a") == [runs[2]]


async def test_state_is_a_value_per_key(store):
    assert await store.read_state("last workspace") is None
    await store.write_state("last workspace", "1")
    await store.write_state("last workspace", "2")
    assert await store.read_state("last workspace") == "2"
    await store.write_state("last workspace", None)
    assert await store.read_state("last workspace") is None


async def test_pruning_drops_by_age_and_keeps_daily_bars(store, bars, quote, trade):
    now = T0 + 100 * DAY
    for interval in (Interval.M1, Interval.D1):
        await store.write_bars(bars([1.0, 2.0], interval=interval))
        await store.write_bars(bars([3.0], interval=interval, start=now - DAY))
    await store.write_quotes([quote(), quote(key=MSFT, time=now - DAY)])
    await store.append_trades([trade(T0, id="1"), trade(now - DAY // 2, id="2")])
    for time in (T0, now):
        await store.add_line(time, "W")
        await store.add_job_run(JobRun(job="poll", started=time, finished=time, ok=True))
    dropped = await store.prune(now)
    assert dropped == {"bars": 2, "quotes": 1, "trades": 1, "command_lines": 1, "job_runs": 1}
    assert await closes(store, interval=Interval.M1) == [3.0]
    assert await closes(store) == [1.0, 2.0, 3.0]
    sizes = await store.sizes()
    assert [sizes[table] for table in ("quotes", "trades", "command_lines", "job_runs")] == [1, 1, 1, 1]


async def test_many_at_once_do_not_disturb_each_other(store, bars, quote, trade):
    keys = [f"Equity:XNAS:S{n}:USD:currency" for n in range(12)]
    await asyncio.gather(
        *(store.write_bars(bars([1.0, 2.0], key=key)) for key in keys),
        *(store.write_quotes([quote(key=key)]) for key in keys),
        *(store.append_trades([trade(T0, id=key)]) for key in keys),
        *(store.read_bars(key, Interval.D1, *ALL) for key in keys),
        *(store.read_trades(AAPL, 5) for _ in keys),
        store.flush(),
    )
    sizes = await store.sizes()
    assert (sizes["series"], sizes["bars"], sizes["quotes"], sizes["trades"]) == (12, 24, 12, 12)


async def test_a_closed_store_says_so(store):
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.lists()
