"""The ECB's files: daily and historical XML, zipped CSV, and the CSV of the SDMX data service."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from datetime import date
from xml.parsers import expat

from financehub_tui.providers.ecb.rates import RateTable
from financehub_tui.providers.kit.decode import bad_answer

PROVIDER = "ecb"
MAX_UNZIPPED = 64 * 1024 * 1024
_NAMESPACE = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref"
_CODE = re.compile(r"[A-Z]{3}")
_DAY = re.compile(r"(\d{1,2}) ([A-Z][a-z]+) (\d{4})")
_MONTHS = "January February March April May June July August September October November December".split()
_NONE = frozenset({"", "N/A", "NaN", "-"})


def read_xml(body: bytes, endpoint: str) -> RateTable:
    """One of the XML files. A document type, and with it any entity, is refused. Raises ProviderError BAD_ANSWER."""
    reader = _Reader(endpoint)
    try:
        reader.parser.Parse(body, True)
    except expat.ExpatError as error:
        raise bad_answer(PROVIDER, endpoint, f"not XML ({error})") from None
    if not reader.enveloped:
        raise bad_answer(PROVIDER, endpoint, "no rates envelope", "Envelope")
    return reader.table


class _Reader:
    """Walks `Cube/Cube[@time]/Cube[@currency][@rate]`."""

    def __init__(self, endpoint: str) -> None:
        self.table = RateTable()
        self.enveloped = False
        self._endpoint = endpoint
        self._day: date | None = None
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._element

    def _doctype(self, *_: object) -> None:
        raise bad_answer(PROVIDER, self._endpoint, "a document type is not accepted")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self.enveloped = self.enveloped or local == "Envelope"
        if local != "Cube" or space not in ("", _NAMESPACE):
            return
        if "time" in attributes:
            self._day = _iso(attributes["time"], self._endpoint, "Cube.time")
        elif "currency" in attributes or "rate" in attributes:
            self._rate(attributes)

    def _rate(self, attributes: dict[str, str]) -> None:
        if self._day is None:
            raise bad_answer(PROVIDER, self._endpoint, "a rate outside a day", "Cube.time")
        for name in ("currency", "rate"):
            if name not in attributes:
                raise bad_answer(PROVIDER, self._endpoint, f"a Cube without {name}", f"Cube.{name}")
        _put(self.table, self._endpoint, attributes["currency"], self._day, attributes["rate"])


def read_csv(body: bytes, endpoint: str) -> RateTable:
    """`eurofxref.csv` (one day, written out) or `eurofxref-hist.csv`. Raises ProviderError BAD_ANSWER."""
    rows = csv.reader(io.StringIO(_text(body, endpoint)))
    header = [name.strip() for name in next(rows, [])]
    while header and not header[-1]:
        header.pop()
    if not header or header[0] != "Date" or len(header) < 2:
        raise bad_answer(PROVIDER, endpoint, "no header with Date and currencies", "Date")
    table = RateTable()
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) < len(header) or any(cells[len(header) :]):
            raise bad_answer(PROVIDER, endpoint, f"{len(cells)} cells under {len(header)} names", "Date")
        day = _day(cells[0], endpoint)
        for code, cell in zip(header[1:], cells[1:], strict=False):
            _put(table, endpoint, code, day, cell)
    return table


def read_zip(body: bytes, endpoint: str) -> RateTable:
    """A zip that holds one of the CSV files. Raises ProviderError BAD_ANSWER."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            member = next((info for info in archive.infolist() if info.filename.endswith(".csv")), None)
            if member is None:
                raise bad_answer(PROVIDER, endpoint, "no CSV in the zip")
            if member.file_size > MAX_UNZIPPED:
                raise bad_answer(PROVIDER, endpoint, f"unzips to {member.file_size} bytes")
            with archive.open(member) as stream:
                unzipped = stream.read(MAX_UNZIPPED + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise bad_answer(PROVIDER, endpoint, f"broken zip ({error})") from None
    return read_csv(unzipped, endpoint)


def read_sdmx(body: bytes, endpoint: str) -> RateTable:
    """`csvdata` of the EXR flow; columns are found by name. Raises ProviderError BAD_ANSWER."""
    rows = csv.DictReader(io.StringIO(_text(body, endpoint)), restval="")
    for name in ("CURRENCY", "TIME_PERIOD", "OBS_VALUE"):
        if name not in (rows.fieldnames or ()):
            raise bad_answer(PROVIDER, endpoint, f"no column {name}", name)
    table = RateTable()
    for row in rows:
        if not any(row.values()):
            continue
        if row.get("CURRENCY_DENOM", "EUR") != "EUR":
            raise bad_answer(PROVIDER, endpoint, "not against the euro", "CURRENCY_DENOM")
        day = _iso(row["TIME_PERIOD"], endpoint, "TIME_PERIOD")
        _put(table, endpoint, row["CURRENCY"], day, row["OBS_VALUE"])
    return table


def _text(body: bytes, endpoint: str) -> str:
    if body.lstrip()[:1] == b"<":
        raise bad_answer(PROVIDER, endpoint, "HTML in place of CSV")
    return body.decode("utf-8-sig", "replace")


def _put(table: RateTable, endpoint: str, code: str, day: date, text: str) -> None:
    if text.strip() in _NONE:
        return
    if not _CODE.fullmatch(code):
        raise bad_answer(PROVIDER, endpoint, f"{code[:20]!r} is no currency", "currency")
    try:
        table.add(code, day, float(text))
    except ValueError:
        raise bad_answer(PROVIDER, endpoint, f"{text[:20]!r} is no rate ({code}, {day})", code) from None


def _iso(text: str, endpoint: str, field: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise bad_answer(PROVIDER, endpoint, f"{text[:20]!r} is no date", field) from None


def _day(text: str, endpoint: str) -> date:
    written = _DAY.fullmatch(text)
    if written and written[2] in _MONTHS:
        text = f"{written[3]}-{_MONTHS.index(written[2]) + 1:02}-{int(written[1]):02}"
    return _iso(text, endpoint, "Date")
