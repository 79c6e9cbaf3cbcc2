"""Keys in a keyring: the operating system's, or a file under a passphrase through a keyring backend.

One item a key, and an index of the aliases that holds no secret, because keyrings cannot be asked for what they hold.
All methods block: call them off the event loop.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from financehub_tui.errors import ConfigError, StoreError
from financehub_tui.providers.keys.key import Key, Secret
from financehub_tui.redaction import redacted

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "financehub"
INDEX = "index"
_SEPARATOR = "\n"
_log = logging.getLogger(__name__)


class IndexEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a stored key without opening it."""

    provider: str
    alias: str
    plan: str = ""
    added: int = 0
    """ns since 1970 UTC."""
    disabled: bool = False
    """By the user."""


_entries = msgspec.json.Decoder(list[IndexEntry])


class Vault:
    """Keys kept in a keyring backend. Raises StoreError where it fails, never with a key in the text."""

    def __init__(self, backend: KeyringBackend, source: str = "keyring") -> None:
        self._backend = backend
        self.source = source
        """keyring or file, as shown."""

    @property
    def name(self) -> str:
        """The backend, in words."""
        return str(self._backend.name)

    def index(self) -> list[IndexEntry]:
        """All stored keys, by provider and alias."""
        text = self._get(INDEX)
        try:
            return _entries.decode(text) if text else []
        except msgspec.DecodeError as error:
            raise StoreError("the list of keys in the keyring is damaged", "Add the keys again.") from error

    def keys(self) -> tuple[list[Key], list[str]]:
        """The keys that are stored and not disabled, and one line for each that is listed and gone."""
        found: list[Key] = []
        problems: list[str] = []
        for entry in self.index():
            text = None if entry.disabled else self._get(_item(entry.provider, entry.alias))
            if text:
                parts = tuple(text.split(_SEPARATOR))
                found.append(Key(entry.provider, entry.alias, parts, source=self.source, plan=entry.plan))
            elif not entry.disabled:
                problems.append(f"{entry.provider} {entry.alias}: listed, but gone from the {self.source}")
        return found, problems

    def put(self, key: Key, *, now: int) -> bool:
        """Store a key; True where it replaced one of the same alias."""
        entries = self.index()
        self._set(_item(key.provider, key.alias), Secret(_SEPARATOR.join(key.parts)))
        fresh = IndexEntry(provider=key.provider, alias=key.alias, plan=key.plan, added=now)
        others = [entry for entry in entries if (entry.provider, entry.alias) != (key.provider, key.alias)]
        self._write([*others, fresh])
        return len(others) < len(entries)

    def disable(self, provider: str, alias: str, disabled: bool = True) -> None:
        """Leave a key unused, or use it again. Raises ConfigError where there is none."""
        entry = self._entry(provider, alias)
        others = [other for other in self.index() if other != entry]
        self._write([*others, msgspec.structs.replace(entry, disabled=disabled)])

    def remove(self, provider: str, alias: str) -> None:
        """Forget a key. Raises ConfigError where there is none."""
        from keyring.errors import PasswordDeleteError

        entry = self._entry(provider, alias)
        try:
            self._backend.delete_password(SERVICE, _item(provider, alias))
        except PasswordDeleteError:
            _log.info("the key %s of %s was gone already", alias, provider)
        except Exception as error:
            raise self._failed("forget a key", error) from None
        self._write([other for other in self.index() if other != entry])

    def _entry(self, provider: str, alias: str) -> IndexEntry:
        of_provider = [entry for entry in self.index() if entry.provider == provider]
        for entry in of_provider:
            if entry.alias == alias:
                return entry
        known = ", ".join(entry.alias for entry in of_provider)
        hint = f"Stored for {provider}: {known}." if known else "`financehub keys list` shows all."
        raise ConfigError(f"The {self.source} holds no key of {provider} under that alias", hint)

    def _write(self, entries: Sequence[IndexEntry]) -> None:
        ordered = sorted(entries, key=lambda entry: (entry.provider, entry.alias))
        self._set(INDEX, msgspec.json.encode(ordered).decode())

    def _get(self, item: str) -> str | None:
        try:
            return self._backend.get_password(SERVICE, item)
        except Exception as error:
            raise self._failed("be read", error) from None

    def _set(self, item: str, value: str) -> None:
        try:
            self._backend.set_password(SERVICE, item, value)
        except Exception as error:
            raise self._failed("be written", error) from None

    def _failed(self, what: str, error: Exception) -> StoreError:
        """Backends raise what they like, and may quote what they were given."""
        said = redacted(" ".join(str(error).split()))[:120] or "no reason given"
        hint = "Is it locked? Keys can also be given in FINANCEHUB_KEY_* variables."
        return StoreError(f"The {self.source} cannot {what}: {type(error).__name__}: {said}", hint)


class Stored(NamedTuple):
    """What a keyring holds."""

    keys: list[Key]
    disabled: list[IndexEntry]
    """Those the user does not want used."""
    problems: list[str]
    """What cannot be read, one line each."""
    source: str = "keyring"
    unread: bool = False
    """The keyring itself could not be read."""


def read_stored(opening: Callable[[], Vault | None]) -> Stored:
    """What the keyring holds that `opening` opens. One that cannot be read is a problem, not an error. Blocks."""
    source = "keyring"
    try:
        vault = opening()
        if vault is None:
            return Stored([], [], [])
        source = vault.source
        keys, problems = vault.keys()
        return Stored(keys, [entry for entry in vault.index() if entry.disabled], problems, source)
    except (ConfigError, StoreError) as error:
        why = f"{error}. {error.hint}".rstrip(". ")
    except Exception as error:
        why = redacted(f"The {source} cannot be read: {type(error).__name__}: {error}")
    return Stored([], [], [why], source, unread=True)


def _item(provider: str, alias: str) -> str:
    return f"{provider}:{alias}"
