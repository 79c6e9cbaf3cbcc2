"""Kraken's pairs: AssetPairs as the table of pairs, by their v2 symbols."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from financehub_tui.providers.kit.pairs import Pair, PairTable
from financehub_tui.providers.kraken import names, wire


class KrakenPairs(PairTable):
    """Dark pools, which have no name on the socket, are left out."""

    venue = names.VENUE
    endpoint = "AssetPairs"
    popular = ("USD", "EUR", "USDT", "USDC", "GBP", "BTC", "ETH")

    async def load(self) -> Iterable[Pair]:
        """All pairs."""
        response = await self.http.get("/0/public/AssetPairs", endpoint=self.endpoint)
        rows = response.decode(wire.Pairs).result.values()
        return [pair for row in rows if (pair := pair_of(row)) is not None]

    def asset(self, word: str) -> str:
        """XBT and XXBT are BTC."""
        return names.asset(word)


def pair_of(row: wire.Pair) -> Pair | None:
    """A listed pair; None for the dark pools. Older answers have no tick size but the number of decimals."""
    symbol = names.read_pair(row.wsname) if row.wsname else None
    if symbol is None:
        return None
    base, _, quote = symbol.partition("/")
    return Pair(
        name=symbol,
        base=base,
        quote=quote,
        trading=row.status == "online",
        status=row.status,
        tick=Decimal(1).scaleb(-row.pair_decimals) if row.tick_size is None else row.tick_size,
        lot=Decimal(1).scaleb(-row.lot_decimals),
        least_size=row.ordermin,
        least_value=row.costmin,
        spellings=(row.altname, row.base, row.quote),
        aliases={"kraken": symbol, "kraken_rest": row.altname},
    )
