"""Reading the bundled files. Synchronous: a few milliseconds per series once Polars is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from financehub_tui.market.bars import BAR_COLUMNS, CorporateAction
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.providers.bundled.catalogue import DEMO_FOLDER, Catalogue, Series, catalogue

if TYPE_CHECKING:
    import polars as pl

_CHUNK = 8_192
_EURO = "EUR"


class DayBar(NamedTuple):
    """A whole day's bar. Sources that fix one price a day have a close only."""

    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: float | None


class BundledData:
    """All data of one scenario, whatever its clock says. Only the simulator may look at the running day."""

    def __init__(self, scenario: str) -> None:
        self._folder = DEMO_FOLDER / scenario
        self.catalogue: Catalogue = catalogue(scenario)
        self._days: dict[date, dict[tuple[str, str], DayBar]] = {}

    def series(self, instrument: Instrument) -> list[Series]:
        """The instrument's series, one per interval; empty where none is bundled."""
        return self.catalogue.find(instrument.asset_class, instrument.symbol, instrument.currency)

    def has_reference(self, instrument: Instrument) -> bool:
        """True for a currency pair both sides of which the ECB fixes."""
        sides = {instrument.symbol[:3], instrument.symbol[3:]}
        return instrument.asset_class is AssetClass.CURRENCY and len(sides) == 2 and sides <= self._fixed

    @cached_property
    def _fixed(self) -> frozenset[str]:
        return frozenset(self.catalogue.reference)

    def frame(self, series: Series) -> pl.DataFrame:
        """Every bar of a series, in the columns of `BAR_COLUMNS`."""
        import polars as pl

        lazy = pl.scan_parquet(self._folder / series.file).filter(pl.col("symbol") == series.symbol)
        return lazy.select(BAR_COLUMNS).collect()

    def reference(self, base: str, quote: str, decimals: int) -> pl.DataFrame:
        """A cross of the ECB reference rates as close-only bars: quote's rate / base's rate, rounded."""
        import polars as pl

        rates = pl.read_parquet(self._folder / "rates.parquet").with_columns(pl.lit(1.0).alias(_EURO))
        empty = pl.lit(None, pl.Float64)
        close = (pl.col(quote) / pl.col(base)).round(decimals)
        cells = [close.alias(name) if name == "close" else empty.alias(name) for name in BAR_COLUMNS[1:]]
        return rates.select("time", *cells)

    def actions(self, symbol: str) -> tuple[CorporateAction, ...]:
        """Splits and dividends of a US share by ex-date, where bundled."""
        path = self._folder / "actions.parquet"
        if not path.exists():
            return ()
        import polars as pl

        rows = pl.scan_parquet(path).filter(pl.col("symbol") == symbol).sort("time").collect()
        nanos = rows["time"].dt.timestamp("us").to_list()
        return tuple(
            CorporateAction(time=micros * 1_000, kind=kind, value=value, currency="USD" if kind == "dividend" else "")
            for micros, kind, value in zip(nanos, rows["kind"], rows["value"], strict=True)
        )

    def daily_bar_of(self, key: str, day: date) -> DayBar | None:
        """The whole bar of an instrument's day, for the simulator alone: it tells how the running day will end.

        All symbols of a day are read at once and kept, so that 500 calls cost one read.
        """
        asset_class, _, symbol, currency, _ = key.split(":")
        found = self.catalogue.find(AssetClass(asset_class), symbol, currency)
        daily = next((one for one in found if not one.interval.intraday), None)
        if daily is None:
            return None
        if day not in self._days:
            self._days[day] = self._read_day(day)
        return self._days[day].get((daily.file, symbol))

    def _read_day(self, day: date) -> dict[tuple[str, str], DayBar]:
        import polars as pl

        midnight = datetime.combine(day, time(0))
        files = {one.file for one in self.catalogue.series if not one.interval.intraday}
        bars: dict[tuple[str, str], DayBar] = {}
        for file in files:
            wanted = pl.col("time").dt.replace_time_zone(None) == midnight
            frame = pl.scan_parquet(self._folder / file).filter(wanted).collect()
            rows = frame.select("symbol", *BAR_COLUMNS[1:]).iter_rows()
            bars |= {(file, symbol): DayBar(*values) for symbol, *values in rows}
        return bars

    def recorded_frames(self, symbol: str) -> Iterator[tuple[int, bytes]]:
        """The recorded stream of a symbol in order: (receive time in ns since 1970 UTC, message as received).

        Raises FileNotFoundError for a symbol that is not in `catalogue.recordings`.
        """
        import polars as pl

        lazy = pl.scan_parquet(self._folder / f"frames_{symbol}.parquet")
        offset = 0
        while (chunk := lazy.slice(offset, _CHUNK).collect()).height:
            yield from zip(chunk["received"].to_list(), chunk["payload"].to_list(), strict=True)
            offset += chunk.height
