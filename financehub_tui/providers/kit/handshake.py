"""Opening a WebSocket where it was asked for, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import SecurityError


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
