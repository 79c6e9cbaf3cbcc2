"""Opening a WebSocket where it was asked for, and nowhere else, through the proxy that the environment names."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from websockets.asyncio.client import connect
from websockets.exceptions import SecurityError


def proxy_of(address: str) -> str | Literal[True] | None:
    """What the library is told of proxies: to look by itself (True), but for ALL_PROXY, which it does not read."""
    place, proxies = urlsplit(address), getproxies()
    read = {place.scheme, "socks", "https", "http" if place.scheme == "ws" else "https"}
    if "all" not in proxies or proxies.keys() & read:
        return True
    return None if proxy_bypass(place.netloc) else proxies["all"]


class HomeConnect(connect):
    """The library's `connect`, but for redirects to another origin: a key in the address or in the first message would
    go there too. The library itself forbids the step from TLS to the clear alone."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """The address to follow to, or what is raised."""
        home = self.uri
        found = super().process_redirect(exc)
        if isinstance(found, str) and urlsplit(found)[:2] != urlsplit(home)[:2]:
            return SecurityError("redirects elsewhere, where no key may go")
        return found
