"""Bars in DuckDB: one row per bar, one row per series beside it that says what the bars are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui.market.bars import BAR_COLUMNS, Bars, CorporateAction, Interval
from financehub_tui.market.provenance import Adjustment, Delay, Provenance, Tier
from financehub_tui.storage.duckdb.query import first_row
from financehub_tui.storage.duckdb.stream import ArrowStream

if TYPE_CHECKING:
    import polars as pl
    from duckdb import DuckDBPyConnection

_FIELDS = (
    "id, instrument, interval, provider, adjustment, currency, unit, origin, endpoint, delay, notes, decimals, actions"
)
_PRICES = BAR_COLUMNS[1:]

_MERGE = """
    MERGE INTO bars b USING incoming i ON b.series = $series AND b.time = i.time
    WHEN MATCHED THEN UPDATE SET open = i.open, high = i.high, low = i.low, close = i.close, volume = i.volume,
        as_of = $as_of, fetched_at = $fetched_at, forming = i.forming
    WHEN NOT MATCHED THEN INSERT (series, time, open, high, low, close, volume, as_of, fetched_at, forming)
        VALUES ($series, i.time, i.open, i.high, i.low, i.close, i.volume, $as_of, $fetched_at, i.forming)"""

_SELECT = """
    SELECT time, open, high, low, close, volume, as_of, fetched_at, forming FROM bars
    WHERE series = ? AND time >= make_timestamp(?) AND time < make_timestamp(?) ORDER BY time"""

_NEWEST = """
    SELECT series FROM bars
    WHERE list_contains(?, series) AND time >= make_timestamp(?) AND time < make_timestamp(?)
    GROUP BY series ORDER BY max(time) DESC, max(fetched_at) DESC, series LIMIT 1"""

_STALE_BASIS = """
    DELETE FROM bars WHERE series = $series AND time < make_timestamp($at) AND fetched_at < $ex_date
    AND time NOT IN (SELECT time FROM incoming)"""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of stored bars is. The first eight fields are its identity: bars that differ in one never mix."""

    instrument: str
    interval: str
    provider: str
    adjustment: str
    currency: str
    unit: str
    origin: str
    """Tier of bars that were not real market data when they came (SIM, REPLAY), else empty."""
    id: int = 0
    endpoint: str = ""
    delay: str = ""
    notes: tuple[str, ...] = ()
    decimals: int | None = None
    actions: tuple[CorporateAction, ...] = ()

    @property
    def identity(self) -> tuple[str, ...]:
        """Equal for the same series."""
        return (self.provider, self.adjustment, self.currency, self.unit, self.origin)


