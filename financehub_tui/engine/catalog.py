"""Which providers there are, and how each is made: nothing of a provider is imported before it is needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

from financehub_tui.engine.health import HealthBoard, Limits, ProviderHealth
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Delay
from financehub_tui.providers.base import Capability, DataKind, Provider, ProviderSpec
from financehub_tui.settings_names import ENTRY_POINTS

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from financehub_tui.providers.keys.form import KeyForm
    from financehub_tui.providers.kit.http import HttpClient
    from financehub_tui.providers.kit.ledger import Ledger

log = logging.getLogger(__name__)
Factory = Callable[[], Provider]
Arguments = Callable[[ProviderSpec], Mapping[str, object]]

ALL = tuple(AssetClass)
CIRCUITS = ("closed", "half-open", "open")
"""From the best state to the worst."""
CLOSING = 3.0
"""Seconds for a provider to close."""


class Entry(NamedTuple):
    """One provider that can be made."""

    id: str
    title: str
    factory: Factory
    asset_classes: tuple[AssetClass, ...] = ALL
    """What it may carry: a hint that saves importing it for other instruments."""
    priority: int = 0


class Catalog:
    """Providers by id, made on first use. One that cannot be made is set aside and its reason shown in PHLT."""

    def __init__(
        self,
        entries: Sequence[Entry],
        health: HealthBoard,
        ledger: Callable[[], Ledger] | None = None,
        keys: Callable[[str], Limits] = lambda _: (),
        has_key: Callable[[str], bool] = lambda _: True,
        ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`ledger` counts what is used of limits; without it every provider counts for itself and forgets.

        `keys` tells the limits of a provider's best key, `has_key` whether there is one: a provider that needs a key
        is left out without one. `ready` reads the keys.
        """
        self._has_key = has_key
        self._ready = ready
        self._keys = keys
        self.entries = list(entries)
        self._ledger = ledger
        self._health = health
        self._made: dict[str, Provider | None] = {}
        for entry in entries:
            health.of(entry.id, entry.title)

    def get(self, entry: Entry) -> Provider | None:
        """The provider; None where it cannot be made, or needs a key and there is none."""
        if entry.id not in self._made:
            self._made[entry.id] = self._make(entry)
        provider = self._made[entry.id]
        return None if provider is None or self._locked(entry, provider) else provider

    async def ready(self) -> None:
        """Before the first question: the keys are read, where the answer has to wait for that."""
        if self._ready is not None:
            await self._ready()

    def locked(self, kind: DataKind, instrument: Instrument) -> list[tuple[str, str]]:
        """(title, id) of providers that supply this and wait for a key."""
        return [
            (provider.spec.title, entry.id)
            for entry in self.entries
            if instrument.asset_class in entry.asset_classes
            and (provider := self._made.get(entry.id)) is not None
            and self._locked(entry, provider)
            and capability(provider, kind, instrument) is not None
        ]

    def _locked(self, entry: Entry, provider: Provider) -> bool:
        return provider.spec.needs_key and not self._has_key(entry.id)

    def broken(self, instrument: Instrument) -> list[tuple[str, str]]:
        """(title, why) of providers that might know this kind of instrument and cannot be loaded."""
        told = ((entry, self._health.of(entry.id).failed_to_load) for entry in self.entries)
        return [(entry.title, why) for entry, why in told if why and instrument.asset_class in entry.asset_classes]

    def made(self) -> list[Provider]:
        """Providers that exist by now."""
        return [provider for provider in self._made.values() if provider is not None]

    def carrying(self, instrument: Instrument) -> list[tuple[Entry, Provider]]:
        """Providers that may know this kind of instrument."""
        found = []
        for entry in self.entries:
            if instrument.asset_class in entry.asset_classes:
                provider = self.get(entry)
                if provider is not None:
                    found.append((entry, provider))
        return found

    def _make(self, entry: Entry) -> Provider | None:
        try:
            provider = entry.factory()
            if not isinstance(provider.spec, ProviderSpec):
                raise TypeError("its spec is not a ProviderSpec")
        except (Exception, SystemExit) as error:
            words = f"cannot be loaded: {type(error).__name__}: {error}"
            log.warning("provider %s %s", entry.id, words)
            self._health.of(entry.id).failed_to_load = words
            return None
        self._watch(self._health.of(entry.id), provider)
        return provider

    def _watch(self, health: ProviderHealth, provider: Provider) -> None:
        """Read limits and circuit from the HTTP clients a provider shows as `clients`; not every one has them."""
        health.title, health.attribution = provider.spec.title, provider.spec.attribution
        clients: Sequence[HttpClient] = getattr(provider, "clients", ())
        for client in clients:
            client.ledger = self._ledger

        def limits() -> Limits:
            of_key = self._keys(health.provider) if provider.spec.keys is not None else ()
            return _tightest([*(row for client in clients for row in client.limit_state()), *of_key])

        if clients:
            health.circuit = lambda: max((client.circuit.value for client in clients), key=CIRCUITS.index)
            health.limits = limits
        delays = [offered.delay for offered in provider.spec.capabilities]
        health.delay = min(delays, key=list(Delay).index, default=Delay.REALTIME)

    async def close(self) -> None:
        """Close every provider that was made; one that fails or takes too long does not stop the others."""
        await asyncio.gather(*(_closed(provider) for provider in self.made()))
        self._made = dict.fromkeys(self._made)


