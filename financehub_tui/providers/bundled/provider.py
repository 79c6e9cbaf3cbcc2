"""The provider of bundled history: daily and longer bars, some intraday bars, profiles, search."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from financehub_tui.clock import NANOS, Clock, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, CorporateAction, Interval
from financehub_tui.market.company import Dividends
from financehub_tui.market.currencies import pair_decimals
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.master import SecurityMaster
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Adjustment, Delay, Provenance, Reason, Tier
from financehub_tui.market.resample import resample
from financehub_tui.providers.base import Capability, DataKind, ProviderSpec
from financehub_tui.providers.bundled.catalogue import Series
from financehub_tui.providers.bundled.data import BundledData
from financehub_tui.providers.bundled.visibility import closing_instant, last_day, last_visible_day
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.unoffered import Unoffered

if TYPE_CHECKING:
    import polars as pl

P = ParamSpec("P")
T = TypeVar("T")

_LONG = (Interval.W1, Interval.MO1)
_CLASSES = (
    AssetClass.EQUITY,
    AssetClass.INDEX,
    AssetClass.CURRENCY,
    AssetClass.COMMODITY,
    AssetClass.GOVERNMENT,
    AssetClass.CRYPTO,
)
_INTERVALS = (Interval.M15, Interval.M30, Interval.H1, Interval.H4, Interval.D1, *_LONG)

PROVIDER = "bundled"
provenance = Attribution(PROVIDER, delay=Delay.END_OF_DAY, tier=Tier.REPLAY)

SPEC = ProviderSpec(
    id=PROVIDER,
    title="Bundled history",
    rest_url="",
    capabilities=(
        Capability(
            kind=DataKind.BARS,
            asset_classes=_CLASSES,
            delay=Delay.END_OF_DAY,
            intervals=_INTERVALS,
        ),
        Capability(kind=DataKind.PROFILE, asset_classes=tuple(AssetClass), delay=Delay.REFERENCE),
        Capability(kind=DataKind.DIVIDENDS, asset_classes=(AssetClass.EQUITY,), delay=Delay.END_OF_DAY),
        Capability(kind=DataKind.SEARCH, asset_classes=tuple(AssetClass), delay=Delay.REFERENCE),
    ),
)


class BundledProvider(Unoffered):
    """Real history under an injected clock: nothing that was not known yet is ever given."""

    spec = SPEC

    def __init__(self, clock: Clock, scenario: str, master: SecurityMaster) -> None:
        self.data = BundledData(scenario)
        self._clock = clock
        self._master = master

    def symbol(self, instrument: Instrument) -> str | None:
        """The symbol in the bundled files; None where the scenario has no bars of the instrument."""
        if self.data.series(instrument) or self.data.has_reference(instrument):
            return instrument.symbol
        return None

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Bars closed by now; weeks and months are made of daily bars and may be forming."""
        return await asyncio.to_thread(self._readable, self._bars, instrument, request)

    def _readable(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        from polars.exceptions import PolarsError

        try:
            return read(*args, **kwargs)
        except (OSError, PolarsError) as error:
            why = str(error).partition("\n")[0]
            raise self._error(Reason.PROVIDER_ERROR, f"the bundled data cannot be read: {why}") from error

    def _bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        series = self._choose(instrument, request.interval)
        now = self._clock.now()
        known = self._known(series, now)
        whole, forming = _in_interval(known, series, request.interval, now)
        frame = _between(whole, request.start, request.end)
        if frame.height == 0:
            days = whole["time"].dt.date()
            reach = f"; they run from {days[0]} to {days[-1]}" if whole.height else ""
            detail = f"no bundled {request.interval.value} bars of {instrument.display} in this window{reach}"
            raise self._error(Reason.NO_DATA, detail)
        actions = self.data.actions(instrument.symbol) if instrument.asset_class is AssetClass.EQUITY else ()
        return Bars(
            key=instrument.key,
            interval=request.interval,
            frame=frame,
            provenance=self._provenance(instrument, series, request.interval, _told_by(known, whole, request, forming)),
            decimals=instrument.decimals if instrument.decimals is not None else series.decimals,
            actions=tuple(one for one in actions if request.start <= one.time < request.end and one.time <= now),
            forming=forming and frame["time"][-1] == whole["time"][-1],
        )

    def _choose(self, instrument: Instrument, interval: Interval) -> Series:
        """The longest bundled series the interval can be made of."""
        found = self.data.series(instrument)
        if not found and self.data.has_reference(instrument):
            found = [self._reference(instrument)]
        if not found:
            raise self._error(Reason.UNKNOWN_SYMBOL, f"no bundled history of {instrument.display}")
        fitting = [one for one in found if one.interval.seconds <= interval.seconds]
        if not fitting:
            raise self._error(Reason.NOT_OFFERED, f"no bundled {interval.value} bars of {instrument.display}")
        return max(fitting, key=lambda one: one.interval.seconds)

    def _reference(self, instrument: Instrument) -> Series:
        return Series(
            asset_class=AssetClass.CURRENCY,
            symbol=instrument.symbol,
            currency=instrument.currency,
            file="rates.parquet",
            source="ecb",
            closes="ecb",
            decimals=pair_decimals(instrument.symbol[:3], instrument.symbol[3:]),
            rows=0,
            first="",
            last="",
        )

    def _known(self, series: Series, now: int) -> pl.DataFrame:
        """The bars of a series that have closed by an instant."""
        import polars as pl

        if series.file == "rates.parquet":
            frame = self.data.reference(series.symbol[:3], series.symbol[3:], series.decimals)
        else:
            frame = self.data.frame(series)
        if series.interval.intraday:
            limit = to_datetime(now - series.interval.seconds * NANOS)
            return frame.filter(pl.col("time") <= limit)
        return frame.filter(pl.col("time").dt.date() <= last_visible_day(series.closes, now))

    def _provenance(
        self, instrument: Instrument, series: Series, interval: Interval, known: pl.DataFrame
    ) -> Provenance:
        newest = known["time"][-1]
        if series.interval.intraday:
            as_of = (known["time"].dt.timestamp("us")[-1]) * 1_000 + series.interval.seconds * NANOS
        else:
            as_of = closing_instant(series.closes, newest.date())
        source = self.data.catalogue.sources[series.source]
        notes = [f"{source.title}; {source.licence}"]
        if interval is not series.interval:
            notes.append(f"made of {series.interval.value} bars")
        return provenance(
            f"{self.data.catalogue.name}/{series.file}",
            as_of,
            self._clock.now(),
            instrument,
            delay=Delay.REFERENCE if series.source == "ecb" else Delay.END_OF_DAY,
            adjustment=series.adjustment,
            notes=notes,
        )

    async def profile(self, instrument: Instrument) -> Profile:
        """What the security master says about an instrument."""
        known = self._master.by_key(instrument.key)
        if known is None:
            raise self._error(Reason.UNKNOWN_SYMBOL, f"{instrument.display} is not in the security master")
        return Profile(
            key=known.key,
            name=known.name,
            provenance=provenance(
                "master.msgpack",
                0,
                self._clock.now(),
                delay=Delay.REFERENCE,
                notes=("security master of August 2026",),
            ),
            sector=known.sector,
            industry=known.industry,
            country=known.country,
            currency=known.currency,
            identifiers=dict(known.aliases),
            extra=self._facts(known),
        )

    def _facts(self, instrument: Instrument) -> tuple[tuple[str, str], ...]:
        facts = [("Kind", instrument.kind.value), ("Venue", instrument.venue), ("Quoted in", instrument.price_label)]
        for series in self.data.series(instrument):
            facts.append((f"{series.interval.value} bars since", series.first))
        return tuple((label, value) for label, value in facts if value)

    async def dividends(self, instrument: Instrument) -> Dividends:
        """Dividends and splits whose ex-date has come, newest first; of the few shares whose actions are bundled."""
        known = await asyncio.to_thread(self._readable, self._known_actions, instrument)
        if not known:
            detail = f"no dividends of {instrument.display} are bundled"
            raise self._error(Reason.NOT_OFFERED, detail)
        return Dividends(
            key=instrument.key,
            currency=instrument.currency,
            actions=tuple(reversed(known)),
            provenance=provenance(
                f"{self.data.catalogue.name}/actions.parquet",
                known[-1].time,
                self._clock.now(),
                currency=instrument.currency,
                adjustment=Adjustment.SPLIT,
                notes=(self._actions_source(),),
            ),
        )

    def _known_actions(self, instrument: Instrument) -> list[CorporateAction]:
        now = self._clock.now()
        return [action for action in self.data.actions(instrument.symbol) if action.time <= now]

    def _actions_source(self) -> str:
        source = self.data.catalogue.sources["lean"]
        return f"{source.title}; {source.licence}"

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """The security master's suggestions."""
        return await asyncio.to_thread(self._master.suggest, text, limit)

    async def close(self) -> None:
        """Nothing is held open."""

    def _error(self, reason: Reason, detail: str) -> ProviderError:
        return ProviderError(SPEC.title, reason, detail)


def _in_interval(known: pl.DataFrame, series: Series, interval: Interval, now: int) -> tuple[pl.DataFrame, bool]:
    """Bars of the wanted length, and whether the last one is still forming."""
    import polars as pl

    if interval is series.interval or known.height == 0:
        return known, False
    frame = resample(known, interval)
    if interval not in _LONG:
        whole = to_datetime(now - interval.seconds * NANOS)
        return frame.filter(pl.col("time") <= whole), False
    start: date = frame["time"][-1].date()
    rule = series.closes if not series.interval.intraday else "utc"
    return frame, last_visible_day(rule, now) < last_day(interval, start, every_day=rule == "utc")


def _told_by(known: pl.DataFrame, whole: pl.DataFrame, request: BarRequest, forming: bool) -> pl.DataFrame:
    """The bars the window is made of: those behind the newest whole bar are not in it."""
    end = request.end
    if not forming and request.interval not in _LONG and whole.height:
        end = min(end, int(whole["time"].dt.timestamp("us")[-1]) * 1_000 + request.interval.seconds * NANOS)
    return _between(known, 0, end)


def _between(frame: pl.DataFrame, start: int, end: int) -> pl.DataFrame:
    import polars as pl

    micros = pl.col("time").dt.timestamp("us")
    return frame.filter((micros >= -(-start // 1_000)) & (micros < -(-end // 1_000)))
