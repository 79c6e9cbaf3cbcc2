"""Read the source sets of the demo data into one form.

Every reader gives the columns of `COLUMNS`, sorted by time: daily series carry midnight UTC of the exchange date,
intraday series the start of the bar.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl

from financehub_tui.market.currencies import pair_decimals

COLUMNS = ("time", "open", "high", "low", "close", "volume")
PRICES = ("open", "high", "low", "close")
TIME = pl.Datetime("us", "UTC")
FIRST = date(2013, 2, 8)
LAST = date(2018, 2, 7)
"""First and last day of the equities scenario's history; series that are small reach further back."""


def at_midnight(column: str, form: str = "%Y-%m-%d") -> pl.Expr:
    """A date column as midnight UTC."""
    return pl.col(column).str.extract(r"^(\S+)").str.to_date(form).cast(TIME).alias("time")


def shaped(frame: pl.DataFrame, decimals: int, first: date | None = None, last: date | None = LAST) -> pl.DataFrame:
    """Fill in missing columns, cut to dates, drop rows without any price, round away binary noise."""
    absent = [pl.lit(None, pl.Float64).alias(name) for name in COLUMNS if name not in frame.columns]
    frame = frame.with_columns(absent).with_columns(pl.col(*PRICES).cast(pl.Float64).round(decimals))
    day = pl.col("time").dt.date()
    if first is not None:
        frame = frame.filter(day >= first)
    if last is not None:
        frame = frame.filter(day <= last)
    frame = frame.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in PRICES))
    bars = frame.select(pl.col("time").cast(TIME), *PRICES, pl.col("volume").cast(pl.Float64)).sort("time")
    return consistent(bars)


def consistent(frame: pl.DataFrame) -> pl.DataFrame:
    """Blank prices that contradict their own bar: an open outside low..high; all but the close where that is outside.

    The S&P 500 set has twelve such rows of 619,040, mostly around spin-offs and splits; the VIX has 47, up to 2006.
    """
    outside = [(pl.col(name) < pl.col("low")) | (pl.col(name) > pl.col("high")) for name in ("open", "close")]
    broken = (outside[1] | (pl.col("low") > pl.col("high"))).fill_null(value=False)
    open_only = outside[0].fill_null(value=False)
    return frame.with_columns(
        pl.when(broken | open_only).then(None).otherwise(pl.col("open")).alias("open"),
        pl.when(broken).then(None).otherwise(pl.col("high")).alias("high"),
        pl.when(broken).then(None).otherwise(pl.col("low")).alias("low"),
    )


def sp500(data: Path) -> dict[str, pl.DataFrame]:
    """Ticker to daily bars of the S&P 500 set, prices with up to four decimals as published."""
    series = {}
    path = data / "us_stocks_daily_sp500_2013_2018" / "individual_stocks_5yr.zip"
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith("_data.csv") and "__MACOSX" not in name:
                frame = pl.read_csv(archive.read(name), infer_schema_length=None)
                bars = shaped(frame.with_columns(at_midnight("date")), 4)
                series[Path(name).name.removesuffix("_data.csv")] = bars
    return dict(sorted(series.items()))


def lean_daily(data: Path, ticker: str) -> pl.DataFrame:
    """Unadjusted daily bars of a LEAN file: prices are stored times 10,000."""
    path = data / "lean_us_equity" / "equity" / "usa" / "daily" / f"{ticker.lower()}.zip"
    with zipfile.ZipFile(path) as archive:
        content = archive.read(archive.namelist()[0])
    frame = pl.read_csv(content, has_header=False, new_columns=["day", *PRICES, "volume"], infer_schema_length=0)
    scaled = [pl.col(name).cast(pl.Float64) / 10_000 for name in PRICES]
    return shaped(frame.with_columns(at_midnight("day", "%Y%m%d"), *scaled), 4, FIRST)


def lean_actions(data: Path, ticker: str, days: pl.Series) -> list[tuple[date, str, float]]:
    """(ex-date, kind, value) from a LEAN factor file, for tickers whose dividends it holds to the tenth of a cent.

    A row holds the factors that apply up to its date; the price factor of a dividend d after a close c is 1 - d/c of
    the next row's. Dividends are given per share of today's count, as the split-adjusted prices are.
    """
    path = data / "lean_us_equity" / "equity" / "usa" / "factor_files" / f"{ticker.lower()}.csv"
    rows = [line.split(",") for line in path.read_text().split()]
    found: list[tuple[date, str, float]] = []
    final = next(float(row[2]) for row in rows if row[0] > f"{LAST:%Y%m%d}")
    for row, after in pairwise(rows):
        ex = next((day for day in days if day > date.fromisoformat(row[0])), None)
        if ex is None or ex == days[0]:
            continue
        if row[2] != after[2]:
            found.append((ex, "split", round(float(after[2]) / float(row[2]), 4)))
        paid = float(row[3]) * (1 - float(row[1]) / float(after[1]))
        if paid > 0.001:
            found.append((ex, "dividend", round(round(paid, 3) * float(after[2]) / final, 6)))
    return found


def findata(data: Path, ticker: str) -> pl.DataFrame:
    """Split-adjusted daily bars of a fund; the source's single-precision noise is rounded away."""
    with zipfile.ZipFile(data / "us_stocks_daily_long_history_findata16" / "daily_csv.zip") as archive:
        frame = pl.read_csv(archive.read(f"{ticker}.csv"))
    lower = frame.rename({name: name.lower() for name in ("Open", "High", "Low", "Close", "Volume")})
    return shaped(lower.with_columns(at_midnight("Date")), 2, FIRST)


