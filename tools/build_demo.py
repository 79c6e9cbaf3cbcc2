"""Build the bundled demo data: `python -m tools.build_demo DATA_FOLDER`.

Writes `financehub_tui/data/demo/{equities,crypto}/`: Parquet files, a catalogue, the licences and a README each.
"""

from __future__ import annotations

import shutil
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from financehub_tui.clock import NANOS, to_nanos
from financehub_tui.market.currencies import pair_decimals
from financehub_tui.providers.bundled.catalogue import DEMO_FOLDER, Catalogue, Series, Source
from tools import demo_frames as read
from tools.demo_readme import readme
from tools.demo_sources import SOURCES

NEW_YORK = ZoneInfo("America/New_York")
ROW_GROUP = 25_200
"""Rows read to get at one symbol: twenty symbols of five years."""
FRAME_GROUP = 8_192
LEVEL = 19
LEAN_FUNDS = ("SPY", "QQQ", "IWM", "EEM", "USO")
LEAN_ACTIONS = ("AAPL", "BAC", "GOOGL", "IBM", "QQQ")
FINDATA_FUNDS = ("TLT", "IEF", "SHY")
FX = ("EURUSD", "GBPUSD", "USDJPY", "USDCHF", "AUDUSD", "USDCAD", "EURGBP", "EURJPY", "EURCHF", "GBPJPY", "AUDJPY")
SPOT = {
    "WTI": ("oil_daily/wti-daily.csv", "oil"),
    "BRENT": ("oil_daily/brent-daily.csv", "oil"),
    "NATGAS": ("natural_gas_daily/daily.csv", "gas"),
}
BTC_4H = "Coinbase-BTC-USD-PT4H-20160518_20251028.json"
ETH_4H = "Coinbase-ETH-USD-PT4H-20160518_20251028.json"
ETH_1D = "Coinbase-ETH-USD-PT1D-20160517_20251028.json"
CRYPTO_LAST = date(2024, 8, 8)
RECORDED = ("BTCUSDT", "ETHUSDT")


class Scenario:
    """Collects the series of one scenario and writes them."""

    def __init__(self, name: str, data: Path) -> None:
        self.name = name
        self.data = data
        self.folder = DEMO_FOLDER / name
        self.series: list[Series] = []
        self._frames: dict[str, list[pl.DataFrame]] = {}
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def add(self, frame: pl.DataFrame, **about: object) -> None:
        """A series: its bars and the fields of its catalogue entry."""
        days = frame["time"].dt.date()
        entry = {"rows": frame.height, "first": str(days[0]), "last": str(days[-1]), **about}
        one = msgspec.convert(entry, Series)
        self.series.append(one)
        self._frames.setdefault(one.file, []).append(frame.select(pl.lit(one.symbol).alias("symbol"), *read.COLUMNS))

    def write(self, name: str, frame: pl.DataFrame, row_group: int = ROW_GROUP) -> None:
        """One Parquet file."""
        path = self.folder / name
        frame.write_parquet(path, compression="zstd", compression_level=LEVEL, row_group_size=row_group)
        print(f"{self.name}/{name}: {frame.height:,} rows, {path.stat().st_size:,} bytes")

    def close(self, **about: object) -> None:
        """Write what was collected, the catalogue, the licences and the README."""
        for name, frames in self._frames.items():
            self.write(name, pl.concat(frames).sort("symbol", "time"))
        used = {one.source for one in self.series} | ({"ecb"} if about["reference"] else set())
        used |= {"recording"} if about["recordings"] else set()
        sources = {key: SOURCES[key] for key in sorted(used)}
        sources = {key: self._with_licence(key, source) for key, source in sources.items()}
        ordered = sorted(self.series, key=lambda one: (one.file, one.symbol))
        content = msgspec.convert({"name": self.name, "sources": {}, "series": [], **about}, Catalogue)
        content = msgspec.structs.replace(content, sources=sources, series=ordered)
        (self.folder / "catalogue.json").write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1))
        (self.folder / "README.md").write_text(readme(content), encoding="utf-8")

    def _with_licence(self, key: str, source: Source) -> Source:
        """Copy the licence text of a source beside the data."""
        if not source.licence_file:
            return source
        name = f"{key}.txt"
        target = self.folder / "licences" / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((self.data / source.licence_file).read_bytes())
        return msgspec.structs.replace(source, licence_file=name)


