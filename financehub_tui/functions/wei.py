"""WEI: world equity indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec
from financehub_tui.functions.fields import fields
from financehub_tui.functions.gaps import quote_gaps
from financehub_tui.functions.mon import GRID_KEYS
from financehub_tui.functions.securities import quote_table, report
from financehub_tui.market.instrument import Instrument
from financehub_tui.report.blocks import Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

COLUMNS = ("last", "change", "change_percent", "high", "low", "time", "session", "currency", "mark")
REGIONS = ("Americas", "EMEA", "Asia-Pacific")
"""As the security master files them in `sector`."""

SPEC = FunctionSpec(
    mnemonic="WEI",
    title="World equity indices",
    category=Category.MARKETS,
    help="Stock indices of the world by region: level, net and percent change, the day's range, and when the value "
    "was true. An index that no source supplies says so.",
    keys=GRID_KEYS,
    interactive=True,
    sources="Yahoo in live mode; the bundled history in a demo.",
    examples=("WEI",),
)


def region(instrument: Instrument) -> str:
    """The part of the world an index belongs to."""
    return instrument.sector if instrument.sector in REGIONS else REGIONS[1]


async def load(desk: Desk, call: Call) -> Report:
    """One table a region."""
    instruments = desk.master.members("world-indices")
    quotes = await desk.quotes(instruments)
    tables = [
        quote_table(name, [i for i in instruments if region(i) == name], quotes, fields(COLUMNS), pick="GP")
        for name in REGIONS
    ]
    return report(desk, call, tables, missing=quote_gaps(instruments, quotes))
