"""Yahoo's answers as they come over the wire: lenient where Yahoo is, typed errors where the answer is no answer.

Every envelope holds `result` or `error`; some errors come under `finance` instead of the endpoint's own name.
Numbers may be strings, null, missing, Infinity or NaN.
"""

from __future__ import annotations

import json
import math
from typing import Annotated, Generic, TypeVar

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.decode import bad_answer, convert, decode

PROVIDER = "yahoo"
provenance = Attribution(PROVIDER)
"""Where a value came from."""
T = TypeVar("T")
_FARTHEST = 9_000_000_000
"""Epoch seconds of the year 2255: what lies beyond it, or before 1684, is no time of a market."""

Seconds = Annotated[int, msgspec.Meta(ge=-_FARTHEST, le=_FARTHEST)]
"""Epoch seconds that can be a time of a market."""


class Fault(msgspec.Struct):
    """Yahoo's error member."""

    code: str | int | None = None
    description: str | None = None


class Envelope(msgspec.Struct, Generic[T]):
    """What every endpoint wraps its answer in."""

    result: list[T | None] | None = None
    error: Fault | str | None = None


class Finance(msgspec.Struct):
    """The place of errors that belong to no endpoint."""

    error: Fault | str | None = None


class Raw(msgspec.Struct):
    """A number as `formatted=true` writes it; `{}` when there is none."""

    raw: float | None = None


Number = float | Raw | None


def number(value: Number) -> float | None:
    """The finite number in a field, or None: Infinity and NaN mean that Yahoo could not work it out."""
    plain = value.raw if isinstance(value, Raw) else value
    return plain if plain is not None and math.isfinite(plain) else None


def price(value: Number) -> float | None:
    """As `number`, but None for zero, which Yahoo writes where there is none. A future may cost less than nothing."""
    return number(value) or None


def instant(value: Number, endpoint: str, field: str) -> int | None:
    """Epoch seconds as ns since 1970 UTC, None where there are none. Raises ProviderError for what is no time."""
    plain = number(value)
    if plain is not None and abs(plain) > _FARTHEST:
        raise bad_answer(PROVIDER, endpoint, f"{field}: {plain:g} is no time", field)
    return None if plain is None else int(plain) * NANOS


def positive(value: Number) -> float | None:
    """As `number`, but None for zero and below: of what is counted, and of prices that cannot be below zero."""
    plain = number(value)
    return plain if plain is not None and plain > 0 else None


def read(body: bytes, kind: type[T], endpoint: str) -> T:
    """Decode an answer. Raises ProviderError BAD_ANSWER."""
    try:
        return decode(body, kind, provider=PROVIDER, endpoint=endpoint)
    except ProviderError:
        loose = _loose(body) if b"Infinity" in body or b"NaN" in body else None
        if loose is None:
            raise
    return convert(loose, kind, provider=PROVIDER, endpoint=endpoint)


def _loose(body: bytes) -> object | None:
    """JSON with the bare words Infinity and NaN, which the standard forbids and Yahoo has sent."""
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed


def results(envelope: Envelope[T] | None, finance: Finance | None, endpoint: str, field: str) -> list[T]:
    """The result list, nulls left out. Raises ProviderError for an error inside the answer or no answer at all."""
    for holder in (envelope, finance):
        if holder is not None and holder.error is not None:
            raise fault(holder.error, endpoint)
    if envelope is None:
        raise bad_answer(PROVIDER, endpoint, f"`{field}` is missing", field)
    return [item for item in envelope.result or () if item is not None]


def fault(error: Fault | str, endpoint: str, status: int | None = None) -> ProviderError:
    """The typed error for what Yahoo says went wrong."""
    text = error if isinstance(error, str) else error.description or str(error.code or "")
    code = "" if isinstance(error, str) else str(error.code or "")
    return ProviderError(PROVIDER, _reason(text, code, status), text or "refused", endpoint=endpoint, status=status)


_NO_DATA = (
    "no fundamentals data",
    "data doesn't exist",
    "data is not available",
    "must be within",
    "no data available",
)


def _reason(text: str, code: str, status: int | None) -> Reason:
    low = text.lower()
    if any(phrase in low for phrase in _NO_DATA) or status == 422 or code == "Unprocessable Entity":
        return Reason.NO_DATA
    if "not found" in code.lower() or "may be delisted" in low or "quote not found" in low:
        return Reason.UNKNOWN_SYMBOL
    if "too many requests" in low or status == 429:
        return Reason.RATE_LIMITED
    return Reason.PROVIDER_ERROR


class Refusal(msgspec.Struct):
    """Any error body, whichever endpoint sent it."""

    finance: Finance | None = None
    chart: Finance | None = None
    quote_response: Finance | None = msgspec.field(name="quoteResponse", default=None)
    quote_summary: Finance | None = msgspec.field(name="quoteSummary", default=None)
    option_chain: Finance | None = msgspec.field(name="optionChain", default=None)
    timeseries: Finance | None = None


def refusal(body: bytes, status: int, endpoint: str) -> ProviderError | None:
    """The error inside an HTTP error's body; None where the body carries none."""
    try:
        answer = read(body, Refusal, endpoint)
    except ProviderError:
        return None
    holders = (getattr(answer, name) for name in answer.__struct_fields__)
    errors = [holder.error for holder in holders if isinstance(holder, Finance) and holder.error is not None]
    if errors:
        return fault(errors[0], endpoint, status)
    return None
