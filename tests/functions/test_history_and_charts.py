"""HP, GP, GPC, GIP and DES against the bundled files read independently."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from financehub_tui.clock import to_nanos
from financehub_tui.commands.spec import Period
from financehub_tui.errors import CommandError, DataMissingError
from financehub_tui.functions.history import with_studies
from financehub_tui.functions.performance import performance
from financehub_tui.functions.periods import months_back, resolve
from financehub_tui.market.bars import Bars, Interval
from financehub_tui.market.calendar import SessionState
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Provenance, Reason
from financehub_tui.market.quote import Session

STOCKS = "equities/stocks.parquet"
MARKETS = "equities/markets.parquet"
OPENING = date(2018, 2, 5)


def until_opening(frame, start):
    return frame.filter((pl.col("time").dt.date() >= start) & (pl.col("time").dt.date() < OPENING))


@pytest.mark.parametrize(
    ("line", "file", "symbol", "start"),
    [
        ("AAPL US Equity HP 6M", STOCKS, "AAPL", date(2017, 8, 5)),
        ("MSFT HP YTD", STOCKS, "MSFT", date(2018, 1, 1)),
        ("BRK/B US Equity HP 1M", STOCKS, "BRK.B", date(2018, 1, 6)),
        ("VIX Index HP 1Y", MARKETS, "VIX", date(2017, 2, 5)),
        ("EURUSD Curncy HP 3M", MARKETS, "EURUSD", date(2017, 11, 5)),
        ("USDJPY HP 3M", MARKETS, "USDJPY", date(2017, 11, 5)),
        ("AAPL HP MAX", STOCKS, "AAPL", date(1900, 1, 1)),
        ("AAPL HP 2017-06-01..2017-06-30", STOCKS, "AAPL", date(2017, 6, 1)),
    ],
)
def test_prices_are_those_of_the_file(line, file, symbol, start, equities, daily):
    expected = until_opening(daily(file, symbol), start)
    if ".." in line:
        expected = expected.filter(pl.col("time").dt.date() <= date(2017, 6, 30))
    rows = equities.rows(line)
    assert len(rows) == len(expected) > 10
    for shown, held in zip(rows, reversed(list(expected.iter_rows(named=True))), strict=True):
        assert shown["time"] == held["time"].date().isoformat()
        for name in ("open", "high", "low", "close", "volume"):
            assert shown[name] == pytest.approx(held[name], rel=1e-11) if held[name] is not None else not shown[name]


def test_no_bar_of_the_scenario_s_own_days_is_known_at_its_opening(equities):
    for line in ("AAPL HP 5D", "VIX Index HP 5D", "EURUSD HP 5D", "SPX Index HP 5D", "BTC-USD HP 5D"):
        assert all(row["time"] < "2018-02-05" for row in equities.rows(line)), line


def test_changes_reach_back_before_the_period(equities, daily):
    rows = equities.rows("AAPL HP 1M")
    closes = dict(daily(STOCKS, "AAPL").select(pl.col("time").dt.date().cast(str), "close").iter_rows())
    days = sorted(closes)
    for row in rows:
        before = closes[days[days.index(row["time"]) - 1]]
        assert row["change"] == pytest.approx(row["close"] - before)
        assert row["change_percent"] == pytest.approx(100 * (row["close"] / before - 1))


def test_high_low_average_and_change_of_the_period(equities, daily):
    held = until_opening(daily(STOCKS, "AAPL"), date(2017, 8, 5))
    footer = equities.document("AAPL HP 6M")["blocks"][0]["footer"]
    best, worst = held.sort("high").row(-1, named=True), held.sort("low").row(0, named=True)
    assert footer["High"] == f"{best['high']:.2f} on {best['time']:%Y-%m-%d}"
    assert footer["Low"] == f"{worst['low']:.2f} on {worst['time']:%Y-%m-%d}"
    assert footer["Average"] == f"{held['close'].mean():.2f}"
    before = close_on(daily(STOCKS, "AAPL"), date(2017, 8, 4))
    assert footer["Period change"] == f"{100 * (held['close'][-1] / before - 1):+.2f}%"


def test_weeks_and_months_are_made_of_days(equities, daily):
    held = daily(STOCKS, "AAPL").filter(pl.col("time").dt.date().is_between(date(2017, 10, 1), date(2017, 12, 31)))
    months = held.group_by_dynamic("time", every="1mo").agg(
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").last(),
        pl.col("volume").sum(),
    )
    rows = equities.rows("AAPL HP 2017-10-01..2017-12-31 M")
    assert [row["close"] for row in rows] == months["close"].reverse().to_list()
    assert [row["high"] for row in rows] == months["high"].reverse().to_list()
    assert [row["volume"] for row in rows] == months["volume"].reverse().to_list()
    weekly = equities.rows("AAPL HP 3M W")
    assert 12 <= len(weekly) <= 14
    assert all(date.fromisoformat(row["time"]).weekday() == 0 for row in weekly)


@pytest.mark.parametrize(
    ("line", "decimals"), [("AAPL", 2), ("EURUSD", 5), ("USDJPY", 3), ("XAUUSD", 2), ("VIX Index", 2)]
)
def test_prices_are_written_with_the_instrument_s_decimals(line, decimals, equities):
    cells = equities.printed(f"{line} HP 1M").splitlines()[6].split()
    assert all(len(cell.partition(".")[2]) == decimals for cell in cells[1:5])


def test_a_column_without_values_says_why(equities):
    document = equities.document("EURUSD HP 1M")
    assert "bundled gives no volume" in document["missing"][0]["detail"]
    assert "Volume" not in equities.printed("EURUSD HP 1M").splitlines()[5]
    closes_only = equities.document("SPX Index HP 1M")
    assert [reason["detail"] for reason in closes_only["missing"]] == ["bundled gives no open, high, low and volume"]
    assert "High" in closes_only["blocks"][0]["footer"]


def test_an_empty_period_says_why(equities):
    try:
        document = equities.document("AAPL HP 2018-02-03..2018-02-04")
    except DataMissingError as error:
        assert error.missing.reason.value == "no data"
    else:
        assert document["blocks"][0]["missing"]["reason"] == "no data"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("AAPL HP 5D RAW", "RAW"),
        ("AAPL HP 2013-06-01..2014-12-31 RAW", "RAW"),
        ("AAPL HP 5D TR", "TR"),
        ("AAPL HP 1Y TR M", "TR"),
        ("AAPL GP 1M RAW", "RAW"),
        ("AAPL GPC 1M TR SMA50", "TR"),
        ("AAPL HP 2018-02-05.. 5m RAW", "RAW"),
    ],
)
def test_prices_on_another_basis_than_asked_are_refused(line, word, equities):
    equities.report("AAPL HP 5D")
    with pytest.raises(DataMissingError) as raised:
        equities.report(line)
    assert raised.value.missing.reason is Reason.NOT_OFFERED
    source = "Simulation" if "5m" in line else "Bundled history"
    assert f"{source}: only split adjusted bars; leave {word} away" in raised.value.missing.detail


def test_prices_as_traded_are_given_where_the_source_has_them(equities):
    assert equities.rows("SPY HP 5D RAW") == equities.rows("SPY HP 5D")
    assert "as traded" in equities.document("SPY HP 5D RAW")["blocks"][0]["title"]
    assert equities.rows("EURUSD HP 5D RAW"), "a pair has nothing to adjust for"


@pytest.mark.parametrize("tail", ["2018-13-01..", "2018-02-30..2018-03-01", "2018-03-01..2018-02-01"])
def test_impossible_dates_are_refused(tail, equities):
    with pytest.raises(CommandError):
        equities.report(f"AAPL HP {tail}")


def test_a_chart_has_the_bars_of_the_table_and_its_studies(equities):
    chart = equities.document("AAPL GP 6M SMA50 RSI14")["blocks"][0]
    rows = equities.rows("AAPL HP 6M")[::-1]
    assert [bar["close"] for bar in chart["bars"]][: len(rows)] == [row["close"] for row in rows]
    assert chart["style"] == "line" and chart["labels"] == ["AAPL US Equity"]
    assert [study["title"] for study in chart["studies"]] == ["SMA(50)", "RSI(14)"] or len(chart["studies"]) == 2
    average, strength = chart["studies"]
    assert not average["panel"] and strength["panel"]
    closes = [row["close"] for row in equities.rows("AAPL HP MAX")[::-1]]
    (line,) = average["lines"].values()
    last = len(rows) - 1
    assert line[last] == pytest.approx(sum(closes[-50:]) / 50)
    assert None not in line[: last + 1], "studies are warmed up before the first bar shown"


def test_compared_series_keep_their_own_bars(equities):
    chart = equities.document("AAPL,MSFT,GE GP YTD")["blocks"][0]
    assert chart["labels"] == ["AAPL US Equity", "MSFT US Equity", "GE US Equity"]
    assert [len(series["bars"]) for series in chart["compare"]] == [len(chart["bars"])] * 2


def test_a_compared_series_that_is_missing_only_says_so(equities):
    document = equities.document("AAPL GP 1M BTCUSDT")
    assert document["blocks"][0]["labels"] == ["AAPL US Equity"]
    assert document["missing"][0]["detail"].startswith("BTCUSDT Crypto")


@pytest.mark.parametrize(
    ("line", "style"),
    [
        ("AAPL GP 1M", "line"),
        ("AAPL GPC 1M", "candle"),
        ("AAPL GPO 1M", "candle"),
        ("AAPL GIP", "candle"),
        ("AAPL GIP LINE", "line"),
    ],
)
def test_styles(line, style, equities):
    assert equities.document(line)["blocks"][0]["style"] == style


@pytest.mark.parametrize(
    ("tail", "interval"),
    [("1", "1m"), ("5", "5m"), ("15", "15m"), ("30", "30m"), ("60", "1h"), ("1m", "1m"), ("1h", "1h")],
)
def test_minutes_of_an_intraday_chart(tail, interval, equities):
    chart = equities.document(f"AAPL GIP {tail} 2D")["blocks"][0]
    assert chart["interval"] == interval
    assert chart["timezone"] == "America/New_York"
    first = "09:00" if interval == "1h" else "09:30"
    assert all(first <= in_new_york(bar["time"]) < "16:00" for bar in chart["bars"])


def in_new_york(text):
    return datetime.fromisoformat(text).astimezone(ZoneInfo("America/New_York")).strftime("%H:%M")


@pytest.mark.parametrize("line", ["AAPL GIP 7", "AAPL GIP D", "AAPL GIP 0"])
def test_lengths_no_intraday_bar_has_are_refused(line, equities):
    with pytest.raises(CommandError):
        equities.report(line)


def test_simulated_bars_stay_within_the_real_day_and_are_marked(equities, daily):
    chart = equities.document("AAPL GIP 1m")["blocks"][0]
    day = daily(STOCKS, "AAPL").filter(pl.col("time").dt.date() == OPENING).row(0, named=True)
    assert chart["provenance"]["mark"] == "SIM"
    assert chart["bars"][0]["open"] == pytest.approx(day["open"], abs=0.011)
    for bar in chart["bars"]:
        assert day["low"] - 0.011 <= bar["low"] <= bar["high"] <= day["high"] + 0.011


def test_intraday_bars_of_the_recording_are_its_trades(crypto):
    chart = crypto.document("BTCUSDT GIP 1m")["blocks"][0]
    assert chart["provenance"]["mark"] == "REPLAY"
    assert all(bar["high"] >= max(bar["open"], bar["close"]) >= bar["low"] for bar in chart["bars"])


def test_vwap_is_over_the_session(equities):
    chart = equities.document("AAPL GIP 5")["blocks"][0]
    vwap = next(study for study in chart["studies"] if study["title"].startswith("VWAP"))
    (line,) = vwap["lines"].values()
    typical = [((bar["high"] + bar["low"] + bar["close"]) / 3, bar["volume"]) for bar in chart["bars"]]
    total = sum(price * volume for price, volume in typical)
    assert line[-1] == pytest.approx(total / sum(volume for _, volume in typical), rel=1e-9)


def test_a_change_has_no_more_decimals_than_its_prices(equities):
    changes = [row["change"] for row in equities.rows("EURUSD HP 5Y") if row["change"]]
    assert len(changes) > 1000 and all(one == round(one, 5) for one in changes)


@pytest.mark.parametrize("name", ["VWAP", "AVWAP"])
def test_vwap_of_daily_bars_is_over_the_chart_and_not_over_what_came_before(equities, daily, name):
    line = equities.document(f"AAPL GP 6M SMA50 {name}")["blocks"][0]["studies"][1]["lines"][name]
    held = until_opening(daily(STOCKS, "AAPL"), date(2017, 8, 5))
    typical = (held["high"] + held["low"] + held["close"]) / 3
    assert line[0] == pytest.approx(typical[0])
    assert line[-1] == pytest.approx((typical * held["volume"]).sum() / held["volume"].sum())


def test_vwap_of_a_night_past_midnight_utc_is_over_one_session():
    # 04:00 to 20:00 in New York, pre-market and after hours, ends at 01:00 UTC in winter.
    opening = datetime(2018, 2, 5, 9, tzinfo=UTC)
    times = pl.Series([opening + timedelta(minutes=30 * n) for n in range(32)], dtype=pl.Datetime("us", "UTC"))
    price = pl.Series([float(n) for n in range(len(times))])
    frame = pl.DataFrame({"time": times, **dict.fromkeys(("open", "high", "low", "close"), price)})
    frame = frame.with_columns(pl.lit(1.0).alias("volume"))
    bars = Bars(key="X", interval=Interval.M30, frame=frame, provenance=Provenance(provider="t"))
    market = SessionState(
        session=Session.POST, market="XNAS", timezone="America/New_York", next_change=None, next_session=None
    )
    _, (overlay,) = with_studies(bars, ("VWAP",), to_nanos(times[0]), market)
    assert overlay.lines["VWAP"][-1] == pytest.approx(price.mean())


def test_description_of_a_stock(equities, daily):
    facts = equities.facts("AAPL DES")
    held = daily(STOCKS, "AAPL").filter(pl.col("time").dt.date() < OPENING)
    year = held.filter(pl.col("time").dt.date() > date(2017, 2, 5))
    assert facts["Name"] == "Apple Inc." and facts["Type"] == "Equity, stock" and facts["Venue"] == "XNAS"
    assert facts["High"] and facts["SEC CIK"] == "0000320193"
    block = {field["label"]: field["value"] for field in equities.blocks("AAPL DES")["52 weeks"]["fields"]}
    assert block["High"] == year["high"].max() and block["Low"] == year["low"].min()
    assert block["1Y"] == pytest.approx(100 * (held["close"][-1] / close_on(held, date(2017, 2, 5)) - 1))
    assert block["YTD"] == pytest.approx(100 * (held["close"][-1] / close_on(held, date(2017, 12, 31)) - 1))
    logs = [math.log(b / a) for a, b in zip(held["close"][-31:-1], held["close"][-30:], strict=True)]
    mean = sum(logs) / 30
    assert block["Volatility 30D"] == pytest.approx(100 * math.sqrt(252 * sum((x - mean) ** 2 for x in logs) / 29))
    assert block["Avg volume 30D"] == pytest.approx(held["volume"][-30:].mean())


def close_on(held, day):
    return held.filter(pl.col("time").dt.date() <= day)["close"][-1]


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        ("EURUSD DES", {"Type": "Curncy, spot", "Base": "EUR, Euro", "Quote": "USD, US Dollar"}),
        ("BTC-USD DES", {"Type": "Crypto, spot", "Base": "BTC", "Venue": "COINBASE"}),
        ("SPX Index DES", {"Type": "Index", "Region": "Americas", "Price in": "pts"}),
        (
            "CL1 Comdty DES",
            {
                "Root": "CL",
                "Contract size": "1,000 barrels",
                "Contract months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
            },
        ),
        ("CLZ8 Comdty DES", {"Root": "CL", "Delivery": "Dec, year ending in 8"}),
        ("US10Y Govt DES", {"Price in": "%", "Quoted as": "yield in percent a year", "FRED series": "DGS10"}),
        ("AAPL 180216 C 160 DES", {"Underlying": "AAPL", "Right": "call", "Strike": "160.00", "Expiry": "2018-02-16"}),
        ("SPY DES", {"Type": "Equity, ETF"}),
    ],
)
def test_description_suits_the_asset_class(line, facts, equities):
    found = equities.facts(line)
    assert {label: found.get(label) for label in facts} == facts


def test_a_description_never_has_an_empty_block_and_says_what_is_missing(equities):
    for line in ("AAPL DES", "EURUSD DES", "CL1 Comdty DES", "US10Y Govt DES", "SPX Index DES", "BTC-USD DES"):
        document = equities.document(line)
        assert all(block.get("fields", True) for block in document["blocks"])
        assert all(
            field["value"] is not None or field["missing"]
            for block in document["blocks"]
            for field in block.get("fields", ())
        )


def test_a_window_without_bars_says_from_when_to_when_there_are_some(equities):
    with pytest.raises(DataMissingError, match="they run from 1990-01-02 to 2017-03-29"):
        equities.report("US10Y Govt HP 1M")


@pytest.mark.parametrize(
    "line", ["AAPL GP 2018-02-05..", "AAPL HP 2018-02-05..", "AAPL GPC 2018-02-03..2018-02-04 SMA50"]
)
def test_bars_before_the_period_only_are_no_data(line, equities):
    with pytest.raises(DataMissingError, match="in this period; the last before it is of 2018-02-02") as raised:
        equities.report(line)
    assert raised.value.missing.reason is Reason.NO_DATA


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("AAPL HP 1D", ["2018-02-02"]),
        ("AAPL HP 5D", ["2018-02-02", "2018-02-01", "2018-01-31", "2018-01-30", "2018-01-29"]),
        ("EURUSD HP 2D", ["2018-02-02", "2018-02-01"]),
        ("AAPL HP 5D W", ["2018-01-29"]),
        ("AAPL HP 6D W", ["2018-01-29", "2018-01-22"]),
    ],
)
def test_days_of_a_period_are_sessions_that_have_bars(line, days, equities):
    assert [row["time"] for row in equities.rows(line)] == days
    if line.startswith("AAPL") and not line.endswith("W"):
        chart = equities.document(line.replace("HP", "GP") + " MSFT")["blocks"][0]
        assert [bar["time"] for bar in chart["bars"]][::-1] == days
        assert [bar["time"] for bar in chart["compare"][0]["bars"]][::-1] == days


def test_holidays_are_no_days_of_a_period(equities, daily):
    days = until_opening(daily(STOCKS, "AAPL"), date(2013, 1, 1))["time"].dt.date().cast(str).to_list()
    for count in (20, 40, 250):
        assert [row["time"] for row in equities.rows(f"AAPL HP {count}D")] == days[-count:][::-1]


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("AAPL GIP 5", ["2018-02-05"]),
        ("AAPL GIP 5 3D", ["2018-02-01", "2018-02-02", "2018-02-05"]),
        ("AAPL GPC 2D 1h", ["2018-02-02", "2018-02-05"]),
    ],
)
def test_days_of_an_intraday_chart_are_sessions_with_today_s(line, days, equities):
    bars = equities.document(line)["blocks"][0]["bars"]
    assert sorted({bar["time"][:10] for bar in bars}) == days


def test_a_currency_s_session_begins_on_the_evening_before(equities):
    bars = equities.document("EURUSD GIP 1h 1D")["blocks"][0]["bars"]
    assert bars[0]["time"].startswith("2018-02-04T22:00"), "Sunday 17:00 New York"


def test_the_days_of_a_coin_are_those_of_the_calendar(crypto):
    assert [row["time"] for row in crypto.rows("BTCUSDT HP 3D")] == ["2024-08-07", "2024-08-06", "2024-08-05"]
    bars = crypto.document("BTCUSDT GIP 15m 2D")["blocks"][0]["bars"]
    assert bars[0]["time"].startswith("2024-08-07T00:00")


@pytest.mark.parametrize("period", ["YTD", "1Y", "6M", "3M", "1M", "1W"])
@pytest.mark.parametrize("symbol", ["AAPL", "EURUSD"])
def test_one_change_of_a_period_everywhere(symbol, period, equities):
    (field,) = [one for one in equities.blocks(f"{symbol} DES")["52 weeks"]["fields"] if one["label"] == period]
    assert (
        equities.document(f"{symbol} HP {period}")["blocks"][0]["footer"]["Period change"] == f"{field['value']:+.2f}%"
    )
    for line in (f"{symbol} GP {period}", f"{symbol} GPC {period} SMA20"):
        assert f"({field['value']:+.2f}%)" in equities.printed(line)


def test_a_week_that_ends_inside_the_period_is_not_before_it(equities):
    footer = equities.document("AAPL HP 2017-11-02..2017-12-31 W")["blocks"][0]["footer"]
    closes = {row["time"]: row["close"] for row in equities.rows("AAPL HP 2017-10-01..2017-12-31 W")}
    assert footer["Period change"] == f"{100 * (closes['2017-12-25'] / closes['2017-10-23'] - 1):+.2f}%"


@pytest.mark.parametrize("line", ["AAPL GP 1M", "AAPL GPC YTD SMA20", "AAPL GP 5D", "AAPL GIP 5 2D", "AAPL GPC 6M W"])
def test_a_chart_in_json_has_the_close_its_change_is_against(line, equities):
    (chart,) = equities.document(line)["blocks"]
    change = f"({100 * (chart['bars'][-1]['close'] / chart['before'] - 1):+.2f}%)"
    assert change in equities.printed(line)


def test_a_chart_in_json_without_a_close_before_says_null(equities):
    assert equities.document("AAPL GP MAX")["blocks"][0]["before"] is None


def test_a_change_without_a_close_before_says_since_when(equities, daily):
    held = until_opening(daily(STOCKS, "AAPL"), date(1900, 1, 1))
    change = f"{100 * (held['close'][-1] / held['close'][0] - 1):+.2f}%"
    assert equities.document("AAPL HP MAX")["blocks"][0]["footer"]["Change since 2013-02-08"] == change
    assert "Change since the first: " in equities.printed("AAPL GP MAX")


def test_figures_of_less_than_a_year_say_since_when(crypto, equities):
    block = crypto.blocks("BTCUSDT DES")["Since 2024-01-01"]
    labels = {field["label"] for field in block["fields"]}
    assert {"High since 2024-01-01", "High on", "Low since 2024-01-01", "Low on"} <= labels
    assert "BTCUSDT Crypto closes since 2024-01-01" in crypto.blocks("BTCUSDT DES")
    assert "52 weeks" in equities.blocks("AAPL DES")


def test_a_description_ends_with_the_closes_of_the_year_where_there_are_any(equities, crypto):
    document = equities.document("AAPL DES")
    chart, facts = document["blocks"][-1], equities.facts("AAPL DES")
    assert chart["type"] == "chart"
    rows = chart["bars"]
    assert max(row["high"] for row in rows) == facts["High"] and min(row["low"] for row in rows) == facts["Low"]
    assert all(block["type"] != "chart" for block in crypto.document("ETHUSDT DES")["blocks"])


def test_percentages_of_a_pair_have_two_decimals(equities):
    line = next(line for line in equities.printed("EURUSD DES").splitlines() if "%Chg" in line)
    assert len(line.split("%Chg")[1].split("%")[0].partition(".")[2]) == 2


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1D", "2018-02-05", "2018-02-06"),
        ("5D", "2018-02-01", "2018-02-06"),
        ("2W", "2018-01-23", "2018-02-06"),
        ("1M", "2018-01-06", "2018-02-06"),
        ("1Y", "2017-02-06", "2018-02-06"),
        ("YTD", "2018-01-01", "2018-02-06"),
        ("MAX", "1900-01-01", "2018-02-06"),
        ("2017-01-01..2017-01-31", "2017-01-01", "2017-02-01"),
        ("2017-01-01..", "2017-01-01", "2018-02-06"),
        ("9999Y", "1900-01-01", "2018-02-06"),
    ],
)
def test_periods_count_back_from_today(text, start, end):
    now = int(datetime(2018, 2, 5, 15, tzinfo=UTC).timestamp()) * 10**9
    found = [datetime.fromtimestamp(at / 1e9, UTC).date().isoformat() for at in resolve(Period(text), now)]
    assert found == [start, end]


def test_a_month_back_from_a_long_month_is_the_last_day_of_a_short_one():
    assert months_back(date(2018, 3, 31), 1) == date(2018, 2, 28)
    assert months_back(date(2020, 2, 29), 12) == date(2019, 2, 28)
    with pytest.raises(ValueError):
        months_back(date(2018, 3, 31), 12 * 3000)


def test_the_figures_of_a_year_leave_the_day_that_is_still_forming_out() -> None:
    times = [datetime(2018, 1, day, tzinfo=UTC) for day in range(1, 31)]
    closes = [100.0 + day for day in range(30)]
    frame = pl.DataFrame(
        {
            "time": pl.Series(times, dtype=pl.Datetime("us", "UTC")),
            **dict.fromkeys(("open", "high", "low", "close"), closes),
            "volume": [1.0] * 30,
        }
    )
    bars = Bars(key="X", interval=Interval.D1, frame=frame, provenance=Provenance(provider="t"), forming=True)
    instrument = Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSDT", currency="USDT")
    block = performance(instrument, bars, int(datetime(2018, 1, 30, 12, tzinfo=UTC).timestamp()) * 1_000_000_000)
    assert {field.label: field.value for field in block.fields}["High since 2018-01-01"] == 128.0


def test_the_changes_of_a_series_that_ended_long_ago_count_back_from_its_end_and_say_so() -> None:
    times = [datetime(2016, 3, 1, tzinfo=UTC) + timedelta(days=day) for day in range(394)]
    rising = pl.Series([1.0 + day for day in range(394)])
    frame = pl.DataFrame(
        {
            "time": pl.Series(times, dtype=pl.Datetime("us", "UTC")),
            **dict.fromkeys(("open", "high", "low", "close"), rising),
            "volume": pl.Series([None] * 394, dtype=pl.Float64),
        }
    )
    bars = Bars(key="X", interval=Interval.D1, frame=frame, provenance=Provenance(provider="t"))
    bond = Instrument(asset_class=AssetClass.GOVERNMENT, symbol="US10Y", currency="USD", kind=Kind.YIELD)
    block = performance(bond, bars, int(datetime(2018, 2, 5, tzinfo=UTC).timestamp()) * 1_000_000_000)
    facts = {field.label: field.value for field in block.fields}
    assert block.title == "52 weeks until 2017-03-29"
    assert (facts["1W"], facts["1M"]) == (7.0, 29.0)
