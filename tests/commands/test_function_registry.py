"""Functions by name, group and sector."""

from __future__ import annotations

import pytest

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.registry import Registry, RegistryError
from financehub_tui.commands.spec import Category, FunctionSpec
from financehub_tui.market.instrument import AssetClass


def function(mnemonic: str, *aliases: str, category: Category = Category.SECURITY) -> FunctionSpec:
    return FunctionSpec(mnemonic=mnemonic, title=mnemonic.title(), category=category, help="help", aliases=aliases)


def test_a_function_is_found_by_mnemonic_or_alias_in_any_case() -> None:
    registry = Registry([function("GPC", "GPO"), function("DES")])
    assert registry.get("gpo") is registry.get("GPC")
    assert registry.get("NONE") is None
    assert "des" in registry
    assert 5 not in registry
    assert [one.mnemonic for one in registry] == ["GPC", "DES"]
    assert len(registry) == 2
    assert registry.names == ("GPC", "GPO", "DES")


@pytest.mark.parametrize("second", [function("GP"), function("X1", "GP"), function("X1", "X1")])
def test_a_name_claimed_twice_is_refused(second: FunctionSpec) -> None:
    with pytest.raises(RegistryError, match="is claimed by"):
        Registry([function("GP"), second])


@pytest.mark.parametrize("name", ["GO", "CANCEL", "EQUITY", "fx", "MTGE", "7", "A B", "É", ""])
def test_words_of_the_command_line_cannot_be_functions(name: str) -> None:
    with pytest.raises(RegistryError, match="cannot be the mnemonic"):
        Registry([function(name)])


def test_functions_by_group_and_by_sector(context: ParseContext) -> None:
    groups = Registry([function("A1", category=Category.SYSTEM), function("B1")]).by_category()
    assert list(groups) == [Category.SECURITY, Category.SYSTEM]
    for_currency = [one.mnemonic for one in context.registry.for_asset_class(AssetClass.CURRENCY)]
    assert "GP" in for_currency
    assert "FA" not in for_currency