async def _closed(provider: Provider) -> None:
    try:
        async with asyncio.timeout(CLOSING):
            await provider.close()
    except Exception as error:
        log.warning("provider %s did not close: %s", provider.spec.id, str(error) or type(error).__name__)


def _tightest(rows: Iterable[tuple[str, float, float, int | None]]) -> Limits:
    """One row per window: of several hosts with the same limits, the one most used."""
    found: dict[str, tuple[str, float, float, int | None]] = {}
    for row in rows:
        held = found.get(row[0])
        if held is None or row[1] > held[1]:
            found[row[0]] = row
    return tuple(found.values())


def capability(provider: Provider, kind: DataKind, instrument: Instrument) -> Capability | None:
    """What a provider declares for a kind of data of an instrument's asset class."""
    for offered in provider.spec.capabilities:
        if offered.kind is kind and instrument.asset_class in offered.asset_classes:
            return offered
    return None


def lazy(module: str, name: str, arguments: Arguments) -> Factory:
    """A factory that imports the provider's module when it is called."""

    def make() -> Provider:
        maker = getattr(import_module(module), name)
        return cast("Provider", maker(**arguments(maker.spec)))

    return make


def entry_points(group: str) -> Iterable[EntryPoint]:
    """What other packages declare. Reading their metadata takes longer than all else at start, so only when asked."""
    from importlib.metadata import entry_points as declared

    return declared(group=group)


class PlugIn:
    """A provider of another package: loaded once, whether that works or not."""

    def __init__(self, point: EntryPoint) -> None:
        self.name = point.name
        self._point = point
        self._loaded: Callable[..., object] | None = None
        self._error: BaseException | None = None

    def load(self) -> Callable[..., object]:
        """What its entry point names. Raises whatever that raises, SystemExit too, and the same again later."""
        if self._error is not None:
            raise self._error
        if self._loaded is None:
            try:
                self._loaded = cast("Callable[..., object]", self._point.load())
            except (Exception, SystemExit) as error:
                self._error = error
                raise
        return self._loaded

    def spec(self) -> ProviderSpec | None:
        """What it declares before it is made, as the attribute `spec`; None where that is nothing, or it fails."""
        try:
            declared = getattr(self.load(), "spec", None)
        except (Exception, SystemExit):
            return None
        return declared if isinstance(declared, ProviderSpec) else None


def plug_ins(known: Iterable[str]) -> list[PlugIn]:
    """Providers of other packages, by entry point; the ids of ours are taken."""
    taken = set(known)
    return [PlugIn(point) for point in entry_points(group=ENTRY_POINTS) if point.name not in taken]


def plugged_in(
    plugs: Iterable[PlugIn], arguments: Callable[[str, ProviderSpec | None], Mapping[str, object]]
) -> list[Entry]:
    """Plug-ins as entries.

    Each is called as ours are: with `clock`, with those of `rest_url`, `stream_url` and `NAME_url` that
    `[providers.ID]` sets, and with `keys` where its `spec` declares them.
    """

    def factory(plug: PlugIn) -> Factory:
        def make() -> Provider:
            maker, spec = plug.load(), plug.spec()
            if spec is not None and spec.keys is not None and spec.keys.provider != plug.name:
                raise ValueError(f"its keys are declared for {spec.keys.provider}")
            return cast("Provider", maker(**arguments(plug.name, spec)))

        return make

    return [Entry(plug.name, plug.name, factory(plug)) for plug in plugs]


def key_forms(plugs: Iterable[PlugIn] = ()) -> dict[str, KeyForm]:
    """The keys of all providers that take any: those that are known, and what plug-ins declare. Loads the plug-ins."""
    from financehub_tui.providers.keys.catalogue import FORMS

    specs = {plug.name: plug.spec() for plug in plugs}
    declared = {name: spec.keys for name, spec in specs.items() if spec is not None and spec.keys is not None}
    return {**FORMS, **{name: form for name, form in declared.items() if form.provider == name}}