class Catalog:
    """The series there are, by instrument and interval: read at opening, changed by the writing thread alone."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], tuple[Series, ...]] = {}
        self._last_id = 0

    def load(self, connection: DuckDBPyConnection) -> None:
        """Read all series."""
        by_key: dict[tuple[str, str], tuple[Series, ...]] = {}
        self._last_id = 0
        for row in connection.execute(f"SELECT {_FIELDS} FROM series ORDER BY id").fetchall():  # noqa: S608
            series = _from_row(row)
            key = (series.instrument, series.interval)
            by_key[key] = (*by_key.get(key, ()), series)
            self._last_id = series.id
        self._by_key = by_key

    def find(self, key: str, interval: Interval) -> tuple[Series, ...]:
        """Every series of an instrument."""
        return self._by_key.get((key, interval.value), ())

    def settle(self, connection: DuckDBPyConnection, wanted: Series) -> Series:
        """The series with its id, made or brought up to date in the database."""
        key = (wanted.instrument, wanted.interval)
        others = tuple(series for series in self._by_key.get(key, ()) if series.identity != wanted.identity)
        known = next((s for s in self._by_key.get(key, ()) if s.identity == wanted.identity), None)
        if known is None:
            settled = msgspec.structs.replace(wanted, id=self._last_id + 1)
        else:
            actions = {(a.time, a.kind): a for a in (*known.actions, *wanted.actions)}
            merged = tuple(sorted(actions.values(), key=lambda action: (action.time, action.kind)))
            decimals = known.decimals if wanted.decimals is None else wanted.decimals
            settled = msgspec.structs.replace(wanted, id=known.id, actions=merged, decimals=decimals)
        if settled != known:
            connection.execute("DELETE FROM series WHERE id = ?", [settled.id])
            connection.execute(
                f"INSERT INTO series ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                _to_row(settled),
            )
            self._by_key[key] = (*others, settled)
            self._last_id = max(self._last_id, settled.id)
        return settled


def write_bars(connection: DuckDBPyConnection, catalog: Catalog, bars: Bars) -> int:
    """Merge one series; rows written."""
    if bars.frame.is_empty():
        return 0
    series = catalog.settle(connection, _series_of(bars))
    incoming = _rows(bars)
    connection.register("incoming", ArrowStream(incoming))
    try:
        _drop_stale_basis(connection, series, bars)
        connection.execute(
            _MERGE,
            {"series": series.id, "as_of": bars.provenance.as_of, "fetched_at": bars.provenance.fetched_at},
        )
    finally:
        connection.unregister("incoming")
    return incoming.height


def read_bars(
    connection: DuckDBPyConnection, candidates: tuple[Series, ...], interval: Interval, start: int, end: int
) -> Bars | None:
    """The bars of the candidate with the newest bar in the window; None where no candidate has any."""
    import polars as pl

    window = [-(-start // 1_000), -(-end // 1_000)]
    series = candidates[0] if len(candidates) == 1 else _newest(connection, candidates, window)
    if series is None:
        return None
    relation = connection.sql(_SELECT, params=[series.id, *window])
    rows = pl.DataFrame(ArrowStream(relation))
    return None if rows.is_empty() else _to_bars(series, interval, rows, start, end)


def _newest(connection: DuckDBPyConnection, candidates: tuple[Series, ...], window: list[int]) -> Series | None:
    if not candidates:
        return None
    row = first_row(connection, _NEWEST, [[series.id for series in candidates], *window])
    return None if row is None else next(series for series in candidates if series.id == row[0])


def _series_of(bars: Bars) -> Series:
    origin = bars.provenance
    return Series(
        instrument=bars.key,
        interval=bars.interval.value,
        provider=origin.provider,
        adjustment=origin.adjustment.value,
        currency=origin.currency,
        unit=origin.unit,
        origin=origin.tier.value if origin.tier in (Tier.SIMULATED, Tier.REPLAY) else "",
        endpoint=origin.endpoint,
        delay=origin.delay.value,
        notes=origin.notes,
        decimals=bars.decimals,
        actions=bars.actions,
    )


def _rows(bars: Bars) -> pl.DataFrame:
    """The frame as it is stored: naive UTC times, no NaN, one row per time, the last row marked where it forms."""
    import polars as pl

    frame = bars.frame.select(
        pl.col("time").dt.cast_time_unit("us").dt.replace_time_zone(None),
        *(pl.col(name).cast(pl.Float64).fill_nan(None) for name in _PRICES),
    )
    if (frame["time"].cast(pl.Int64).diff(null_behavior="drop") <= 0).any():
        frame = frame.unique(subset="time", keep="last").sort("time")
    forming = pl.int_range(pl.len()) == pl.len() - 1 if bars.forming else pl.lit(value=False)
    return frame.with_columns(forming=forming)


def _drop_stale_basis(connection: DuckDBPyConnection, series: Series, bars: Bars) -> None:
    """Forget adjusted bars fetched before a split (or dividend) that this answer reports: their basis has changed."""
    if series.adjustment == Adjustment.NONE.value:
        return
    for action in bars.actions:
        if action.kind == "split" or series.adjustment == Adjustment.SPLIT_DIVIDEND.value:
            connection.execute(_STALE_BASIS, {"series": series.id, "at": action.time // 1_000, "ex_date": action.time})


def _to_bars(series: Series, interval: Interval, rows: pl.DataFrame, start: int, end: int) -> Bars:
    import polars as pl

    *_, as_of, fetched_at, forming = rows.row(-1)
    # A bar that was forming when it was stored and has others behind it was never completed: it is no bar.
    kept = rows.filter(~pl.col("forming") | (pl.int_range(pl.len()) == pl.len() - 1))
    return Bars(
        key=series.instrument,
        interval=interval,
        frame=kept.select(pl.col("time").dt.replace_time_zone("UTC"), *_PRICES),
        provenance=Provenance(
            provider=series.provider,
            endpoint=series.endpoint,
            as_of=as_of,
            fetched_at=fetched_at,
            tier=Tier(series.origin) if series.origin else Tier.STORE,
            delay=Delay(series.delay),
            currency=series.currency,
            unit=series.unit,
            adjustment=Adjustment(series.adjustment),
            notes=series.notes,
        ),
        decimals=series.decimals,
        actions=tuple(action for action in series.actions if start <= action.time < end),
        forming=forming,
    )


def _to_row(series: Series) -> list[object]:
    return [
        series.id,
        series.instrument,
        series.interval,
        *series.identity,
        series.endpoint,
        series.delay,
        msgspec.json.encode(series.notes).decode(),
        series.decimals,
        msgspec.json.encode(series.actions).decode(),
    ]


def _from_row(row: tuple[object, ...]) -> Series:
    values = dict(zip((name.strip() for name in _FIELDS.split(",")), row, strict=True))
    values["notes"] = msgspec.json.decode(str(values["notes"]), type=tuple[str, ...])
    values["actions"] = msgspec.json.decode(str(values["actions"]), type=tuple[CorporateAction, ...])
    return msgspec.convert(values, Series)
