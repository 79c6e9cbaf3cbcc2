"""MENU: up one level, and the sector menus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.market.instrument import AssetClass
from financehub_tui.report.blocks import Column, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SECTORS: dict[AssetClass, tuple[str, str]] = {
    AssetClass.EQUITY: ("sp500", "Stocks and funds"),
    AssetClass.INDEX: ("world-indices", "Stock and volatility indices"),
    AssetClass.CURRENCY: ("fx", "Currencies"),
    AssetClass.CRYPTO: ("crypto", "Crypto assets"),
    AssetClass.COMMODITY: ("commodities", "Commodities and futures"),
    AssetClass.GOVERNMENT: ("treasuries", "Government bonds and rates"),
}
"""Sector -> (list of its best known members, words)."""

SECTOR_GROUPS = (Category.MARKETS, Category.SECURITY, Category.COMPANY, Category.PORTFOLIO)
"""Function groups a sector's menu lists."""

SPEC = FunctionSpec(
    mnemonic="MENU",
    title="Menu",
    category=Category.NAVIGATION,
    help="One level up: the functions for the loaded security by group, or, with nothing loaded, the market sectors. "
    "MENU and a sector word (MENU CURNCY) opens that sector's menu, with its functions and best known members. "
    "Type a row's number to open it.",
    tails=(Tail(kind=TailKind.WORD, words=tuple(sector.value.upper() for sector in SECTORS), help="A market sector"),),
    sources="The function registry and the security master.",
    examples=("MENU", "MENU CURNCY", "AAPL MENU"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The menu of the loaded security, of a sector, or of all sectors."""
    sector = next((s for s in SECTORS if s.value.upper() in {word.upper() for word in call.words}), None)
    if sector is not None:
        return report(desk, call, [_functions(sector), _members(desk, sector)], subject=sector.value)
    if call.security is not None:
        return report(desk, call, [_functions(call.security.asset_class, call.security.display)])
    rows = [(sector.value, title, f"MENU {sector.value.upper()}") for sector, (_, title) in SECTORS.items()]
    return report(desk, call, [_menu("Sectors", ("sector", "what", "line"), rows), _general()], subject="")


def _functions(sector: AssetClass, security: str = "") -> Table:
    from financehub_tui.functions.catalogue import registry

    rows = [
        (spec.mnemonic, spec.title, category.value, f"{security} {spec.mnemonic}".strip())
        for category, specs in registry().by_category().items()
        for spec in specs
        if spec.suits(sector) and (spec.needs is not Needs.NOTHING if security else category in SECTOR_GROUPS)
    ]
    return _menu(f"Functions for {security or sector.value}", ("mnemonic", "name", "group", "line"), rows)


def _members(desk: Desk, sector: AssetClass) -> Table:
    rows = [
        (instrument.symbol, instrument.name, instrument.display)
        for instrument in desk.master.members(SECTORS[sector][0])[:60]
    ]
    return _menu(f"{sector.value} securities", ("symbol", "name", "line"), rows)


def _general() -> Table:
    from financehub_tui.functions.catalogue import registry

    rows = [
        (spec.mnemonic, spec.title, category.value, spec.mnemonic)
        for category, specs in registry().by_category().items()
        for spec in specs
        if spec.needs is not Needs.SECURITY
    ]
    return _menu("Functions", ("mnemonic", "name", "group", "line"), rows)


def _menu(title: str, names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    """A table whose last column is the line a pick runs."""
    columns = tuple(Column(name=name, title=name.capitalize(), hidden=name == "line") for name in names)
    return table(title, columns, rows, pick_lines=tuple(row[-1] for row in rows))
