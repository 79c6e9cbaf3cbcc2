"""CRYP: crypto monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.functions.fields import CATALOGUED, fields
from financehub_tui.functions.gaps import quote_gaps
from financehub_tui.functions.mon import GRID_KEYS, columns_of
from financehub_tui.functions.securities import quote_table, report
from financehub_tui.market.provenance import Missing, Provenance, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import Report, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from financehub_tui.desk import Desk
    from financehub_tui.market.instrument import Instrument

COLUMNS = (
    "last",
    "change",
    "change_percent",
    "bid",
    "ask",
    "spread_bps",
    "high",
    "low",
    "value",
    "market_cap",
    "dominance",
    "mark",
)

SPEC = FunctionSpec(
    mnemonic="CRYP",
    title="Crypto monitor",
    category=Category.MARKETS,
    needs=Needs.NOTHING,
    help="Crypto pairs with price, change over 24 hours, the venue's spread in basis points, turnover in the quote "
    "asset, and the coin's market value in US dollars with its share of all coins. Venues do not know market values: "
    "a catalogue of coins gives them, every ten minutes, and a second one checks them. PVNC says which, and how sure "
    "they are. The quote asset is kept apart: USDT is not USD. A column no source supplies stays empty and says why.",
    tails=(
        Tail(kind=TailKind.OPTION, words=("cols",), help="Columns as in MON", example="cols=last,value"),
        Tail(kind=TailKind.WORD, words=("USDT", "USD", "BTC", "EUR"), help="Only pairs quoted in that asset"),
    ),
    keys=GRID_KEYS,
    interactive=True,
    sources="Streams of Binance, Kraken and Coinbase; market values of CoinGecko and CoinMarketCap. The recorded "
    "streams in --demo=crypto, which have no market values.",
    formulas="Dom % = market value / that of all coins; Sprd bp = (ask - bid) / mid x 10,000; change is over the last "
    "24 hours, not since midnight.",
    examples=("CRYP", "CRYP USDT"),
)


async def load(desk: Desk, call: Call) -> Report:
    """Quotes of the crypto list."""
    instruments = desk.master.members("crypto")
    if call.words:
        instruments = [instrument for instrument in instruments if instrument.currency in call.words]
    names = columns_of(call, COLUMNS)
    quotes = await desk.quotes(instruments, market_values=not CATALOGUED.isdisjoint(names))
    columns = fields(names)
    table = quote_table("Crypto pairs", instruments, quotes, columns, pick="GP")
    missing = quote_gaps(instruments, quotes, columns) + _without_value(desk, instruments, quotes, names)
    return report(desk, call, [table], provenance=_origins(table, quotes), missing=missing)


def _origins(table: Table, quotes: Mapping[str, Quote | Missing]) -> list[Provenance]:
    """Of the table, and of the market values, which are another source's."""
    values = (quote.market_cap_from for quote in quotes.values() if isinstance(quote, Quote))
    return [one for one in (table.provenance, next(filter(None, values), None)) if one is not None]


def _without_value(
    desk: Desk, instruments: Sequence[Instrument], quotes: Mapping[str, Quote | Missing], names: Sequence[str]
) -> list[Missing]:
    """Why some coins have no market value, once for each reason; that nobody offers any, the column says itself."""
    if "market_cap" not in names:
        return []
    found: dict[str, Missing] = {}
    for instrument in instruments:
        quote = quotes[instrument.key]
        if isinstance(quote, Quote) and quote.market_cap is None:
            newest = next(iter(desk.explain(instrument.key, "market_value")), None)
            if isinstance(newest, Missing) and newest.reason is not Reason.NOT_OFFERED:
                found.setdefault(newest.detail, newest)
    return [msgspec.structs.replace(one, detail=f"Market value: {one.detail}") for one in found.values()]
