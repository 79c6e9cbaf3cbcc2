"""Yahoo bars: exchange dates, live rows, splits, dividends, units, reach, refusals."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors import server as fault
from vendors.yahoo import CHART, NOW, YahooVendor, refused, running, wire_chart

from financehub_tui.clock import NANOS, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.market.provenance import Adjustment, Reason
from financehub_tui.providers.yahoo.chart import bars_of, series_of
from financehub_tui.providers.yahoo.chart_wire import Chart, read_chart
from financehub_tui.providers.yahoo.provider import YahooProvider

VENDOR = running
APPLE = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS", exchange_code="US")
EVER = BarRequest(start=-(10**18), end=4 * 10**18)
OPEN_ZONES = {"America/New_York": "09:30", "Europe/London": "08:00", "Asia/Tokyo": "09:00", "Australia/Sydney": "10:00"}


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def read(**parts: Any) -> Chart:
    return read_chart(json.dumps(wire_chart(**parts)).encode())


def bars(request: BarRequest = EVER, instrument: Instrument = APPLE, now: int = NOW, **parts: Any) -> Bars:
    return bars_of(series_of([read(**parts)], request), instrument, request, now)


def days(found: Bars) -> list[date]:
    times = found.frame["time"].to_list()
    assert all(time.tzinfo is not None and (time.hour, time.minute) == (0, 0) for time in times)
    return [time.date() for time in times]


@pytest.mark.parametrize(
    ("zone", "opening"),
    [
        ("America/New_York", "2020-07-02T09:30-04:00"),
        ("America/New_York", "2020-01-02T09:30-05:00"),
        ("Europe/London", "2020-07-02T00:00+01:00"),
        ("Australia/Sydney", "2022-01-13T10:00+11:00"),
        ("Asia/Tokyo", "2022-01-13T09:00+09:00"),
        ("UTC", "2022-01-13T00:00+00:00"),
    ],
)
def test_a_daily_bar_lies_on_midnight_utc_of_the_exchange_date(zone: str, opening: str) -> None:
    assert days(bars(times=[epoch(opening)], closes=[10.0], zone=zone)) == [date.fromisoformat(opening[:10])]


def test_an_unknown_zone_falls_back_on_the_offset() -> None:
    found = bars(times=[epoch("2022-01-13T10:00+11:00")], closes=[10.0], zone="Mars/Olympus", gmtoffset=39_600)
    assert days(found) == [date(2022, 1, 13)]


def test_rows_without_any_price_are_dropped_and_single_nulls_kept() -> None:
    times = [epoch(f"2020-01-0{day}T09:30-05:00") for day in (2, 3, 6)]
    found = bars(times=times, closes=[10.0, None, 12.0], columns={"volume": None, "open": [9.5, None, None]})
    assert days(found) == [date(2020, 1, 2), date(2020, 1, 6)]
    assert found.frame["open"].to_list() == [9.5, None]
    assert found.frame["volume"].to_list() == [None, None]


def test_prices_lose_the_noise_of_32_bits() -> None:
    found = bars(times=[epoch("2020-01-02T09:30-05:00")], closes=[75.0875015258789])
    assert found.frame["close"].to_list() == [75.0875]
    assert found.decimals == 2


def test_a_live_row_of_the_same_day_replaces_the_bar() -> None:
    times = [epoch("2023-11-13T09:30-05:00"), epoch("2023-11-14T09:30-05:00"), epoch("2023-11-14T16:00:01-05:00")]
    found = bars(times=times, closes=[10.0, 11.0, 12.0], columns={"open": [10.0, 10.5, None]})
    assert days(found) == [date(2023, 11, 13), date(2023, 11, 14)]
    assert found.frame.row(1)[1:] == (10.5, 12.0, 12.0, 12.0, 1_000.0)


def test_a_live_row_is_merged_into_its_month() -> None:
    times = [epoch("2023-10-01T00:00-04:00"), epoch("2023-11-01T00:00-04:00"), epoch("2023-11-14T16:00:01-05:00")]
    request = BarRequest(interval=Interval.MO1, start=EVER.start, end=EVER.end)
    found = bars(request, times=times, closes=[10.0, 11.0, 9.0], granularity="1mo")
    assert days(found) == [date(2023, 10, 1), date(2023, 11, 1)]
    assert found.frame.row(1)[1:] == (11.0, 11.0, 9.0, 9.0, 2_000.0)
    assert found.forming


def test_a_week_lies_on_its_monday() -> None:
    request = BarRequest(interval=Interval.W1, start=EVER.start, end=EVER.end)
    times = [epoch("2023-11-06T00:00-05:00"), epoch("2023-11-13T00:00-05:00"), epoch("2023-11-14T16:00:01-05:00")]
    found = bars(request, times=times, closes=[10.0, 11.0, 9.0], granularity="1wk")
    assert days(found) == [date(2023, 11, 6), date(2023, 11, 13)]


@pytest.mark.parametrize("granularity", ["1h", "60m"])
def test_the_closing_row_of_a_session_belongs_to_its_last_hour(granularity: str) -> None:
    request = BarRequest(interval=Interval.H1, start=EVER.start, end=EVER.end)
    times = [epoch(f"2023-11-14T{at}-05:00") for at in ("14:30", "15:30", "16:00")]
    found = bars(request, times=times, closes=[10.0, 11.0, 12.0], granularity=granularity)
    assert [time.strftime("%H:%M") for time in found.frame["time"]] == ["19:30", "20:30"]
    assert found.frame.row(1)[1:] == (11.0, 12.0, 11.0, 12.0, 2_000.0)


def test_shorter_bars_at_a_sessions_edge_stay_when_the_extended_session_is_asked() -> None:
    request = BarRequest(interval=Interval.H1, start=EVER.start, end=EVER.end, extended=True)
    times = [epoch(f"2023-11-14T{at}-05:00") for at in ("14:30", "15:30", "16:00")]
    found = bars(request, times=times, closes=[10.0, 11.0, 12.0], granularity="1h")
    assert found.frame.height == 3


def test_doubles_and_disorder_are_put_right() -> None:
    times = [epoch(f"2020-01-0{day}T09:30-05:00") for day in (6, 2, 6, 3)]
    found = bars(times=times, closes=[12.0, 10.0, 13.0, 11.0])
    assert days(found) == [date(2020, 1, 2), date(2020, 1, 3), date(2020, 1, 6)]
    assert found.frame["close"].to_list() == [10.0, 11.0, 13.0]


def test_nothing_outside_the_window_comes_back() -> None:
    times = [epoch(f"2020-01-0{day}T09:30-05:00") for day in (2, 3, 6, 7)]
    window = BarRequest(
        start=to_nanos(datetime(2020, 1, 3, tzinfo=UTC)), end=to_nanos(datetime(2020, 1, 7, tzinfo=UTC))
    )
    assert days(bars(window, times=times, closes=[1.0, 2.0, 3.0, 4.0])) == [date(2020, 1, 3), date(2020, 1, 6)]


SPLIT = {
    "splits": {
        "1": {
            "date": epoch("2020-08-31T09:30-04:00"),
            "numerator": 4,
            "denominator": 1,
            "splitRatio": "4:1",
        }
    },
    "dividends": {"2": {"date": epoch("2020-08-28T09:30-04:00"), "amount": 0.205}},
    "capitalGains": {"3": {"date": epoch("2020-08-28T09:30-04:00"), "amount": 1.5, "currency": "EUR"}},
}


def test_splits_and_dividends_lie_on_their_ex_dates() -> None:
    times = [epoch("2020-08-28T09:30-04:00"), epoch("2020-08-31T09:30-04:00")]
    found = bars(times=times, closes=[125.0, 129.0], events=SPLIT)
    assert [(action.kind, action.value, action.currency) for action in found.actions] == [
        ("dividend", 0.205, "USD"),
        ("dividend", 1.5, "EUR"),
        ("split", 4.0, ""),
    ]
    assert found.actions[2].time == to_nanos(datetime(2020, 8, 31, tzinfo=UTC))
    assert found.provenance.adjustment is Adjustment.SPLIT


def test_raw_prices_are_those_traded_before_the_split() -> None:
    raw = BarRequest(start=EVER.start, end=EVER.end, adjustment=Adjustment.NONE)
    times = [epoch("2020-08-28T09:30-04:00"), epoch("2020-08-31T09:30-04:00")]
    found = bars(raw, times=times, closes=[124.8075, 129.0], events=SPLIT)
    assert found.frame["close"].to_list() == [499.23, 129.0]
    assert found.frame["volume"].to_list() == [250.0, 1_000.0]


def test_dividend_adjustment_scales_the_whole_bar() -> None:
    request = BarRequest(start=EVER.start, end=EVER.end, adjustment=Adjustment.SPLIT_DIVIDEND)
    times = [epoch("2020-01-02T09:30-05:00"), epoch("2020-01-03T09:30-05:00")]
    found = bars(request, times=times, closes=[10.0, 20.0], adjclose=[9.0, None], columns={"high": [12.0, 21.0]})
    assert found.frame["high"].to_list() == [10.8, 21.0]
    assert found.frame["close"].to_list() == [9.0, 20.0]
    assert found.provenance.adjustment is Adjustment.SPLIT_DIVIDEND


@pytest.mark.parametrize("adjusted", [["Infinity"], [1e-9], None])
def test_a_broken_adjusted_close_is_refused_only_where_it_is_needed(adjusted: list[Any] | None) -> None:
    times = [epoch("2020-01-02T09:30-05:00")]
    assert bars(times=times, closes=[10.0], adjclose=adjusted).frame["close"].to_list() == [10.0]
    with pytest.raises(ProviderError) as caught:
        bars(
            BarRequest(start=EVER.start, end=EVER.end, adjustment=Adjustment.SPLIT_DIVIDEND),
            times=times,
            closes=[10.0],
            adjclose=adjusted,
        )
    assert caught.value.reason is Reason.BAD_ANSWER and caught.value.field == "indicators.adjclose"


def test_bare_infinity_and_nan_are_tolerated() -> None:
    body = json.dumps(wire_chart([epoch("2020-01-02T09:30-05:00")], [10.0], adjclose=[float("inf")])).encode()
    assert b"Infinity" in body
    assert bars_of(series_of([read_chart(body)], EVER), APPLE, EVER, NOW).frame.height == 1


def test_pence_stay_pence_and_dividends_are_in_pounds() -> None:
    events = {"dividends": {"1": {"date": epoch("2023-06-01T08:00+01:00"), "amount": 4.5}}}
    parts: dict[str, Any] = {
        "times": [epoch("2023-06-01T08:00+01:00")],
        "closes": [72.5],
        "zone": "Europe/London",
        "currency": "GBp",
        "events": events,
    }
    minor = Instrument(asset_class=AssetClass.EQUITY, symbol="VOD", venue="XLON", currency="GBP", unit=Unit.MINOR)
    major = Instrument(asset_class=AssetClass.EQUITY, symbol="VOD", venue="XLON", currency="GBP")
    assert bars(instrument=minor, **parts).frame["close"].to_list() == [72.5]
    found = bars(instrument=major, **parts)
    assert found.frame["close"].to_list() == [0.725]
    assert (found.actions[0].value, found.actions[0].currency) == (0.045, "GBP")
    assert (bars(instrument=minor, **parts).decimals, found.decimals) == (2, 4)
    with pytest.raises(ProviderError) as caught:
        bars(instrument=APPLE, **parts)
    assert caught.value.field == "meta.currency"


def test_the_zero_in_place_of_a_volume_is_none() -> None:
    index = Instrument(asset_class=AssetClass.INDEX, symbol="SPX", unit=Unit.POINTS, kind=Kind.INDEX)
    times = [epoch("2022-01-12T09:30-05:00"), epoch("2022-01-13T09:30-05:00")]
    parts: dict[str, Any] = {"times": times, "closes": [4_700.5, 4_701.5], "columns": {"volume": [0, 3_000]}}
    assert bars(instrument=index, **parts).frame["volume"].to_list() == [None, 3_000.0]
    fund = msgspec.structs.replace(APPLE, symbol="VTSAX", kind=Kind.FUND)
    assert bars(instrument=fund, **parts).frame["volume"].to_list() == [None, 3_000.0]
    assert bars(**parts).frame["volume"].to_list() == [0.0, 3_000.0], "of a share nothing traded"


def test_a_split_is_undone_before_its_day_at_the_exchange() -> None:
    """Sydney opens on the day before by UTC."""
    times = [epoch("2024-01-04T15:00+11:00"), epoch("2024-01-05T10:00+11:00")]
    split = {"date": times[1], "numerator": 2, "denominator": 1, "splitRatio": "2:1"}
    parts: dict[str, Any] = {"zone": "Australia/Sydney", "granularity": "1h", "events": {"splits": {"1": split}}}
    request = msgspec.structs.replace(EVER, interval=Interval.H1, adjustment=Adjustment.NONE)
    assert bars(request, times=times, closes=[5.0, 5.0], **parts).frame["close"].to_list() == [10.0, 5.0]


def test_the_volume_of_a_coin_is_money_and_left_out() -> None:
    coin = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", base="BTC", kind=Kind.SPOT)
    found = bars(instrument=coin, times=[epoch("2022-01-13T00:00+00:00")], closes=[42_000.5], zone="UTC")
    assert found.frame["volume"].to_list() == [None] and found.frame["close"].to_list() == [42_000.5]
    assert found.provenance is not None and "volumes are not given in coins" in found.provenance.notes


def test_an_index_in_points_takes_any_currency() -> None:
    index = Instrument(asset_class=AssetClass.INDEX, symbol="NKY", unit=Unit.POINTS, kind=Kind.INDEX)
    found = bars(instrument=index, times=[epoch("2023-06-01T09:00+09:00")], closes=[31_000.0], zone="Asia/Tokyo")
    assert found.frame.height == 1


def test_another_granularity_than_asked_is_refused() -> None:
    with pytest.raises(ProviderError) as caught:
        bars(times=[epoch("2020-01-02T09:30-05:00")], closes=[10.0], granularity="3mo")
    assert caught.value.reason is Reason.BAD_ANSWER and caught.value.field == "meta.dataGranularity"


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ProviderError) as caught:
        bars(times=[epoch("2020-01-02T09:30-05:00")], closes=[10.0, 11.0])
    assert caught.value.reason is Reason.BAD_ANSWER and "open" in caught.value.field


@pytest.mark.parametrize("times", [None, []])
def test_an_empty_window_is_no_data(times: list[int | None] | None) -> None:
    with pytest.raises(ProviderError) as caught:
        bars(times=times, exchangeName="YHD", currency=None)
    assert caught.value.reason is Reason.NO_DATA and "delisted" in str(caught.value)


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(-(10**9), 2 * 10**9)),
            st.one_of(st.none(), st.floats(0.01, 1e6), st.just(float("inf"))),
        ),
        max_size=40,
    ),
    st.sampled_from(sorted(OPEN_ZONES)),
)
def test_any_rows_give_a_sorted_series_without_doubles_or_a_typed_error(
    rows: list[tuple[int | None, float | None]], zone: str
) -> None:
    try:
        found = bars(times=[time for time, _ in rows], closes=[price for _, price in rows], zone=zone)
    except ProviderError as error:
        assert error.reason is Reason.NO_DATA
        return
    times = found.frame["time"].to_list()
    assert times == sorted(set(times))
    assert found.frame["close"].is_finite().all()
    assert found.frame.columns == ["time", "open", "high", "low", "close", "volume"]


async def test_bars_need_no_crumb(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.chart("AAPL", wire_chart([epoch("2023-11-13T09:30-05:00")], [10.0]))
    found = await yahoo.bars(APPLE, BarRequest(start=NOW - 10 * 86_400 * NANOS, end=NOW))
    assert days(found) == [date(2023, 11, 13)] and not found.forming
    (seen,) = vendor.server.seen
    assert seen.query["interval"] == "1d" and seen.query["events"] == "div,splits,capitalGains"
    assert "crumb" not in seen.query


async def test_minutes_are_asked_a_week_at_a_time_and_no_further_back_than_yahoo_goes(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    vendor.chart("AAPL", wire_chart([epoch("2023-11-13T09:30-05:00")], [10.0], granularity="1m"))
    request = BarRequest(interval=Interval.M1, start=NOW - 100 * 86_400 * NANOS, end=NOW, extended=True)
    found = await yahoo.bars(APPLE, request)
    assert found.provenance.notes == ("1m bars reach back 30 days",)
    spans = [(int(seen.query["period1"]), int(seen.query["period2"])) for seen in vendor.server.seen]
    assert len(spans) == 5 and all(0 < end - start <= 7 * 86_400 for start, end in spans)
    assert all(end == start for (_, end), (start, _) in pairwise(spans))
    assert spans[0][0] > NOW // NANOS - 30 * 86_400
    assert vendor.server.seen[0].query["includePrePost"] == "true"


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (BarRequest(interval=Interval.H4, start=NOW - 10**15, end=NOW), Reason.NOT_OFFERED),
        (BarRequest(interval=Interval.M5, start=0, end=NOW - 70 * 86_400 * NANOS), Reason.NO_DATA),
        (BarRequest(interval=Interval.M5, start=NOW + 3 * 86_400 * NANOS, end=NOW + 10**16), Reason.NO_DATA),
    ],
)
async def test_what_yahoo_cannot_have_is_not_asked(
    yahoo: YahooProvider, vendor: YahooVendor, request_: BarRequest, reason: Reason
) -> None:
    with pytest.raises(ProviderError) as caught:
        await yahoo.bars(APPLE, request_)
    assert caught.value.reason is reason and vendor.server.count() == 0


async def test_weeks_are_asked_from_a_monday(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.chart("AAPL", wire_chart([epoch("2023-11-06T00:00-05:00")], [10.0], granularity="1wk"))
    await yahoo.bars(APPLE, BarRequest(interval=Interval.W1, start=NOW - 20 * 86_400 * NANOS, end=NOW))
    begin = datetime.fromtimestamp(int(vendor.server.seen[0].query["period1"]), UTC)
    assert begin.weekday() == 0


DEEP = "1m data not available for startTime=1 and endTime=2. Only 8 days worth of 1m granularity data are allowed."


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (404, refused("chart", "Not Found", "No data found, symbol may be delisted"), Reason.UNKNOWN_SYMBOL),
        (422, refused("chart", "Unprocessable Entity", DEEP), Reason.NO_DATA),
        (400, refused("chart", "Bad Request", "Data doesn't exist for startDate = 1, endDate = 2"), Reason.NO_DATA),
        (400, refused("finance", "Bad Request", "Invalid input"), Reason.PROVIDER_ERROR),
        (200, refused("chart", "Not Found", "No data found, symbol may be delisted"), Reason.UNKNOWN_SYMBOL),
        (200, {"chart": {"result": [], "error": None}}, Reason.BAD_ANSWER),
        (200, {"chart": {"result": [{"meta": {}, "timestamp": "soon"}], "error": None}}, Reason.BAD_ANSWER),
        (403, b"<html>no</html>", Reason.PROVIDER_ERROR),
    ],
)
async def test_refusals_are_typed(
    yahoo: YahooProvider, vendor: YahooVendor, status: int, body: Any, reason: Reason
) -> None:
    vendor.chart("AAPL", body, status)
    with pytest.raises(ProviderError) as caught:
        await yahoo.bars(APPLE, BarRequest(start=NOW - 10**15, end=NOW))
    assert caught.value.reason is reason and caught.value.endpoint == "v8/finance/chart"


async def test_a_passing_fault_is_got_over(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.chart("AAPL", wire_chart([epoch("2023-11-13T09:30-05:00")], [10.0]))
    vendor.server.misbehave(CHART + "AAPL", fault.status(502), fault.reset(), fault.truncated())
    found = await yahoo.bars(APPLE, BarRequest(start=NOW - 10 * 86_400 * NANOS, end=NOW))
    assert found.frame.height == 1


async def test_half_hours_that_come_back_as_hours_are_put_together_from_quarters(
    yahoo: YahooProvider, vendor: YahooVendor
) -> None:
    opening = epoch("2023-11-14T09:15+05:30")
    quarters = wire_chart(
        [opening, opening + 900, opening + 1_800],
        [10.0, 12.0, 11.0],
        granularity="15m",
        zone="Asia/Kolkata",
        currentTradingPeriod={"regular": {"start": opening, "end": opening + 22_500}},
    )
    hours = wire_chart([opening], [10.0], granularity="60m")

    async def handler(request: fault.web.Request) -> fault.web.Response:
        return fault.web.json_response(hours if request.query["interval"] == "30m" else quarters)

    vendor.server.serve(CHART + "AAPL", handler)
    found = await yahoo.bars(APPLE, BarRequest(interval=Interval.M30, start=NOW - 10**15, end=NOW))
    assert found.frame["time"].dt.epoch("s").to_list() == [opening, opening + 1_800]
    assert found.frame.row(0)[1:] == (10.0, 12.0, 10.0, 12.0, 2_000.0)
    assert found.interval is Interval.M30 and "15m" in found.provenance.notes[0]


async def test_a_page_without_data_spoils_no_other(yahoo: YahooProvider, vendor: YahooVendor) -> None:
    vendor.chart("AAPL", wire_chart([epoch("2023-11-13T09:30-05:00")], [10.0], granularity="1m"))
    vendor.server.misbehave(CHART + "AAPL", fault.status(422, refused("chart", "Unprocessable Entity", DEEP)))
    request = BarRequest(interval=Interval.M1, start=NOW - 20 * 86_400 * NANOS, end=NOW)
    assert (await yahoo.bars(APPLE, request)).frame.height == 1


@pytest.mark.parametrize(
    ("split", "value"),
    [
        ({"splitRatio": "3:2"}, 1.5),
        ({"splitRatio": "1/20"}, 0.05),
        ({"numerator": None, "denominator": 1, "splitRatio": "2:1"}, 2.0),
        ({"splitRatio": "many"}, None),
        ({}, None),
    ],
)
def test_a_split_is_read_from_its_ratio_where_the_parts_are_missing(split: dict[str, Any], value: float | None) -> None:
    times = [epoch("2020-08-31T09:30-04:00")]
    found = bars(times=times, closes=[10.0], events={"splits": {"1": {"date": times[0]} | split}})
    assert [action.value for action in found.actions] == ([] if value is None else [value])


@pytest.mark.parametrize(("now", "forming"), [("2023-11-14T15:00-05:00", True), ("2023-11-14T16:30-05:00", False)])
def test_a_day_forms_until_its_session_ends(now: str, forming: bool) -> None:
    opening = epoch("2023-11-14T09:30-05:00")
    period = {"regular": {"start": opening, "end": epoch("2023-11-14T16:00-05:00")}}
    found = bars(now=epoch(now) * NANOS, times=[opening], closes=[10.0], currentTradingPeriod=period)
    assert found.forming is forming
    assert bars(now=epoch(now) * NANOS, times=[opening], closes=[10.0]).forming
