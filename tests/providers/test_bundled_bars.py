"""Bundled history under the clock: real values, nothing early, exact longer bars, typed errors."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.clock import ManualClock, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BAR_COLUMNS, BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.master import SecurityMaster, load_master
from financehub_tui.market.provenance import Adjustment, Delay, Reason, Tier
from financehub_tui.providers.bundled.catalogue import catalogue
from financehub_tui.providers.bundled.provider import BundledProvider
from financehub_tui.providers.bundled.visibility import closing_instant, last_visible_day

NEW_YORK = ZoneInfo("America/New_York")
FOREVER = 2**62


@pytest.fixture(scope="module")
def master() -> SecurityMaster:
    return load_master("2018")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(catalogue("equities").start)


@pytest.fixture
def equities(clock: ManualClock, master: SecurityMaster) -> BundledProvider:
    return BundledProvider(clock, "equities", master)


@pytest.fixture
def crypto() -> BundledProvider:
    return BundledProvider(ManualClock(catalogue("crypto").start), "crypto", load_master())


def new_york(day: int, hour: int, minute: int = 0) -> int:
    return to_nanos(datetime(2018, 2, day, hour, minute, tzinfo=NEW_YORK))


async def all_bars(
    provider: BundledProvider, symbol: str, interval: Interval = Interval.D1, sector: AssetClass | None = None
) -> Bars:
    instrument = provider._master.exact(symbol, asset_class=sector)[0]
    return await provider.bars(instrument, BarRequest(interval=interval, start=0, end=FOREVER))


def last_day(bars: Bars) -> date:
    return bars.frame["time"][-1].date()


async def test_the_opening_shows_the_real_bars_up_to_the_friday_before(equities: BundledProvider) -> None:
    bars = await all_bars(equities, "AAPL")
    assert tuple(bars.frame.columns) == BAR_COLUMNS
    assert bars.frame.schema["time"] == pl.Datetime("us", "UTC")
    assert bars.frame.height == 1_256
    assert bars.frame.row(-1)[1:] == (166.0, 166.8, 160.1, 160.5, 86_593_825.0)
    assert last_day(bars) == date(2018, 2, 2)
    assert not bars.forming


async def test_a_daily_bar_appears_at_the_close_and_not_before(equities: BundledProvider, clock: ManualClock) -> None:
    clock.set(new_york(5, 16) - 1)
    assert last_day(await all_bars(equities, "AAPL")) == date(2018, 2, 2)
    clock.set(new_york(5, 16))
    assert last_day(await all_bars(equities, "AAPL")) == date(2018, 2, 5)
    assert last_day(await all_bars(equities, "VIX", sector=AssetClass.INDEX)) == date(2018, 2, 2)
    clock.set(new_york(5, 16, 15))
    assert last_day(await all_bars(equities, "VIX", sector=AssetClass.INDEX)) == date(2018, 2, 5)
    assert last_day(await all_bars(equities, "EURUSD")) == date(2018, 2, 2)
    clock.set(new_york(5, 17))
    assert last_day(await all_bars(equities, "EURUSD")) == date(2018, 2, 5)


async def test_a_crypto_day_ends_at_midnight_utc(equities: BundledProvider, clock: ManualClock) -> None:
    midnight = to_nanos(datetime(2018, 2, 6, tzinfo=UTC))
    clock.set(midnight - 1)
    assert last_day(await all_bars(equities, "BTC-USD")) == date(2018, 2, 4)
    clock.set(midnight)
    assert last_day(await all_bars(equities, "BTC-USD")) == date(2018, 2, 5)


@given(
    st.integers(min_value=new_york(1, 0), max_value=new_york(9, 0)), st.sampled_from(["us", "new-york", "ecb", "utc"])
)
def test_what_is_visible_has_closed_and_what_follows_has_not(now: int, rule: str) -> None:
    day = last_visible_day(rule, now)
    assert closing_instant(rule, day) <= now < closing_instant(rule, date.fromordinal(day.toordinal() + 1))


async def test_provenance_says_where_the_bars_come_from(equities: BundledProvider, clock: ManualClock) -> None:
    origin = (await all_bars(equities, "AAPL")).provenance
    assert (origin.provider, origin.tier, origin.delay) == ("bundled", Tier.REPLAY, Delay.END_OF_DAY)
    assert (origin.adjustment, origin.currency) == (Adjustment.SPLIT, "USD")
    assert origin.as_of == new_york(2, 16)
    assert origin.fetched_at == clock.now()
    assert "MIT" in origin.notes[0]


async def test_a_window_is_start_inclusive_and_end_exclusive(equities: BundledProvider, master: SecurityMaster) -> None:
    start, end = (to_nanos(datetime(2017, 6, day, tzinfo=UTC)) for day in (1, 8))
    bars = await equities.bars(master.exact("MSFT")[0], BarRequest(start=start, end=end))
    assert [str(day.date()) for day in bars.frame["time"]] == [
        "2017-06-01",
        "2017-06-02",
        "2017-06-05",
        "2017-06-06",
        "2017-06-07",
    ]


async def test_weeks_and_months_are_made_of_days_exactly(equities: BundledProvider) -> None:
    days = (await all_bars(equities, "IBM")).frame
    for interval, key in ((Interval.W1, "1w"), (Interval.MO1, "1mo")):
        bars = await all_bars(equities, "IBM", interval)
        groups = {at: part for (at,), part in days.group_by(pl.col("time").dt.truncate(key), maintain_order=True)}
        assert bars.frame["time"].to_list() == list(groups)
        for row in bars.frame.iter_rows(named=True):
            part = groups[row["time"]]
            assert (row["open"], row["close"]) == (part["open"][0], part["close"][-1])
            assert (row["high"], row["low"]) == (part["high"].max(), part["low"].min())
            assert row["volume"] == part["volume"].sum()


async def test_only_an_unfinished_week_or_month_is_forming(equities: BundledProvider, clock: ManualClock) -> None:
    assert not (await all_bars(equities, "IBM", Interval.W1)).forming
    assert (await all_bars(equities, "IBM", Interval.MO1)).forming
    clock.set(new_york(6, 16))
    assert (await all_bars(equities, "IBM", Interval.W1)).forming


async def test_splits_and_dividends_come_with_the_bars(equities: BundledProvider) -> None:
    actions = (await all_bars(equities, "AAPL")).actions
    assert [one.value for one in actions if one.kind == "split"] == [7.0]
    assert actions[-1].value == 0.63
    assert actions[-1].currency == "USD"


async def test_sources_with_one_price_a_day_have_closes_only(equities: BundledProvider) -> None:
    for symbol, sector in (("SPX", AssetClass.INDEX), ("WTI", AssetClass.COMMODITY), ("US10Y", None)):
        frame = (await all_bars(equities, symbol, Interval.MO1, sector)).frame
        assert frame["open"].null_count() == frame["high"].null_count() == frame.height
        assert frame["close"].null_count() == 0


async def test_crosses_without_bars_come_from_the_ecb(equities: BundledProvider) -> None:
    bars = await all_bars(equities, "AUDNZD")
    assert bars.provenance.delay is Delay.REFERENCE
    assert "European Central Bank" in bars.provenance.notes[0]
    assert bars.frame["close"][-1] == round(1.7025 / 1.5664, 5)
    assert last_day(bars) == date(2018, 2, 5), "the ECB fixed at 16:00 Frankfurt, which was 10:00 New York"


async def test_intraday_bars_of_btcusdt_add_up(crypto: BundledProvider) -> None:
    quarters = (await all_bars(crypto, "BTCUSDT", Interval.M15)).frame
    hours = (await all_bars(crypto, "BTCUSDT", Interval.H1)).frame
    assert quarters["time"][-1] == datetime(2024, 8, 8, 23, 30, tzinfo=UTC)
    assert hours["time"][-1] == datetime(2024, 8, 8, 22, tzinfo=UTC), "the hour of 23:00 is not over"
    four = quarters.filter(pl.col("time").dt.truncate("1h") == hours["time"][-1])
    row = hours.row(-1, named=True)
    assert (row["open"], row["close"]) == (four["open"][0], four["close"][-1])
    assert (row["high"], row["low"]) == (four["high"].max(), four["low"].min())
    assert row["volume"] == pytest.approx(four["volume"].sum())
    days = await all_bars(crypto, "BTCUSDT", Interval.D1)
    assert (days.frame.height, last_day(days)) == (220, date(2024, 8, 7))


@pytest.mark.parametrize(
    ("symbol", "interval", "reason"),
    [
        ("NESN", Interval.D1, Reason.UNKNOWN_SYMBOL),
        ("BTCUSDT", Interval.D1, Reason.UNKNOWN_SYMBOL),
        ("AAPL", Interval.M1, Reason.NOT_OFFERED),
    ],
)
async def test_what_is_not_bundled_is_a_typed_error(
    equities: BundledProvider, symbol: str, interval: Interval, reason: Reason
) -> None:
    with pytest.raises(ProviderError) as caught:
        await all_bars(equities, symbol, interval)
    assert caught.value.reason is reason
    assert "\n" not in str(caught.value)


async def test_an_empty_window_is_no_data(equities: BundledProvider, master: SecurityMaster) -> None:
    future = BarRequest(start=new_york(5, 0), end=FOREVER)
    past = BarRequest(start=0, end=1_000_000_000)
    for request in (future, past):
        with pytest.raises(ProviderError) as caught:
            await equities.bars(master.exact("AAPL")[0], request)
        assert caught.value.reason is Reason.NO_DATA
        assert "2013-02-08" in str(caught.value)


async def test_a_foreign_share_never_gets_the_bars_of_its_american_namesake(
    equities: BundledProvider, master: SecurityMaster
) -> None:
    carrefour = master.exact("CA", exchange_code="FP")[0]
    assert equities.symbol(carrefour) is None
    assert equities.symbol(master.exact("CA", exchange_code="US")[0]) == "CA"


async def test_profile_comes_from_the_master(equities: BundledProvider, master: SecurityMaster) -> None:
    profile = await equities.profile(master.exact("AAPL")[0])
    assert (profile.name, profile.sector) == ("Apple Inc.", "Information Technology")
    assert profile.identifiers["cik"] == "0000320193"
    assert ("D bars since", "2013-02-08") in profile.extra
    with pytest.raises(ProviderError) as caught:
        await equities.profile(Instrument(asset_class=AssetClass.EQUITY, symbol="NONE"))
    assert caught.value.reason is Reason.UNKNOWN_SYMBOL


async def test_search_and_what_is_not_offered(equities: BundledProvider, master: SecurityMaster) -> None:
    assert (await equities.search("facebook", 3))[0].symbol == "FB"
    apple = master.exact("AAPL")[0]
    for call in (equities.quotes([apple]), equities.book(apple, 5), equities.trades(apple, 5)):
        with pytest.raises(ProviderError) as caught:
            await call
        assert caught.value.reason is Reason.NOT_OFFERED


def test_the_simulator_sees_the_running_day(equities: BundledProvider) -> None:
    bar = equities.data.daily_bar_of("Equity:XNAS:AAPL:USD:currency", date(2018, 2, 7))
    assert bar is not None
    assert bar.close == 159.54
    assert equities.data.daily_bar_of("Equity:XNAS:AAPL:USD:currency", date(2018, 2, 4)) is None
    assert equities.data.daily_bar_of("Equity:XSWX:NESN:CHF:currency", date(2018, 2, 5)) is None


async def test_a_damaged_data_file_is_a_typed_error(equities: BundledProvider, tmp_path: Path) -> None:
    (tmp_path / "stocks.parquet").write_bytes(b"PAR1 not really")
    equities.data._folder = tmp_path
    for symbol in ("AAPL", "SPY"):
        with pytest.raises(ProviderError) as caught:
            await all_bars(equities, symbol)
        assert caught.value.reason is Reason.PROVIDER_ERROR
        assert "\n" not in str(caught.value)


async def test_days_made_of_quarters_are_as_old_as_the_last_whole_day(crypto: BundledProvider) -> None:
    quarters, days = await all_bars(crypto, "BTCUSDT", Interval.M15), await all_bars(crypto, "BTCUSDT", Interval.D1)
    assert days.provenance.as_of == to_nanos(datetime(2024, 8, 8, tzinfo=UTC))
    assert days.provenance.as_of < quarters.provenance.as_of
