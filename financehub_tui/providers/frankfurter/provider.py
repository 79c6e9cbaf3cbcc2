"""Frankfurter as a provider of FX reference rates: the ECB's by v1, those of other central banks by v2."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars
from financehub_tui.market.currencies import CURRENCIES, METALS
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import Limit, ProviderSpec
from financehub_tui.providers.ecb.currencies import CURRENT, FIRST_DAY, LAST_DAY, known, legs
from financehub_tui.providers.ecb.rates import EURO, RateTable
from financehub_tui.providers.ecb.reference import CAPABILITIES, Reference, day_of, midnight
from financehub_tui.providers.frankfurter.wire import (
    INVALID_CURRENCY,
    PROVIDER,
    read_range,
    read_rows,
    read_single,
    verdict,
)
from financehub_tui.providers.kit.http import HttpClient, HttpOptions
from financehub_tui.providers.kit.unoffered import Unoffered

REST_URL = "https://api.frankfurter.dev"
ENDPOINT = "v1/range"
LATEST = "v1/latest"
BLEND = "v2/rates"
WORLD = CURRENCIES.keys() - set(METALS) - (LAST_DAY.keys() - {"RUB"})
"""Currencies that v2 may have: all in use. The ruble left the ECB's list, not the others'."""
_LOOK_BACK = timedelta(days=14)
FRESH_SECONDS = 600.0
"""How long the newest rates are kept: there is one set a day, and the service asks for few calls."""

SPEC = ProviderSpec(
    id=PROVIDER,
    title="Frankfurter",
    rest_url=REST_URL,
    capabilities=CAPABILITIES,
    limits=(Limit(name="requests", amount=2, seconds=1.0),),
    attribution="Frankfurter; rates of the European Central Bank, and of other central banks where it has none",
)


class FrankfurterProvider(Unoffered):
    """Always asks for rates per euro and divides: the service rounds those of any other base.

    Pairs of currencies the ECB has or had rates of come from v1, all others from v2, which blends many central banks.
    """

    spec: ProviderSpec = SPEC

    def __init__(self, clock: Clock, *, rest_url: str = REST_URL, options: HttpOptions | None = None) -> None:
        self._clock = clock
        self._client = HttpClient(PROVIDER, rest_url, clock=clock, limits=SPEC.limits, options=options, inspect=verdict)
        self.clients = (self._client,)
        """For the health screen."""
        self._kept: dict[tuple[str, date, frozenset[str]], tuple[RateTable, float]] = {}
        self._refused: set[str] = set()
        """Currencies v2 has said it has not."""
        self._reference = Reference(PROVIDER, "Frankfurter")
        self._blend = Reference(
            PROVIDER,
            "Frankfurter",
            listed=WORLD.__contains__,
            gone=lambda *_: "",
            set_at=midnight,
            kind="blend of central banks' rates, one value a day",
        )

    def symbol(self, instrument: Instrument) -> str | None:
        """The pair's six letters where both currencies have or had a rate."""
        pair = legs(instrument)
        return "".join(pair) if pair and (all(map(known, pair)) or _is_blend(pair)) else None

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """The newest rate of each pair with the one before it as previous close; one call for all of a version."""
        blended = [one for one in instruments if _is_blend(legs(one))]
        others = [one for one in instruments if not _is_blend(legs(one))]
        found: dict[str, Quote | Missing] = {}
        errors: list[ProviderError] = []
        for group, ask in ((others, self._official), (blended, self._blended)):
            try:
                found |= await ask(group) if group else {}
            except ProviderError as error:
                errors.append(error)
                found |= dict.fromkeys((one.key for one in group), error.missing())
        if errors and not any(isinstance(value, Quote) for value in found.values()):
            raise errors[0]
        return found

    async def _official(self, instruments: Sequence[Instrument]) -> dict[str, Quote | Missing]:
        pairs = [legs(instrument) or () for instrument in instruments]
        codes = {code for pair in pairs for code in pair if code in CURRENT}
        first = day_of(self._clock.now()) - _LOOK_BACK
        table = await self._fresh(LATEST, first, codes, self._newest) if codes - {EURO} else RateTable()
        now = self._clock.now()
        return {instrument.key: self._reference.quote(instrument, table, now, ENDPOINT) for instrument in instruments}

    async def _blended(self, instruments: Sequence[Instrument]) -> dict[str, Quote | Missing]:
        codes = {code for instrument in instruments for code in legs(instrument) or ()}
        table = await self._fresh(BLEND, day_of(self._clock.now()) - _LOOK_BACK, codes, self._newest_rows)
        now = self._clock.now()
        return {instrument.key: self._blend.quote(instrument, table, now, BLEND) for instrument in instruments}

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Daily bars since 1999. Raises ProviderError: UNKNOWN_SYMBOL, NO_DATA, NOT_OFFERED, BAD_ANSWER."""
        self._reference.daily_only(request)
        reference = self._blend if _is_blend(legs(instrument)) else self._reference
        pair = reference.pair(instrument)
        first = max(day_of(request.start), FIRST_DAY)
        last = max(min(day_of(request.end - 1), day_of(self._clock.now())), first)
        if reference is self._blend:
            table = await self._rows(set(pair), {"from": first.isoformat(), "to": last.isoformat()})
            return reference.bars(instrument, request, table, self._clock.now(), BLEND)
        table = await self._range(f"{first}..{last}", pair)
        return reference.bars(instrument, request, table, self._clock.now(), ENDPOINT)

    async def _fresh(
        self, version: str, first: date, codes: set[str], ask: Callable[[date, set[str]], Awaitable[RateTable]]
    ) -> RateTable:
        """The newest rates, asked for again after ten minutes."""
        key = version, first, frozenset(codes)
        kept = self._kept.get(key)
        if kept is not None and self._clock.monotonic() - kept[1] < FRESH_SECONDS:
            return kept[0]
        table = await ask(first, codes)
        since = self._clock.monotonic()
        self._kept = {one: held for one, held in self._kept.items() if since - held[1] < FRESH_SECONDS}
        self._kept[key] = table, since
        return table

    async def _newest_rows(self, first: date, codes: set[str]) -> RateTable:
        return await self._rows(codes, {"from": first.isoformat()})

    async def _newest(self, first: date, codes: Iterable[str]) -> RateTable:
        """The last two weeks, or the latest day alone where a server has nothing as new as that."""
        try:
            return await self._range(f"{first}..", codes)
        except ProviderError as error:
            if error.reason is not Reason.NO_DATA:
                raise
        response = await self._client.get("/v1/latest", _parameters(codes), endpoint=LATEST)
        return read_single(response.body, LATEST)

    async def _range(self, days: str, codes: Iterable[str]) -> RateTable:
        response = await self._client.get(f"/v1/{days}", _parameters(codes), endpoint=ENDPOINT)
        return read_range(response.body, ENDPOINT)

    async def _rows(self, codes: set[str], days: Mapping[str, str]) -> RateTable:
        """Rates by v2. A currency it has not makes it refuse the call: it is left out of the next ones."""
        left = codes - self._refused - {EURO}
        if not left:
            words = f"Frankfurter has no rate of {min(codes - {EURO})}"
            raise ProviderError(PROVIDER, Reason.UNKNOWN_SYMBOL, words, endpoint=BLEND)
        while True:
            params = {"base": EURO, "quotes": ",".join(sorted(left)), **days}
            try:
                response = await self._client.get(f"/{BLEND}", params, endpoint=BLEND)
                return read_rows(response.body, BLEND)
            except ProviderError as error:
                named = INVALID_CURRENCY.search(error.detail)
                if named is None or named.group(1) not in left:
                    raise
                self._refused.add(named.group(1))
                left.discard(named.group(1))
                if not left:
                    raise

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


def _is_blend(pair: tuple[str, str] | None) -> bool:
    """True for a pair that v2 may have and the ECB has not."""
    return pair is not None and all(code in WORLD for code in pair) and not all(code in CURRENT for code in pair)


def _parameters(codes: Iterable[str]) -> dict[str, str]:
    return {"base": EURO, "symbols": ",".join(sorted(set(codes) - {EURO}))}