def equities(data: Path) -> None:
    """The US session of 5 to 7 February 2018 and the years before it."""
    scenario = Scenario("equities", data)
    stocks = read.sp500(data)
    for symbol, frame in stocks.items():
        scenario.add(
            frame,
            asset_class="Equity",
            symbol=symbol,
            file="stocks.parquet",
            source="sp500",
            decimals=4,
            adjustment="split",
        )
    funds = {symbol: read.lean_daily(data, symbol) for symbol in LEAN_FUNDS}
    for symbol, frame in funds.items():
        scenario.add(frame, asset_class="Equity", symbol=symbol, file="markets.parquet", source="lean", decimals=4)
    for symbol in FINDATA_FUNDS:
        scenario.add(
            read.findata(data, symbol),
            asset_class="Equity",
            symbol=symbol,
            file="markets.parquet",
            source="findata",
            decimals=2,
            adjustment="split",
        )
    _markets(scenario)
    _coins(scenario, read.LAST)
    scenario.write("rates.parquet", rates := read.ecb(data))
    scenario.write("actions.parquet", _actions(data, stocks | funds))
    opening, ending = (datetime(2018, 2, 5, 10, tzinfo=NEW_YORK), datetime(2018, 2, 7, 16, tzinfo=NEW_YORK))
    scenario.close(
        title="DEMO equities 2018-02-05",
        start=to_nanos(opening),
        end=to_nanos(ending),
        era="2018",
        reference=["EUR", *rates.columns[1:]],
        recordings=[],
    )


def _markets(scenario: Scenario) -> None:
    """Indices, spot commodities, currencies, gold and Treasury yields."""
    data, file = scenario.data, "markets.parquet"
    scenario.add(
        read.spx_closes(data),
        asset_class="Index",
        symbol="SPX",
        file=file,
        source="skfolio",
        decimals=2,
    )
    scenario.add(
        read.vix(data), asset_class="Index", symbol="VIX", file=file, source="vix", decimals=2, closes="us-index"
    )
    for symbol, (path, source) in SPOT.items():
        scenario.add(
            read.spot(data, path),
            asset_class="Comdty",
            symbol=symbol,
            file=file,
            source=source,
            decimals=2,
            closes="new-york",
        )
    for symbol in (*FX, "XAUUSD"):
        decimals = pair_decimals(symbol[:3], symbol[3:])
        scenario.add(
            read.fx(data, symbol),
            asset_class="Curncy",
            symbol=symbol,
            currency=symbol[3:],
            file=file,
            source="fx",
            decimals=decimals,
            closes="new-york",
        )
    for symbol, frame in read.treasuries(data).items():
        scenario.add(
            frame,
            asset_class="Govt",
            symbol=symbol,
            file=file,
            source="treasury",
            decimals=2,
            closes="new-york",
        )


def _coins(scenario: Scenario, last: date) -> None:
    """Bitcoin and ether on Coinbase: four hours, and whole UTC days."""
    btc = read.coinbase(scenario.data, BTC_4H, last)
    eth = read.coinbase(scenario.data, ETH_4H, last)
    about = {"asset_class": "Crypto", "source": "coinbase", "decimals": 2, "closes": "utc"}
    for symbol, frame in (("BTC-USD", btc), ("ETH-USD", eth)):
        scenario.add(frame, symbol=symbol, interval="4h", file="bars_4h.parquet", **about)
    eth_daily = read.coinbase(scenario.data, ETH_1D, last)
    for symbol, frame in (("BTC-USD", read.daily(btc)), ("ETH-USD", eth_daily)):
        scenario.add(frame, symbol=symbol, file="markets.parquet", **about)


def _actions(data: Path, bars: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Splits and dividends by ex-date."""
    rows = [
        (symbol, day, kind, value)
        for symbol in LEAN_ACTIONS
        for day, kind, value in read.lean_actions(data, symbol, bars[symbol]["time"].dt.date())
    ]
    frame = pl.DataFrame(
        rows, schema={"symbol": pl.String, "day": pl.Date, "kind": pl.String, "value": pl.Float64}, orient="row"
    )
    return frame.select("symbol", pl.col("day").cast(read.TIME).alias("time"), "kind", "value")


def crypto(data: Path) -> None:
    """The recorded Binance streams around midnight UTC of 8 August 2024 and the history before them."""
    scenario = Scenario("crypto", data)
    recorded = {symbol: read.frames(data, symbol) for symbol in RECORDED}
    for symbol, frame in recorded.items():
        scenario.write(f"frames_{symbol}.parquet", frame, FRAME_GROUP)
    _coins(scenario, CRYPTO_LAST)
    scenario.add(
        read.binance_15m(data, CRYPTO_LAST),
        asset_class="Crypto",
        symbol="BTCUSDT",
        currency="USDT",
        interval="15m",
        file="bars_15m.parquet",
        source="binance",
        decimals=2,
        closes="utc",
    )
    first = min(frame["received"][0] for frame in recorded.values())
    end = max(frame["received"][-1] for frame in recorded.values())
    scenario.close(
        title="DEMO crypto 2024-08-08",
        start=first + 60 * NANOS,
        end=end,
        era="",
        reference=[],
        recordings=list(RECORDED),
    )


def main(data: Path) -> None:
    """Both scenarios."""
    equities(data)
    crypto(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
