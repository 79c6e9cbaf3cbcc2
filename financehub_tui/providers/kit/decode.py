"""Bodies to wire types, and whatever is wrong with them as a typed error that names source, endpoint and field."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason

T = TypeVar("T")

_PATH = re.compile(r" - at `(.*)`$")
_ABSENT = re.compile(r"missing required field `(.+?)`")
_MARKUP = re.compile(rb"\A\s*<(?:!doctype|html|head|body|\?xml|!--)", re.IGNORECASE)


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises at a body that is not what it should be, the last where lists are nested without end."""
_decoders: dict[object, msgspec.json.Decoder[Any]] = {}


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """The decoder of a wire type, made once: numbers written as strings are taken as numbers."""
    found: msgspec.json.Decoder[T] | None = _decoders.get(kind)
    if found is None:
        found = _decoders[kind] = msgspec.json.Decoder(kind, strict=False)
    return found


def decode(body: bytes, kind: type[T], *, provider: str, endpoint: str) -> T:
    """JSON into a wire type. Numbers written as strings are taken as numbers; unknown fields are let pass.

    Raises ProviderError with reason BAD_ANSWER, its `field` being the path of what is wrong.
    """
    try:
        return decoder(kind).decode(body)
    except UNREADABLE as error:
        raise explain(error, body, provider=provider, endpoint=endpoint) from None


def explain(error: Exception, body: bytes, *, provider: str, endpoint: str) -> ProviderError:
    """A decoder's complaint about a body as the typed error."""
    if isinstance(error, msgspec.ValidationError):
        return _wrong_type(provider, endpoint, str(error))
    return bad_answer(provider, endpoint, _not_json(body, str(error)))


def convert(value: object, kind: type[T], *, provider: str, endpoint: str) -> T:
    """A value already parsed into a wire type; errors as `decode`."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong_type(provider, endpoint, str(error)) from None


def bad_answer(provider: str, endpoint: str, what: str, field: str = "") -> ProviderError:
    """The error for an answer that is not what the source's specification says."""
    where = f"{endpoint} answer: " if endpoint else "answer: "
    return ProviderError(provider, Reason.BAD_ANSWER, where + what, endpoint=endpoint, field=field)


def _wrong_type(provider: str, endpoint: str, text: str) -> ProviderError:
    found, missing = _PATH.search(text), _ABSENT.search(text)
    place = found.group(1).removeprefix("$").removeprefix(".") if found else ""
    field = ".".join(part for part in (place, missing.group(1) if missing else "") if part)
    return bad_answer(provider, endpoint, text, field)


def _not_json(body: bytes, text: str) -> str:
    if not body.strip():
        return "empty body"
    if _MARKUP.match(body[:200]):
        return "HTML in place of JSON"
    return f"not JSON ({text})"
