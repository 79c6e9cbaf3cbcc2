"""What an HTTP client must be told of keys: which one signs the next call, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from financehub_tui.errors import ProviderError
from financehub_tui.providers.kit.reported import Reported


class Grant:
    """A key lent for one call: what it adds to the request. Its representation holds no secret."""

    __slots__ = ("alias", "headers", "params")

    def __init__(self, alias: str, headers: Mapping[str, str], params: Mapping[str, str]) -> None:
        self.alias = alias
        self.headers = headers
        self.params = params

    def __repr__(self) -> str:
        return f"Grant({self.alias})"


class Credentials(Protocol):
    """Keys of one provider, and how they sign a request."""

    async def take(self, cost: int, what: str) -> Grant:
        """The key with most left, its budget reduced by a call's cost. Raises ProviderError where no key can be used:
        NO_KEY, BAD_KEY, or RATE_LIMITED and BUDGET_SPENT with the time of relief. Each grant is ended by `leave`, or
        by `give_back`."""
        ...

    async def take_again(self, grant: Grant, cost: int, what: str) -> float:
        """Count a further request of a call, such as a redirect, with the same key, and return 0; or count nothing and
        return the seconds to wait."""
        ...

    def report(self, grant: Grant, error: ProviderError | None) -> None:
        """How the call ended. A call that was cancelled is not reported: it counts as made."""
        ...

    async def leave(self, grant: Grant) -> None:
        """The call has ended, in whatever way."""
        ...

    async def give_back(self, grant: Grant, cost: int) -> None:
        """The call was not made after all."""
        ...

    def observe(self, grant: Grant, told: Reported) -> None:
        """The provider says how much of a limit of this key is used or left."""
        ...

    def spare(self) -> bool:
        """True where another call could be signed now."""
        ...
