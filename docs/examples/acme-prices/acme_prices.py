"""Acme's prices of US shares: a whole provider in one module, for docs/providers.md.

Acme is made up. Its two calls are

    GET /v1/quotes?symbols=AAPL,MSFT
        {"quotes": [{"symbol": "AAPL", "price": 185.92, "previous": 184.4, "at": 1700000000}]}
    GET /v1/daily/AAPL?from=2023-10-01&to=2023-11-14
        {"days": [{"date": "2023-11-13", "open": 1, "high": 2, "low": 1, "close": 2, "volume": 100}]}

five times a second. A key in the header X-Acme-Key allows fifty, and 10,000 a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import msgspec

from financehub_tui.clock import NANOS, Clock, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import Capability, DataKind, Limit, Per, ProviderSpec
from financehub_tui.providers.keys.form import KeyForm, Part, Plan
from financehub_tui.providers.kit.american import american_ticker
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.http import HttpClient, Response
from financehub_tui.providers.kit.unoffered import Unoffered

if TYPE_CHECKING:
    from financehub_tui.providers.keys.key import Key
    from financehub_tui.providers.keys.pool import KeyPool

PROVIDER = "acme"
REST_URL = "https://api.acme-prices.example"
EQUITY = (AssetClass.EQUITY,)
provenance = Attribution(PROVIDER)
"""Where a value came from, with the instrument's currency and unit."""

KEYS = KeyForm(
    provider=PROVIDER,
    title="Acme Prices",
    parts=(Part("key", r"ACME-[0-9]{8}", "ACME- and 8 digits"),),
    plans=(
        Plan(
            name="free",
            title="Free",
            limits=(
                Limit(name="requests", amount=50, seconds=1.0, per_key=True),
                Limit(name="requests", amount=10_000, per=Per.DAY, timezone="Europe/London", per_key=True),
            ),
        ),
    ),
    where="https://acme-prices.example/keys",
    unlocks="US shares ten times as often",
    free="50 calls a second and 10,000 a day",
)

SPEC = ProviderSpec(
    id=PROVIDER,
    title="Acme Prices",
    rest_url=REST_URL,
    capabilities=(
        Capability(kind=DataKind.QUOTE, asset_classes=EQUITY, delay=Delay.DELAYED, batch=50),
        Capability(kind=DataKind.BARS, asset_classes=EQUITY, delay=Delay.END_OF_DAY, intervals=(Interval.D1,)),
    ),
    limits=(Limit(name="requests", amount=5, seconds=1.0),),
    keys=KEYS,
    attribution="Prices by Acme",
)

# Wire types: what Acme sends, field by field. A wrong or absent field is refused by name; unknown ones are let pass.
Price = Annotated[float, msgspec.Meta(ge=0)]


class WireQuote(msgspec.Struct):
    """One row of /v1/quotes; `at` in seconds since 1970 UTC."""

    symbol: str
    price: Price
    at: int
    previous: Price | None = None


class WireQuotes(msgspec.Struct):
    """The answer of /v1/quotes; symbols Acme does not know are left out."""

    quotes: list[WireQuote]


class WireDay(msgspec.Struct):
    """One row of /v1/daily."""

    date: date
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Price


class WireDays(msgspec.Struct):
    """The answer of /v1/daily."""

    days: list[WireDay]


class AcmeProvider(Unoffered):
    """Delayed quotes and daily bars."""

    spec: ProviderSpec = SPEC

    def __init__(self, clock: Clock, *, keys: KeyPool, rest_url: str = REST_URL) -> None:
        self._clock = clock
        self._keys = keys
        self._open = HttpClient(PROVIDER, rest_url, clock=clock, limits=SPEC.limits)
        self._keyed = HttpClient(PROVIDER, rest_url, clock=clock, credentials=keys.signed(_sign))
        self.clients = (self._open, self._keyed)
        """Shown in PHLT and QUOTA: requests, budgets, circuit."""

    def symbol(self, instrument: Instrument) -> str | None:
        """Acme's name of an instrument; None where it does not carry it."""
        return american_ticker(instrument)

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """One call; an entry for each instrument asked."""
        names = {instrument.key: self.symbol(instrument) for instrument in instruments}
        wanted = ",".join(sorted(name for name in names.values() if name))
        response = await self._get("/v1/quotes", {"symbols": wanted}, endpoint="quotes")
        rows = {row.symbol: row for row in response.decode(WireQuotes).quotes}
        return {
            instrument.key: self._quote(instrument, rows.get(names[instrument.key] or "")) for instrument in instruments
        }

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Daily bars. Raises ProviderError: UNKNOWN_SYMBOL, NOT_OFFERED, NO_DATA, BAD_ANSWER."""
        import polars as pl  # here, because importing it takes longer than the start may

        name = self.symbol(instrument)
        if name is None:
            raise ProviderError(PROVIDER, Reason.UNKNOWN_SYMBOL, f"does not carry {instrument.display}")
        if request.interval is not Interval.D1:
            raise self.not_offered(f"{request.interval.value} bars")
        window = {"from": _day(request.start), "to": _day(request.end - 1)}
        response = await self._get(f"/v1/daily/{name}", window, endpoint="daily")
        days = sorted(response.decode(WireDays).days, key=lambda row: row.date)
        if not days:
            raise ProviderError(PROVIDER, Reason.NO_DATA, "nothing in that window", endpoint="daily")
        dates = pl.Series([row.date for row in days], dtype=pl.Date)
        columns = {
            column: pl.Series([getattr(row, column) for row in days], dtype=pl.Float64)
            for column in ("open", "high", "low", "close", "volume")
        }
        frame = pl.DataFrame({"time": dates.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), **columns})
        now = self._clock.now()
        origin = provenance("daily", now, now, instrument, delay=Delay.END_OF_DAY)
        return Bars(key=instrument.key, interval=Interval.D1, frame=frame, provenance=origin)

    async def close(self) -> None:
        """Close every connection."""
        for client in self.clients:
            await client.close()

    async def _get(self, path: str, params: Mapping[str, str], *, endpoint: str) -> Response:
        """One call, signed where there is a key. Raises ProviderError."""
        client = self._keyed if await self._keys.read() else self._open
        return await client.get(path, params, endpoint=endpoint)

    def _quote(self, instrument: Instrument, row: WireQuote | None) -> Quote | Missing:
        if row is None:
            return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=f"{PROVIDER}: does not know {instrument.display}")
        time = row.at * NANOS
        origin = provenance("quotes", time, self._clock.now(), instrument, delay=Delay.DELAYED)
        return Quote(
            key=instrument.key, time=time, last=row.price, previous_close=row.previous, decimals=2, provenance=origin
        )


def _sign(key: Key) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The headers and parameters that show a key."""
    return {"X-Acme-Key": key.parts[0]}, {}


def _day(nanos: int) -> str:
    return to_datetime(nanos).date().isoformat()
