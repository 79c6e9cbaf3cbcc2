"""From the socket to a Response, within bounds; and what is wrong with one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from financehub_tui.errors import ProviderError
from financehub_tui.providers.kit.answer import Call, Inspect, Response
from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.kit.failure import AttemptError, status_error

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger(__name__)
ENCODINGS = ("gzip", "deflate")
"""Compressions that are asked for and taken, one at a time. Others, and one within another, can grow a thousand times a
thousand times over before any limit is looked at."""
_DECODED = (*ENCODINGS, "br", "zstd")
"""What the library decodes; other words in the header are let pass, as it does."""


async def read_body(provider: str, call: Call, answer: httpx.Response, most: int) -> bytes:
    """The body, decompressed. Raises AttemptError for one of more than `most` bytes, decompressed or not."""
    words = [word.strip().lower() for word in answer.headers.get("content-encoding", "").split(",")]
    encodings = [word for word in words if word in _DECODED]
    if len(encodings) > 1 or not set(encodings).issubset(ENCODINGS):
        raise _unwanted(provider, call, "compressed in a way that was not asked for")
    length = answer.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _unwanted(provider, call, f"larger than {most} bytes")
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > most:
            raise _unwanted(provider, call, f"larger than {most} bytes")
    return bytes(body)


def _unwanted(provider: str, call: Call, what: str) -> AttemptError:
    return AttemptError(bad_answer(provider, call.endpoint, what), retry=False)


def fault(response: Response, inspect: Inspect | None, *, signed: bool) -> ProviderError | None:
    """What is wrong with an answer: by the source's own reading, else by its status; None where nothing is.

    `signed`: a key went with the call.
    """
    error = _inspected(response, inspect) if inspect is not None else None
    if error is None:
        error = status_error(response.provider, response.endpoint, response.status, response.body, signed=signed)
    if error is not None:
        error.status = error.status or response.status
    return error


def _inspected(response: Response, inspect: Inspect) -> ProviderError | None:
    """A reading that fails is a bad answer, not a crash."""
    try:
        return inspect(response)
    except ProviderError as error:
        return error
    except Exception as error:
        _log.exception("The answer of %s %s could not be inspected", response.provider, response.endpoint)
        return bad_answer(response.provider, response.endpoint, f"cannot be read ({type(error).__name__})")
