"""A redirect elsewhere must not carry our keys there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.kit.failure import AttemptError
from financehub_tui.redaction import redacted

if TYPE_CHECKING:
    import httpx

_KEY_HEADER = re.compile(r"key|token|auth|secret|sign|passphrase", re.IGNORECASE)


def keep_keys_home(provider: str, request: httpx.Request, home: httpx.URL) -> None:
    """Take the keys out of a request that leaves its origin, be it only for the same host in the clear.

    The library takes out Authorization alone. Raises AttemptError where the address holds a key, or a body goes along.
    """
    if _same_place(request.url, home):
        return
    for name in [name for name, value in request.headers.items() if _tells(name, value)]:
        del request.headers[name]
    if redacted(str(request.url)) != str(request.url) or request.method not in ("GET", "HEAD"):
        raise AttemptError(bad_answer(provider, "", "redirects elsewhere with what is secret"), retry=False)


def _tells(name: str, value: str) -> bool:
    return _KEY_HEADER.search(name) is not None or redacted(value) != value


def _same_place(url: httpx.URL, home: httpx.URL) -> bool:
    """The same origin, or the same host under TLS for the first time."""
    if url.host != home.host:
        return False
    here, there = (home.scheme, home.port), (url.scheme, url.port)
    return here == there or (here == ("http", None) and there == ("https", None))
