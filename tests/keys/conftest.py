"""Keyrings, servers and pools for the tests of keys and budgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError
from vendors.naps import Naps
from vendors.redis import RedisServer

from financehub_tui import redaction
from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.keys.form import KeyForm, Part, Plan
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.keys.pool import KeyPool
from financehub_tui.providers.kit.ledger import Ledger

START = 1_700_000_000 * NANOS  # 2023-11-14 22:13:20 UTC
FIRST, SECOND = "first0000000000000AAAA", "second000000000000BBBB"


class MemoryKeyring(KeyringBackend):
    """A keyring in memory, by keyring's own interface."""

    priority = 5.0

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._check(username)
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check(password)
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.items.pop((service, username), None) is None:
            raise PasswordDeleteError("gone")

    def _check(self, said: str) -> None:
        if self.locked:
            raise RuntimeError(f"Collection is locked, cannot use {said}")


@pytest.fixture(autouse=True)
def known_secrets() -> Iterator[None]:
    """What one test hides is not hidden from the next."""
    known, patterns = set(redaction._known), list(redaction._patterns)
    yield
    redaction._known.clear()
    redaction._known.update(known)
    redaction._patterns[:] = patterns


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """A memory keyring, made the one of this process."""
    made, before = MemoryKeyring(), keyring.core._keyring_backend
    keyring.set_keyring(made)
    yield made
    keyring.core._keyring_backend = before


@pytest.fixture
def no_keyring() -> Iterator[None]:
    """The backend that stands for having none."""
    from keyring.backends.null import Keyring

    before = keyring.core._keyring_backend
    keyring.set_keyring(Keyring())
    yield
    keyring.core._keyring_backend = before


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def naps(clock: ManualClock) -> Naps:
    return Naps(clock)


@pytest.fixture
def ledger(clock: ManualClock) -> Ledger:
    return Ledger(clock)


@pytest.fixture
def pool(clock: ManualClock, ledger: Ledger) -> Callable[..., KeyPool]:
    """A pool of keys with the given limits, three calls a minute where none are."""

    def make(*values: str, limits: tuple[Limit, ...] = (), kept: Ledger | None = None) -> KeyPool:
        granted = limits or (Limit(name="requests", amount=3, seconds=60, per_key=True),)
        form = KeyForm(
            provider="acme",
            title="Acme",
            parts=(Part("key", ".+", "anything"),),
            plans=(Plan(name="free", title="Free", limits=granted),),
            where="https://acme.example/keys",
            unlocks="everything",
            free="a little",
        )
        made = KeyPool(form, clock, lambda: kept or ledger)
        made.fill([Key("acme", f"k{number}", (value,)) for number, value in enumerate(values, 1)], {})
        return made

    return make


@pytest.fixture
def daily() -> tuple[Limit, ...]:
    """25 calls a day that ends at midnight in New York."""
    return (Limit(name="requests", amount=25, per=Per.DAY, timezone="America/New_York", per_key=True),)


class State:
    """The part of a store that keeps small values."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def read_state(self, key: str) -> str | None:
        return self.values.get(key)

    async def write_state(self, key: str, value: str | None) -> None:
        self.values[key] = value or ""


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real redis-server."""
    with RedisServer() as running:
        yield running.url
