"""Reference rates as quotes and bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from financehub_tui.clock import NANOS, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Delay, Missing, Provenance, Reason
from financehub_tui.market.quote import Quote, Session
from financehub_tui.providers.base import Capability, DataKind
from financehub_tui.providers.ecb.currencies import FIRST_DAY, known, legs, retired
from financehub_tui.providers.ecb.rates import EURO, RateTable, decimals
from financehub_tui.providers.kit.attribution import Attribution

FIXING = time(14, 15, tzinfo=ZoneInfo("Europe/Berlin"))
"""When the rates are set."""
_FX = (AssetClass.CURRENCY,)
CAPABILITIES = (
    Capability(kind=DataKind.QUOTE, asset_classes=_FX, delay=Delay.REFERENCE, batch=1_000),
    Capability(kind=DataKind.BARS, asset_classes=_FX, delay=Delay.REFERENCE, intervals=(Interval.D1,)),
)
"""What can be had of rates that are set once a day."""
ONE_VALUE = "reference rate, one value a day"


def fixed_at(day: date) -> int:
    """The moment a day's rates are set, ns since 1970 UTC."""
    return to_nanos(datetime.combine(day, FIXING))


def midnight(day: date) -> int:
    """Midnight UTC of a day, ns since 1970."""
    return (day - date(1970, 1, 1)).days * 86_400 * NANOS


class Reference:
    """Turns a table of rates into market values under a provider's name."""

    def __init__(
        self,
        provider: str,
        title: str,
        *,
        listed: Callable[[str], bool] = known,
        gone: Callable[..., str] = retired,
        set_at: Callable[[date], int] = fixed_at,
        kind: str = ONE_VALUE,
    ) -> None:
        """`listed` tells the currencies there is or was a rate of, `gone` why some have none now, `set_at` when a
        day's rates are set: the ECB's where nothing else is said. `kind` goes into the notes."""
        self._provider = provider
        self._title = title
        self._listed = listed
        self._gone = gone
        self._set_at = set_at
        self._attribution = Attribution(provider, delay=Delay.REFERENCE, notes=(kind,))

    def pair(self, instrument: Instrument) -> tuple[str, str]:
        """Base and quote. Raises ProviderError UNKNOWN_SYMBOL where there never was a rate."""
        pair = legs(instrument)
        if pair is None:
            raise self.error(Reason.UNKNOWN_SYMBOL, f"{instrument.display} is no currency pair")
        strange = [code for code in pair if not self._listed(code)]
        if strange:
            raise self.error(Reason.UNKNOWN_SYMBOL, f"no reference rate for {' and '.join(strange)}")
        return pair

    def quote(
        self, instrument: Instrument, table: RateTable, now: int, endpoint: str, notes: tuple[str, ...] = ()
    ) -> Quote | Missing:
        """The newest rate and the one before it; `now` in ns since 1970 UTC."""
        try:
            base, quote = self.pair(instrument)
        except ProviderError as error:
            return error.missing()
        if gone := self._gone(base, quote):
            return Missing(reason=Reason.NO_DATA, detail=f"{self._title}: {gone}")
        series = table.cross(base, quote)
        if not series:
            return Missing(reason=Reason.NO_DATA, detail=f"{self._title}: no rate for {base}/{quote} now")
        day, rate = series[-1]
        return Quote(
            key=instrument.key,
            time=self._set_at(day),
            last=rate,
            previous_close=series[-2][1] if len(series) > 1 else None,
            session=Session.CLOSED,
            decimals=decimals(base, (value for _, value in series)),
            provenance=self._provenance(instrument, base, quote, day, now, endpoint, notes),
        )

    def bars(
        self,
        instrument: Instrument,
        request: BarRequest,
        table: RateTable,
        now: int,
        endpoint: str,
        notes: tuple[str, ...] = (),
    ) -> Bars:
        """Daily bars whose open, high, low and close are the rate. Raises ProviderError NO_DATA, NOT_OFFERED."""
        import polars as pl

        self.daily_only(request)
        base, quote = self.pair(instrument)
        series = table.cross(base, quote)
        kept = [(day, rate) for day, rate in series if request.start <= midnight(day) < request.end]
        if not kept:
            raise self.error(Reason.NO_DATA, self._gone(base, quote) or f"no {base}/{quote} rates in that window")
        rates = pl.Series([rate for _, rate in kept], dtype=pl.Float64)
        days = pl.Series([day for day, _ in kept], dtype=pl.Date)
        frame = pl.DataFrame({"time": days.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")}).with_columns(
            *(rates.alias(name) for name in ("open", "high", "low", "close")),
            pl.lit(None, dtype=pl.Float64).alias("volume"),
        )
        return Bars(
            key=instrument.key,
            interval=Interval.D1,
            frame=frame,
            decimals=decimals(base, (rate for _, rate in kept)),
            provenance=self._provenance(instrument, base, quote, kept[-1][0], now, endpoint, notes),
        )

    def daily_only(self, request: BarRequest) -> None:
        """Raises ProviderError: NOT_OFFERED for any other interval, NO_DATA for a window before the euro."""
        if request.interval is not Interval.D1:
            raise self.error(Reason.NOT_OFFERED, f"no {request.interval.value} bars: one rate a day")
        if request.end <= midnight(FIRST_DAY):
            raise self.error(Reason.NO_DATA, f"rates begin on {FIRST_DAY}")

    def error(self, reason: Reason, what: str, endpoint: str = "") -> ProviderError:
        """An error under this provider's name."""
        return ProviderError(self._provider, reason, what, endpoint=endpoint)

    def _provenance(
        self,
        instrument: Instrument,
        base: str,
        quote: str,
        day: date,
        now: int,
        endpoint: str,
        notes: Sequence[str],
    ) -> Provenance:
        computed = () if base == EURO else (f"computed from the rates of {_against_euro(base, quote)} against EUR",)
        return self._attribution(
            endpoint, self._set_at(day), now, instrument, currency=quote, notes=(*computed, *notes)
        )


def _against_euro(base: str, quote: str) -> str:
    return " and ".join(code for code in (base, quote) if code != EURO)


def day_of(nanos: int) -> date:
    """The UTC day of an instant, inside the calendar's range."""
    days = min(max(nanos // (86_400 * NANOS), -700_000), 2_900_000)
    return date.fromordinal(date(1970, 1, 1).toordinal() + days)