def vix(data: Path) -> pl.DataFrame:
    """Cboe VIX daily, points."""
    frame = pl.read_csv(data / "core_datasets" / "vix_daily" / "vix-daily.csv")
    return shaped(frame.rename({name.upper(): name for name in PRICES}).with_columns(at_midnight("DATE")), 2)


def spot(data: Path, path: str) -> pl.DataFrame:
    """A daily spot price of the EIA: closes only."""
    frame = pl.read_csv(data / "core_datasets" / path)
    return shaped(frame.with_columns(at_midnight("Date"), pl.col("Price").alias("close")), 2)


def spx_closes(data: Path) -> pl.DataFrame:
    """S&P 500 index closes."""
    path = data / "us_stocks_daily_closes_portfolio_sets" / "skfolio_sp500_index.csv.gz"
    frame = pl.read_csv(io.BytesIO(gzip.decompress(path.read_bytes())))
    return shaped(frame.with_columns(at_midnight("Date"), pl.col("SP500").alias("close")), 2)


def fx(data: Path, symbol: str) -> pl.DataFrame:
    """Daily bars of a currency pair; the source counts in points. Its tick counts are no volume and are dropped."""
    decimals = pair_decimals(symbol[:3], symbol[3:])
    frame = pl.read_csv(data / "fx_bars_mt_ejtrader12" / f"{symbol}d1.csv")
    scaled = [pl.col(name) / 10**decimals for name in PRICES]
    return shaped(frame.drop("tick_volume").with_columns(at_midnight("Date"), *scaled), decimals)


def ecb(data: Path) -> pl.DataFrame:
    """Euro reference rates: `time`, then one column per currency quoted to the end, units of it for one euro."""
    with zipfile.ZipFile(data / "fx_ecb_eurofxref_hist" / "eurofxref-hist.zip") as archive:
        frame = pl.read_csv(archive.read(archive.namelist()[0]), infer_schema_length=0, null_values="N/A")
    codes = [name for name in frame.columns if re.fullmatch("[A-Z]{3}", name)]
    frame = frame.with_columns(at_midnight("Date"), pl.col(codes).cast(pl.Float64))
    frame = frame.filter(pl.col("time").dt.date().is_between(FIRST, LAST)).sort("time")
    return frame.select("time", *[code for code in codes if frame[code].null_count() == 0])


def treasuries(data: Path) -> dict[str, pl.DataFrame]:
    """Tenor symbol to par yields in percent, to the end of the source in March 2017."""
    frame = pl.read_csv(data / "us_treasury_curve_daily" / "zipline_treasury_curves.csv")
    series = {}
    for column in frame.columns[1:]:
        symbol = "US" + column.replace("month", "M").replace("year", "Y")
        percent = frame.with_columns(
            at_midnight(frame.columns[0]), (pl.col(column).cast(pl.Float64) * 100).alias("close")
        )
        series[symbol] = shaped(percent, 2)
    return series


def coinbase(data: Path, name: str, last: date) -> pl.DataFrame:
    """Coinbase candles, prices in USD with two decimals; volume in base units."""
    content = json.loads((data / "crypto_bars_coinbase_binance_ta4j" / name).read_text())
    frame = pl.DataFrame(content["candles"]).with_columns(
        pl.from_epoch(pl.col("start").cast(pl.Int64)).dt.replace_time_zone("UTC").alias("time"),
        pl.col(*PRICES, "volume").cast(pl.Float64),
    )
    return shaped(frame.unique("time", keep="first", maintain_order=True), 2, None, last)


def daily(frame: pl.DataFrame) -> pl.DataFrame:
    """Whole UTC days from intraday bars."""
    grouped = frame.group_by_dynamic("time", every="1d")
    bars = grouped.agg(
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").last(),
        pl.col("volume").sum(),
    )
    return bars.with_columns(pl.col("volume").round(8))


def binance_15m(data: Path, last: date) -> pl.DataFrame:
    """BTCUSDT 15-minute bars from the first whole UTC day on. The source stamps the bar's end, with an offset."""
    path = data / "crypto_klines_1m_binance" / "BTCUSDT_1m_2024-12_and_15m_2024.zip"
    with zipfile.ZipFile(path) as archive:
        frame = pl.read_csv(archive.read("BTCUSDT_15m.csv"))
    end = pl.col("close_datetime").str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", time_unit="us")
    start = (end.dt.convert_time_zone("UTC") + pl.duration(milliseconds=1)).dt.offset_by("-15m")
    return shaped(frame.with_columns(start.alias("time")), 2, date(2024, 1, 1), last)


def frames(data: Path, symbol: str) -> pl.DataFrame:
    """A recorded Binance stream in order: `received` (ns since 1970 UTC) and `payload`, exactly as received."""
    received: list[int] = []
    payloads: list[bytes] = []
    for day in ("20240808", "20240809"):
        path = data / "crypto_raw_streams_binance_2024_08" / f"spot_{symbol.lower()}_{day}.gz"
        for line in gzip.decompress(path.read_bytes()).split(b"\n")[:-1]:
            stamp, payload = line.split(b" ", 1)
            received.append(int(stamp))
            payloads.append(payload)
    return pl.DataFrame(
        {"received": received, "payload": payloads}, schema={"received": pl.Int64, "payload": pl.Binary}
    )
