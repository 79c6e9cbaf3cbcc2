"""What can go wrong with one request, typed, with whether and when it may be tried again."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason

if TYPE_CHECKING:
    import httpx

RESET_HEADERS = ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")
_EPOCH_SECONDS = 1_000_000_000
_EPOCH_MILLIS = 1_000_000_000_000
_LONGEST = 30 * 86_400.0
_UNSIGNED = {401: "a key is needed.", 403: "refused; a proxy or the source's block list?"}
"""What a refusal says to a call that no key signed."""
_TAGS = re.compile(rb"<[^>]*>")


class AttemptError(Exception):
    """One attempt failed. `after` is the least wait in seconds the provider asked for."""

    def __init__(
        self, error: ProviderError, *, retry: bool, after: float | None = None, host_fault: bool = True
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry = retry
        self.after = after
        self.host_fault = host_fault
        """Counts against the circuit."""


def retry_after(headers: Mapping[str, str], now: int, *, throttled: bool = True) -> float | None:
    """Seconds until a retry is welcome: Retry-After (seconds or HTTP date), else a vendor's reset header.

    Reset headers count where the call was `throttled`: some vendors send them with every answer.
    """
    value = headers.get("retry-after", "").strip()
    if value:
        seconds = number(value)
        return _seconds_to_date(value, now) if seconds is None else _sensible(seconds)
    for name in RESET_HEADERS if throttled else ():
        if (text := headers.get(name, "").strip()) and (seconds := seconds_to_reset(text, now)) is not None:
            return seconds
    return None


def names_time(headers: Mapping[str, str]) -> bool:
    """True where headers say when a retry is welcome."""
    return any(name in headers for name in ("retry-after", *RESET_HEADERS))


def _seconds_to_date(text: str, now: int) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return _sensible((to_nanos(moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now) / NANOS)
    except (ValueError, TypeError, OverflowError):
        return None


def seconds_to_reset(text: str, now: int) -> float | None:
    """Reset headers hold seconds from now, epoch seconds or epoch milliseconds; None for what is no number."""
    value = number(text)
    if value is None:
        return None
    if value >= _EPOCH_MILLIS:
        value /= 1_000
    return _sensible(value - now / NANOS if value >= _EPOCH_SECONDS else value)


def number(text: str) -> float | None:
    """A finite number as headers write it; None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _sensible(seconds: float) -> float:
    return min(max(0.0, seconds), _LONGEST)


def status_error(provider: str, endpoint: str, status: int, body: bytes, *, signed: bool) -> ProviderError | None:
    """The meaning of a status where the source gives none of its own; None below 400.

    401 and 403 are about the key where one signed the call. Else 401 asks for one, and 403 is about whoever calls.
    """
    if status < 400:
        return None
    reason = Reason.PROVIDER_ERROR
    if status in (401, 403) and signed:
        reason = Reason.BAD_KEY
    elif status == 401:
        reason = Reason.NO_KEY
    elif status in (418, 429):
        reason = Reason.RATE_LIMITED
    elif status in (408, 504):
        reason = Reason.TIMEOUT
    words = "" if signed else _UNSIGNED.get(status, "")
    said = " ".join(filter(None, (words, excerpt(body))))
    detail = f"HTTP {status} on {endpoint}" + (f" ({said})" if said else "")
    return ProviderError(provider, reason, detail, endpoint=endpoint, status=status)


def excerpt(body: bytes, length: int = 120) -> str:
    """The beginning of a body as one line without markup."""
    text = _TAGS.sub(b" ", body[:2_000]).decode("utf-8", "replace")
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def may_retry(status: int) -> bool:
    """Too many requests, time-outs and server faults pass; the rest does not."""
    return status in (408, 425, 429) or status >= 500


def _unreachable(error: Exception) -> str:
    """Why no connection came about, in words."""
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "its address cannot be looked up (no network, or no name service)"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "the connection was refused"
    return f"cannot connect: {error}"


def _insecure(error: ssl.SSLError) -> str:
    """What is wrong with the encryption, in words; a proxy that looks into it shows a certificate of its own."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    return (error.reason or str(error)).replace("_", " ").lower()


def _by_proxy(url: httpx.URL) -> bool:
    """True where the environment sends such calls through a proxy. Its address is not told: it may hold a password."""
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    return bool(proxies.get(url.scheme) or proxies.get("all")) and not proxy_bypass(url.host)


def transport_failure(provider: str, endpoint: str, error: Exception, *, begun: bool) -> AttemptError:
    """An exception of the HTTP library or the socket as a AttemptError. `begun`: part of an answer had arrived."""
    import httpx

    def failure(reason: Reason, detail: str, *, retry: bool) -> AttemptError:
        return AttemptError(ProviderError(provider, reason, detail, endpoint=endpoint), retry=retry)

    if isinstance(error, httpx.PoolTimeout):
        crowded = ProviderError(provider, Reason.TIMEOUT, f"too many calls at once, {endpoint} had no turn")
        return AttemptError(crowded, retry=True, host_fault=False)
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return failure(Reason.TIMEOUT, f"no answer in time on {endpoint}", retry=True)
    insecure = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLError)), None)
    if insecure is not None:
        return failure(Reason.PROVIDER_ERROR, f"TLS failed on {endpoint}: {_insecure(insecure)}", retry=False)
    if isinstance(error, httpx.ProxyError):
        return failure(Reason.OFFLINE, f"proxy failed: {error}", retry=False)
    if isinstance(error, httpx.ConnectError):
        through = " (through the proxy that the environment names)" if _by_proxy(error.request.url) else ""
        return failure(Reason.OFFLINE, _unreachable(error) + through, retry=False)
    if isinstance(error, httpx.TooManyRedirects):
        return failure(Reason.BAD_ANSWER, f"too many redirects on {endpoint}", retry=False)
    if isinstance(error, httpx.UnsupportedProtocol):
        words = f"the address of {endpoint}, or one it redirects to, is not of the web"
        return failure(Reason.PROVIDER_ERROR, words, retry=False)
    if "location header" in str(error):
        return failure(Reason.BAD_ANSWER, f"{endpoint} redirects to what is no address", retry=False)
    if isinstance(error, httpx.DecodingError):
        return failure(Reason.BAD_ANSWER, f"{endpoint} answer: broken compression", retry=False)
    if isinstance(error, httpx.TransportError | OSError):
        if begun:
            return failure(Reason.BAD_ANSWER, f"{endpoint} answer: truncated", retry=True)
        return failure(Reason.PROVIDER_ERROR, f"connection lost on {endpoint}", retry=True)
    return failure(Reason.PROVIDER_ERROR, f"{endpoint}: {error}", retry=False)


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
