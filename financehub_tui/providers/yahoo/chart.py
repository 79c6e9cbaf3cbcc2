"""A chart answer to a bar series: units, corporate actions, adjustment, frame."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, tzinfo
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import NANOS, to_datetime, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, CorporateAction, Interval
from financehub_tui.market.instrument import Instrument, Unit
from financehub_tui.market.provenance import Adjustment, Delay, Reason
from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.yahoo.chart_wire import ENDPOINT, Chart, Meta, Payment, Split
from financehub_tui.providers.yahoo.quote import scaled_decimals, volume_is_money, zero_is_no_volume
from financehub_tui.providers.yahoo.rows import (
    DAY,
    Row,
    exchange_zone,
    local_date,
    merged,
    midnight,
    period_start,
    rows_of,
)
from financehub_tui.providers.yahoo.units import CurrencyMismatchError, currency_unit, price_scale
from financehub_tui.providers.yahoo.wire import PROVIDER, provenance

if TYPE_CHECKING:
    import polars as pl

_SMALLEST_FACTOR = 1e-6
_PRICES = ("open", "high", "low", "close", "adjusted")


class Series(msgspec.Struct, frozen=True):
    """One or more chart answers for one request, in order of time."""

    meta: Meta
    rows: list[Row]
    actions: tuple[CorporateAction, ...]


def series_of(charts: Sequence[Chart], request: BarRequest) -> Series:
    """Put pages together; a bar two pages have counts as the later page has it. At least one chart."""
    rows = {row.time: row for chart in charts for row in rows_of(chart, request)}
    actions = {(action.time, action.kind, action.value): action for chart in charts for action in actions_of(chart)}
    return Series(
        charts[-1].meta, [rows[time] for time in sorted(rows)], tuple(actions[key] for key in sorted(actions))
    )


def half_hours(quarters: Series) -> Series:
    """Bars of 15 minutes put together to 30, counted from the opening (India's is at a quarter past)."""
    periods = quarters.meta.current_trading_period
    opening = periods.regular.start if periods and periods.regular and periods.regular.start else 0
    rows: list[Row] = []
    for row in quarters.rows:
        slot = row.time - (row.time - opening) % 1_800
        if rows and rows[-1].time == slot:
            rows[-1] = merged(rows[-1], row)
        else:
            rows.append(row._replace(time=slot))
    return Series(quarters.meta, rows, quarters.actions)


def bars_of(series: Series, instrument: Instrument, request: BarRequest, now: int, notes: tuple[str, ...] = ()) -> Bars:
    """The bar series asked for; `now` in ns since 1970 UTC.

    Raises ProviderError: NO_DATA where the window is empty, BAD_ANSWER for another currency than the
    instrument's or an adjusted close that cannot be used.
    """
    start, end = request.start // NANOS, -(-request.end // NANOS)
    kept = [row for row in series.rows if start <= row.time < end]
    if not kept:
        raise _nothing(series.meta, instrument)
    adjustment = _adjustment(series, request)
    scale = _scale(instrument, series.meta)
    days = UTC if not request.interval.intraday else exchange_zone(series.meta)
    frame = _frame(kept, series, scale, adjustment, days)
    if volume_is_money(instrument):
        notes = (*notes, "volumes are not given in coins")
    frame = _told_volume(frame, instrument)
    if adjustment is not request.adjustment:
        notes = (*notes, "no dividend adjustment below one day")
    return Bars(
        key=instrument.key,
        interval=request.interval,
        frame=frame,
        decimals=scaled_decimals(series.meta.price_hint, scale),
        actions=tuple(action for action in series.actions if start <= action.time // NANOS < end),
        forming=_forming(series.meta, kept[-1].time, request.interval, now // NANOS),
        provenance=provenance(
            ENDPOINT,
            kept[-1].time * NANOS,
            now,
            instrument,
            delay=Delay.DELAYED if request.interval.intraday else Delay.END_OF_DAY,
            adjustment=adjustment,
            notes=notes,
        ),
    )


def _nothing(meta: Meta, instrument: Instrument) -> ProviderError:
    delisted = meta.exchange_name == "YHD"
    what = f"{meta.symbol or instrument.symbol} has no bars in that window" + (" (delisted)" if delisted else "")
    return ProviderError(PROVIDER, Reason.NO_DATA, what, endpoint=ENDPOINT)


def _scale(instrument: Instrument, meta: Meta) -> float:
    try:
        return price_scale(instrument, meta.currency)
    except CurrencyMismatchError as error:
        raise bad_answer(PROVIDER, ENDPOINT, str(error), "meta.currency") from None


def _adjustment(series: Series, request: BarRequest) -> Adjustment:
    if request.adjustment is Adjustment.SPLIT_DIVIDEND and request.interval.intraday:
        return Adjustment.SPLIT
    return request.adjustment


def _frame(rows: list[Row], series: Series, scale: float, adjustment: Adjustment, days: tzinfo) -> pl.DataFrame:
    """`days` is the zone in whose midnight the bars' days begin."""
    import polars as pl

    frame = pl.DataFrame(rows, schema=dict.fromkeys(Row._fields, pl.Float64) | {"time": pl.Int64}, orient="row")
    frame = frame.with_columns(_without_noise(pl.col(name)) for name in _PRICES)
    if adjustment is Adjustment.SPLIT_DIVIDEND:
        frame = _dividend_adjusted(frame)
    elif adjustment is Adjustment.NONE:
        frame = _before_splits(frame, series.actions, days)
    if scale != 1.0:
        frame = frame.with_columns((pl.col(name) * scale).round_sig_figs(10) for name in _PRICES)
    time = pl.from_epoch(pl.col("time"), time_unit="s").dt.cast_time_unit("us").dt.replace_time_zone("UTC")
    return frame.with_columns(time).drop("adjusted")


def _told_volume(frame: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """As `volume_of` for every bar."""
    import polars as pl

    volume = pl.col("volume")
    if volume_is_money(instrument):
        return frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("volume"))
    if zero_is_no_volume(instrument):
        return frame.with_columns(pl.when(volume != 0).then(volume))
    return frame


def _without_noise(column: pl.Expr) -> pl.Expr:
    """Yahoo writes 32-bit prices out as 64-bit numbers: 75.0875015258789 was 75.0875."""
    import polars as pl

    single = column.cast(pl.Float32)
    short = single.cast(pl.String).cast(pl.Float64)
    return pl.when(single.cast(pl.Float64) == column).then(short).otherwise(column)


def _dividend_adjusted(frame: pl.DataFrame) -> pl.DataFrame:
    """All prices by the ratio of adjusted close to close. A live row without one has no dividend after it."""
    import polars as pl

    factor = (pl.col("adjusted") / pl.col("close")).backward_fill().fill_null(1.0)
    usable = frame.select((factor.is_finite() & (factor > _SMALLEST_FACTOR)).all()).item()
    if frame["adjusted"].null_count() == frame.height or not usable:
        raise bad_answer(PROVIDER, ENDPOINT, "the adjusted close is missing or broken", "indicators.adjclose")
    return frame.with_columns((pl.col(name) * factor).round_sig_figs(10) for name in _PRICES[:4])


def _before_splits(frame: pl.DataFrame, actions: Sequence[CorporateAction], days: tzinfo) -> pl.DataFrame:
    """Undo splits: every bar before an ex-date is multiplied by the new shares per old one, its volume divided."""
    import polars as pl

    factor = pl.lit(1.0)
    for action in actions:
        if action.kind == "split":
            day = datetime.combine(to_datetime(action.time), time(0), days)
            before = pl.col("time") < to_nanos(day) // NANOS
            factor = factor * pl.when(before).then(action.value).otherwise(1.0)
    prices = [(pl.col(name) * factor).round_sig_figs(10) for name in _PRICES]
    return frame.with_columns(*prices, (pl.col("volume") / factor).round())


def actions_of(chart: Chart) -> list[CorporateAction]:
    """Dividends and distributions in the currency's major unit, splits as new shares per old one."""
    events = chart.events
    if events is None:
        return []
    zone = exchange_zone(chart.meta)
    paid = [*(events.dividends or {}).values(), *(events.capital_gains or {}).values()]
    found = [_dividend(payment, chart.meta, midnight(local_date(payment.date, zone))) for payment in paid]
    found += [_split(split, midnight(local_date(split.date, zone))) for split in (events.splits or {}).values()]
    return [action for action in found if action is not None]


def _dividend(payment: Payment, meta: Meta, day: int) -> CorporateAction | None:
    if payment.amount is None:
        return None
    code = payment.currency or meta.currency or ""
    currency, unit = currency_unit(code)
    amount = payment.amount / 100 if unit is Unit.MINOR else payment.amount
    return CorporateAction(time=day * NANOS, kind="dividend", value=amount, currency=currency)


def _split(split: Split, day: int) -> CorporateAction | None:
    new, old = split.numerator, split.denominator
    if (not new or not old) and split.split_ratio:
        left, _, right = split.split_ratio.replace("/", ":").partition(":")
        new, old = _amount(left), _amount(right)
    return CorporateAction(time=day * NANOS, kind="split", value=new / old) if new and old else None


def _amount(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _forming(meta: Meta, last: int, interval: Interval, now: int) -> bool:
    """True where the last bar's interval has not ended; a day ends with its regular session."""
    if interval.intraday:
        return now < last + interval.seconds
    zone = exchange_zone(meta)
    if interval is not Interval.D1:
        return period_start(now, zone, interval) == last
    regular = meta.current_trading_period.regular if meta.current_trading_period else None
    if regular and regular.start is not None and regular.end and midnight(local_date(regular.start, zone)) == last:
        return now < regular.end
    return now < last + DAY and midnight(local_date(now, zone)) == last
