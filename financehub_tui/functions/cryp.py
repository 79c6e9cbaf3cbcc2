"""CRYP: crypto monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.functions.fields import fields
from financehub_tui.functions.gaps import quote_gaps
from financehub_tui.functions.mon import GRID_KEYS, columns_of
from financehub_tui.functions.securities import quote_table, report
from financehub_tui.report.blocks import Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

COLUMNS = ("last", "change", "change_percent", "bid", "ask", "spread_bps", "high", "low", "value", "market_cap", "mark")

SPEC = FunctionSpec(
    mnemonic="CRYP",
    title="Crypto monitor",
    category=Category.MARKETS,
    needs=Needs.NOTHING,
    help="Crypto pairs with price, change over 24 hours, spread in basis points and turnover in the quote asset. "
    "The quote asset is kept apart: USDT is not USD. A column no source supplies stays empty and says why.",
    tails=(
        Tail(kind=TailKind.OPTION, words=("cols",), help="Columns as in MON", example="cols=last,value"),
        Tail(kind=TailKind.WORD, words=("USDT", "USD", "BTC", "EUR"), help="Only pairs quoted in that asset"),
    ),
    keys=GRID_KEYS,
    interactive=True,
    sources="Binance streams in live mode; the recorded streams in --demo=crypto.",
    formulas="Sprd bp = (ask - bid) / mid x 10,000; change is over the last 24 hours, not since midnight.",
    examples=("CRYP", "CRYP USDT"),
)


async def load(desk: Desk, call: Call) -> Report:
    """Quotes of the crypto list."""
    instruments = desk.master.members("crypto")
    if call.words:
        instruments = [instrument for instrument in instruments if instrument.currency in call.words]
    quotes = await desk.quotes(instruments)
    columns = fields(columns_of(call, COLUMNS))
    table = quote_table("Crypto pairs", instruments, quotes, columns, pick="GP")
    return report(desk, call, [table], missing=quote_gaps(instruments, quotes, columns))
