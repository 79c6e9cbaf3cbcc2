"""The European Central Bank as a provider of FX reference rates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Bars
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import Limit, ProviderSpec
from financehub_tui.providers.ecb import files
from financehub_tui.providers.ecb.currencies import FIRST_DAY, known, legs
from financehub_tui.providers.ecb.rates import EURO, RateTable
from financehub_tui.providers.ecb.reference import CAPABILITIES, Reference, day_of
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Response
from financehub_tui.providers.kit.unoffered import Unoffered

FILES_URL = "https://www.ecb.europa.eu/stats/eurofxref"
DATA_URL = "https://data-api.ecb.europa.eu/service"
DAILY = "/eurofxref-daily.xml"
NINETY_DAYS = "/eurofxref-hist-90d.xml"
HISTORY = "/eurofxref-hist.zip"
SDMX = "data/EXR"
FRESH_SECONDS = 600.0
_RECENT_DAYS = 85
_DAY = 86_400 * 1_000_000_000

SPEC = ProviderSpec(
    id=files.PROVIDER,
    title="European Central Bank",
    rest_url=FILES_URL,
    capabilities=CAPABILITIES,
    limits=(Limit(name="requests", amount=3, seconds=1.0),),
    attribution="Source: European Central Bank reference rates",
)


class _Held(msgspec.Struct):
    """A file as last read; `checked` in monotonic seconds."""

    table: RateTable
    validators: dict[str, str]
    checked: float


class EcbProvider(Unoffered):
    """Euro reference rates, inverse pairs and crosses. Files are asked for again only if they changed."""

    spec: ProviderSpec = SPEC

    def __init__(
        self,
        clock: Clock,
        *,
        rest_url: str = FILES_URL,
        data_url: str = DATA_URL,
        options: HttpOptions | None = None,
    ) -> None:
        """`rest_url` is the folder of the rate files, `data_url` the SDMX service."""
        self._clock = clock
        self._files = HttpClient(files.PROVIDER, rest_url, clock=clock, limits=SPEC.limits, options=options)
        self._data = HttpClient(
            files.PROVIDER, data_url, clock=clock, limits=SPEC.limits, options=options, inspect=_no_result
        )
        self.clients = (self._files, self._data)
        """For the health screen."""
        self._reference = Reference(files.PROVIDER, "ECB")
        self._held: dict[str, _Held] = {}
        self._lock = asyncio.Lock()

    def symbol(self, instrument: Instrument) -> str | None:
        """The pair's six letters where both currencies have or had a rate."""
        pair = legs(instrument)
        return "".join(pair) if pair and all(map(known, pair)) else None

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """The newest rate of each pair with the one before it as previous close, where earlier days can be had."""
        notes: tuple[str, ...] = ()
        try:
            table = await self._recent()
        except ProviderError as error:
            held = self._held.get(DAILY)
            if held is None or error.endpoint != NINETY_DAYS:
                raise
            table, notes = held.table, (f"no earlier days: {error.detail}",)
        now = self._clock.now()
        return {
            instrument.key: self._reference.quote(instrument, table, now, DAILY, notes) for instrument in instruments
        }

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Daily bars since 1999. Raises ProviderError: UNKNOWN_SYMBOL, NO_DATA, NOT_OFFERED, BAD_ANSWER."""
        self._reference.daily_only(request)
        pair = self._reference.pair(instrument)
        notes: tuple[str, ...] = ()
        if request.start >= self._clock.now() - _RECENT_DAYS * _DAY:
            table, endpoint = await self._recent(), NINETY_DAYS
        else:
            table, notes, endpoint = await self._history(pair, request)
        return self._reference.bars(instrument, request, table, self._clock.now(), endpoint, notes)

    async def _recent(self) -> RateTable:
        """The last day from the small file, the ninety days before it only when a day is new."""
        async with self._lock:
            daily = await self._file(DAILY, files.read_xml)
            day = daily.last_day
            held = self._held.get(NINETY_DAYS)
            if held is not None and day is not None and held.table.has(day):
                return held.table.merged(daily)
            ninety = await self._file(NINETY_DAYS, files.read_xml, changed=True)
            return ninety.merged(daily)

    async def _history(self, pair: tuple[str, str], request: BarRequest) -> tuple[RateTable, tuple[str, ...], str]:
        """All days from the zip; the data service stands in where the file host fails."""
        async with self._lock:
            try:
                return await self._file(HISTORY, files.read_zip), (), HISTORY
            except ProviderError as error:
                if error.reason is Reason.OFFLINE:
                    raise
                note = f"data service in place of the file: {error.detail}"
        return await self._series(pair, request), (note,), SDMX

    async def _series(self, pair: tuple[str, str], request: BarRequest) -> RateTable:
        codes = "+".join(code for code in pair if code != EURO)
        first = max(day_of(request.start), FIRST_DAY)
        last = max(day_of(request.end - 1), first)
        response = await self._data.get(
            f"/data/EXR/D.{codes}.EUR.SP00.A",
            {"format": "csvdata", "startPeriod": first.isoformat(), "endPeriod": last.isoformat()},
            endpoint=SDMX,
        )
        return await asyncio.to_thread(files.read_sdmx, response.body, SDMX)

    async def _file(self, path: str, read: Callable[[bytes, str], RateTable], *, changed: bool = False) -> RateTable:
        """A file's rates; asked for again after ten minutes (one where it is known to have changed), if newer."""
        held = self._held.get(path)
        fresh = FRESH_SECONDS / 10 if changed else FRESH_SECONDS
        if held and self._clock.monotonic() - held.checked < fresh:
            return held.table
        headers = held.validators if held else {}
        response = await self._files.get(path, endpoint=path, headers=headers)
        if response.status == 304 and held:
            held.checked = self._clock.monotonic()
            return held.table
        table = await asyncio.to_thread(read, response.body, path)
        if table.last_day is None:
            raise self._reference.error(Reason.NO_DATA, f"{path} holds no rates", path)
        self._held[path] = _Held(table, _validators(response), self._clock.monotonic())
        return table

    async def close(self) -> None:
        """Close every connection."""
        await self._files.close()
        await self._data.close()


def _validators(response: Response) -> dict[str, str]:
    pairs = {"If-None-Match": response.headers.get("etag"), "If-Modified-Since": response.headers.get("last-modified")}
    return {name: value for name, value in pairs.items() if value}


def _no_result(response: Response) -> ProviderError | None:
    """The data service answers 404 where a key has nothing in the window."""
    if response.status != 404:
        return None
    what = "no rates in that window"
    return ProviderError(files.PROVIDER, Reason.NO_DATA, what, endpoint=response.endpoint, status=404)
