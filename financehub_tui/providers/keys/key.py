"""A key in memory. It shows the last four characters of itself to nobody but the request it signs."""

from __future__ import annotations

from hashlib import blake2s
from typing import NoReturn

from financehub_tui.redaction import hide

SHOWN = 4


class Secret(str):
    """A string whose representation is masked, so that tracebacks with local values do not tell it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{masked(self)}'"


def masked(value: str) -> str:
    """The last four characters, of long values only."""
    return f"••••{str(value)[-SHOWN:]}" if len(value) >= 4 * SHOWN else "••••"


class Key:
    """One key of one provider: one part, or id and secret. Equal to another where provider and value are the same."""

    __slots__ = ("_parts", "alias", "fingerprint", "plan", "provider", "source")

    def __init__(
        self, provider: str, alias: str, parts: tuple[str, ...], *, source: str = "environment", plan: str = ""
    ) -> None:
        self.provider = provider
        self.alias = alias
        self.source = source
        """environment, keyring or file."""
        self.plan = plan
        self._parts = tuple(Secret(part) for part in parts)
        self.fingerprint = blake2s("\0".join((provider, *parts)).encode(), digest_size=4, person=b"fhkey").hexdigest()
        """Tells two keys apart, and a replaced key from the one before, without telling the key."""
        for part in parts:
            hide(part)

    @property
    def parts(self) -> tuple[str, ...]:
        """The secret itself, for signing a request."""
        return self._parts

    @property
    def masked(self) -> str:
        """For the screen."""
        return masked(self._parts[0])

    def __repr__(self) -> str:
        return f"Key({self.provider}:{self.alias} {self.masked})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and (self.provider, self._parts) == (other.provider, other._parts)

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key cannot be copied out of memory")
