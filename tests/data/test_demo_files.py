"""The bundled demo files: sane always, and equal to their sources where those are at hand."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from datetime import date
from itertools import islice
from pathlib import Path

import polars as pl
import pytest

from financehub_tui.providers.bundled.catalogue import DEMO_FOLDER, catalogue
from financehub_tui.providers.bundled.data import BundledData

SOURCES = Path(__file__).parents[3] / "shared" / "data"
BAR_FILES = sorted({(name, one.file) for name in ("equities", "crypto") for one in catalogue(name).series})
PRICES = ("open", "high", "low", "close")
has_sources = pytest.mark.skipif(not SOURCES.is_dir(), reason="source data sets are not here")


def bars(scenario: str, file: str) -> pl.DataFrame:
    return pl.read_parquet(DEMO_FOLDER / scenario / file)


def test_the_package_stays_small() -> None:
    data = DEMO_FOLDER.parent
    assert sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) < 20_000_000


@pytest.mark.parametrize(("scenario", "file"), BAR_FILES)
def test_bars_are_sorted_unique_positive_and_consistent(scenario: str, file: str) -> None:
    frame = bars(scenario, file)
    assert frame.select("symbol", "time").is_unique().all()
    assert frame.equals(frame.sort("symbol", "time"))
    assert frame["close"].null_count() == 0
    low, high = pl.col("low"), pl.col("high")
    wrong = (low > high) | (pl.col("close") < low) | (pl.col("close") > high)
    wrong |= (pl.col("open") < low) | (pl.col("open") > high) | (pl.col("volume") < 0)
    assert frame.filter(wrong).height == 0
    prices = frame.filter(~pl.col("symbol").str.contains(r"^US\d+[MY]$"))
    assert prices.filter(pl.any_horizontal(pl.col(*PRICES) <= 0)).height == 0, "only yields may be zero"


@pytest.mark.parametrize(("scenario", "file"), BAR_FILES)
def test_prices_have_no_binary_noise(scenario: str, file: str) -> None:
    decimals = {one.symbol: one.decimals for one in catalogue(scenario).series if one.file == file}
    for (symbol,), frame in bars(scenario, file).group_by("symbol"):
        for name in PRICES:
            values = frame[name].drop_nulls()
            assert (values == values.round(decimals[str(symbol)])).all()


@pytest.mark.parametrize("scenario", ["equities", "crypto"])
def test_the_catalogue_says_what_the_files_hold(scenario: str) -> None:
    content, data = catalogue(scenario), BundledData(scenario)
    for one in content.series[::40] + content.series[-3:]:
        frame = data.frame(one)
        days = frame["time"].dt.date()
        assert (frame.height, str(days[0]), str(days[-1])) == (one.rows, one.first, one.last)
    assert all(one.source in content.sources for one in content.series)


@pytest.mark.parametrize("scenario", ["equities", "crypto"])
def test_every_source_has_its_licence_beside_the_data(scenario: str) -> None:
    folder = DEMO_FOLDER / scenario
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for source in catalogue(scenario).sources.values():
        assert source.licence
        assert source.title in readme
        assert not source.licence_file or (folder / "licences" / source.licence_file).read_text(encoding="utf-8")


def test_nothing_in_a_scenario_is_later_than_its_end() -> None:
    assert all(one.last <= "2018-02-07" for one in catalogue("equities").series)
    assert all(one.last <= "2024-08-08" for one in catalogue("crypto").series)


def test_a_known_bar_and_a_known_split() -> None:
    data = BundledData("equities")
    bar = data.daily_bar_of("Equity:XNAS:AAPL:USD:currency", date(2018, 2, 5))
    assert bar == (159.1, 163.88, 156.0, 156.49, 72_738_522.0)
    splits = [one for one in data.actions("AAPL") if one.kind == "split"]
    assert [(one.time, one.value) for one in splits] == [(1_402_272_000_000_000_000, 7.0)]
    assert data.actions("GE") == ()


def test_recorded_frames_are_in_order_and_hold_one_snapshot() -> None:
    for symbol in catalogue("crypto").recordings:
        frames = list(BundledData("crypto").recorded_frames(symbol))
        assert all(before[0] <= after[0] for before, after in zip(frames, islice(frames, 1, None), strict=False))
        assert sum(payload.startswith(b'{"lastUpdateId"') for _, payload in frames) == 1
        assert all(payload.endswith(b"}") for _, payload in frames)


@has_sources
@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
def test_recorded_frames_equal_their_source_byte_for_byte(symbol: str) -> None:
    folder = SOURCES / "crypto_raw_streams_binance_2024_08"
    parts = [gzip.decompress((folder / f"spot_{symbol.lower()}_{day}.gz").read_bytes()) for day in (20240808, 20240809)]
    written = b"".join(b"%d %b\n" % frame for frame in BundledData("crypto").recorded_frames(symbol))
    assert written == b"".join(parts)


@has_sources
@pytest.mark.parametrize("symbol", ["AAPL", "GOOGL", "BRK.B", "CHD", "ZTS"])
def test_stock_bars_equal_their_source(symbol: str) -> None:
    frame = bars("equities", "stocks.parquet").filter(pl.col("symbol") == symbol)
    path = SOURCES / "us_stocks_daily_sp500_2013_2018" / "individual_stocks_5yr.zip"
    with zipfile.ZipFile(path) as archive:
        text = io.TextIOWrapper(archive.open(f"individual_stocks_5yr/{symbol}_data.csv"), encoding="utf-8")
        source = {row["date"]: row for row in csv.DictReader(text)}
    assert frame.height == len(source)
    blanked = 0
    for row in frame.iter_rows(named=True):
        wanted = source[str(row["time"].date())]
        for name in (*PRICES, "volume"):
            if row[name] is None:
                blanked += 1
            else:
                assert row[name] == float(wanted[name])
    assert blanked <= 1


@has_sources
def test_currency_bars_are_the_source_points_as_prices() -> None:
    frame = bars("equities", "markets.parquet").filter(pl.col("symbol") == "USDJPY")
    with (SOURCES / "fx_bars_mt_ejtrader12" / "USDJPYd1.csv").open(encoding="utf-8") as file:
        source = {row["Date"][:10]: row for row in csv.DictReader(file)}
    for row in frame.iter_rows(named=True):
        wanted = source[str(row["time"].date())]
        assert [row[name] for name in PRICES] == [round(float(wanted[name])) / 1_000 for name in PRICES]


@has_sources
def test_bitcoin_days_equal_the_daily_candles_of_the_same_venue() -> None:
    import json

    path = SOURCES / "crypto_bars_coinbase_binance_ta4j" / "Coinbase-BTC-USD-PT1D-20230616_20231011.json"
    frame = bars("crypto", "markets.parquet").filter(pl.col("symbol") == "BTC-USD")
    days = {int(row["time"].timestamp()): row for row in frame.iter_rows(named=True)}
    for candle in json.loads(path.read_text())["candles"]:
        row = days[int(candle["start"])]
        assert [row[name] for name in PRICES] == [float(candle[name]) for name in PRICES]
        assert row["volume"] == pytest.approx(float(candle["volume"]), abs=1e-6)
