"""The functions known to this program, by mnemonic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from financehub_tui.commands.sectors import is_sector
from financehub_tui.commands.spec import Category, FunctionSpec
from financehub_tui.errors import FinanceHubError
from financehub_tui.market.instrument import AssetClass

RESERVED = frozenset({"GO", "CANCEL"})
"""Words of the command line itself."""


class RegistryError(FinanceHubError):
    """Two functions claim one mnemonic, or a mnemonic is a word of the command line itself."""


class Registry:
    """Function declarations in their given order."""

    def __init__(self, specs: Iterable[FunctionSpec]) -> None:
        """Raises RegistryError for a mnemonic or alias that is taken or reserved."""
        self._specs: dict[str, FunctionSpec] = {}
        self._names: dict[str, FunctionSpec] = {}
        for spec in specs:
            for name in (spec.mnemonic, *spec.aliases):
                self._claim(name.upper(), spec)
            self._specs[spec.mnemonic] = spec

    def _claim(self, name: str, spec: FunctionSpec) -> None:
        if not name.isascii() or not name.isalnum() or name.isdigit() or name in RESERVED or is_sector(name):
            raise RegistryError(f"{name!r} cannot be the mnemonic of {spec.title}", "Letters and digits, no key word.")
        if name in self._names:
            raise RegistryError(f"{name} is claimed by {self._names[name].title} and {spec.title}")
        self._names[name] = spec

    def get(self, name: str) -> FunctionSpec | None:
        """The function of a mnemonic or alias, in any case; None where there is none."""
        return self._names.get(name.upper())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[FunctionSpec]:
        return iter(self._specs.values())

    def __len__(self) -> int:
        return len(self._specs)

    @property
    def names(self) -> tuple[str, ...]:
        """Every mnemonic and alias, upper case."""
        return tuple(self._names)

    def by_category(self) -> dict[Category, list[FunctionSpec]]:
        """Functions by menu group, groups in the order of `Category`; empty groups left out."""
        groups = {category: [spec for spec in self if spec.category is category] for category in Category}
        return {category: found for category, found in groups.items() if found}

    def for_asset_class(self, asset_class: AssetClass) -> list[FunctionSpec]:
        """Functions that suit a sector."""
        return [spec for spec in self if spec.suits(asset_class)]
