"""The European Central Bank and Frankfurter on a local server, in the documented shapes, with made-up rates."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from vendors.server import VendorServer

DAILY = "/eurofxref-daily.xml"
NINETY_DAYS = "/eurofxref-hist-90d.xml"
HISTORY = "/eurofxref-hist.zip"
Days = Mapping[str, Mapping[str, str]]


def xml_of(days: Days) -> bytes:
    """Newest first, as the ECB writes."""
    cubes = "".join(
        f'<Cube time="{day}">'
        + "".join(f"<Cube currency='{code}' rate='{rate}'/>" for code, rate in days[day].items())
        + "</Cube>"
        for day in sorted(days, reverse=True)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
        'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject>'
        f"<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender><Cube>{cubes}</Cube>"
        "</gesmes:Envelope>"
    ).encode()


def csv_of(days: Days) -> bytes:
    """The history: a comma behind the last column, N/A where there is no rate."""
    codes = sorted({code for rates in days.values() for code in rates})
    lines = [f"Date,{','.join(codes)},"]
    lines += [f"{day},{','.join(days[day].get(code, 'N/A') for code in codes)}," for day in sorted(days, reverse=True)]
    return "\n".join(lines).encode()


def zip_of(data: bytes, name: str = "eurofxref-hist.csv") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def sdmx_of(days: Days) -> bytes:
    lines = ["KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,TITLE"]
    lines += [
        f'EXR.D.{code}.EUR.SP00.A,D,{code},EUR,SP00,A,{day},{rate},A,"{code}, euro"'
        for day in sorted(days)
        for code, rate in days[day].items()
    ]
    return "\n".join(lines).encode()


class EcbVendor:
    """Serves the rate files with an ETag each, and the data service."""

    def __init__(self, server: VendorServer, days: Days) -> None:
        self.server = server
        self.days: dict[str, Mapping[str, str]] = dict(days)
        self.version = 1
        self.unchanged = 0
        server.serve(DAILY, self._daily)
        server.serve(NINETY_DAYS, self._ninety)
        server.serve(HISTORY, self._history)

    def publish(self, day: str, rates: Mapping[str, str]) -> None:
        self.days[day] = rates
        self.version += 1

    def _answer(self, request: web.Request, body: bytes) -> web.Response:
        tag = f'"v{self.version}"'
        if request.headers.get("If-None-Match") == tag:
            self.unchanged += 1
            return web.Response(status=304)
        return web.Response(body=body, headers={"ETag": tag})

    async def _daily(self, request: web.Request) -> web.Response:
        last = max(self.days)
        return self._answer(request, xml_of({last: self.days[last]}))

    async def _ninety(self, request: web.Request) -> web.Response:
        newest = sorted(self.days)[-62:]
        return self._answer(request, xml_of({day: self.days[day] for day in newest}))

    async def _history(self, request: web.Request) -> web.Response:
        return self._answer(request, zip_of(csv_of(self.days)))


class FrankfurterVendor:
    """Serves v1 ranges and the latest day; unknown symbols vanish, as in the real service."""

    def __init__(self, server: VendorServer, days: Days) -> None:
        self.server = server
        self.days = days

    def range(self, path: str) -> None:
        """Serve `/v1/{start}..{end}`."""
        self.server.serve(path, self._range)

    def ranges(self) -> None:
        """Serve every range."""
        self.server.serve_below("/v1/", self._range)

    async def _range(self, request: web.Request) -> web.Response:
        start, _, end = request.path.removeprefix("/v1/").partition("..")
        found = {day: self._asked(request, day) for day in sorted(self.days) if start <= day <= (end or "9999")}
        earlier = max((day for day in self.days if day < start), default=None)
        if earlier and start not in found:
            found = {earlier: self._asked(request, earlier)} | found
        found = {day: rates for day, rates in found.items() if rates}
        if not found:
            return web.json_response({"message": "not found"}, status=404)
        answer = {"amount": 1.0, "base": "EUR", "start_date": min(found), "end_date": max(found), "rates": found}
        return web.json_response(answer)

    def latest(self) -> None:
        async def handler(request: web.Request) -> web.Response:
            day = max(self.days)
            return web.json_response({"amount": 1.0, "base": "EUR", "date": day, "rates": self._asked(request, day)})

        self.server.serve("/v1/latest", handler)

    def blend(self, days: Days) -> None:
        """Serve `/v2/rates` out of rates per euro; a currency without any is refused with the whole call."""

        async def handler(request: web.Request) -> web.Response:
            query = request.query
            if strange := query.keys() - {"base", "quotes", "from", "to", "date", "providers", "group", "expand"}:
                return _refused(f"unknown parameter: {min(strange)}")
            wanted = query["quotes"].split(",")
            listed = {code for rates in days.values() for code in rates}
            if unknown := [code for code in wanted if code not in listed]:
                return _refused(f"invalid currency: {unknown[0]}")
            rows = [
                {"date": day, "base": query["base"], "quote": code, "rate": float(rates[code])}
                for day, rates in sorted(days.items())
                for code in wanted
                if code in rates and query.get("from", "") <= day <= query.get("to", "9999")
            ]
            identity = {"date": max(days), "base": query["base"], "quote": query["base"], "rate": 1}
            return web.json_response([identity, *rows]) if rows else _refused("not found", 404)

        self.server.serve("/v2/rates", handler)

    def _asked(self, request: web.Request, day: str) -> dict[str, Any]:
        assert request.query["base"] == "EUR"
        wanted = request.query["symbols"].split(",")
        return {code: float(rate) for code, rate in self.days[day].items() if code in wanted}


def _refused(message: str, status: int = 422) -> web.Response:
    return web.json_response({"status": status, "message": message}, status=status)
