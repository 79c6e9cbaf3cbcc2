"""CoinMarketCap's table of coins: ids by ticker, and search. It costs no credits and is read once a day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.coinmarketcap.access import Access
from financehub_tui.providers.coinmarketcap.wire import MAP, PROVIDER, MapAnswer
from financehub_tui.providers.kit.coins import Coin, ambiguous, meant
from financehub_tui.providers.kit.requests import Parameters

KEPT = 24 * 3_600 * NANOS
ROWS = 5_000
"""The coins of best rank, as many as one call gives."""

CURRENCIES = frozenset(
    "AED ALL AMD ARS AUD AZN BAM BDT BGN BHD BMD BOB BRL BYN CAD CHF CLP CNY COP CRC CUP CZK DKK DOP DZD EGP EUR GBP "
    "GEL GHS GTQ HKD HNL HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KRW KWD KZT LBP LKR MAD MDL MKD MMK MNT "
    "MUR MXN MYR NAD NGN NIO NOK NPR NZD OMR PAB PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD SSP THB TND TRY TTD TWD "
    "UAH UGX USD UYU UZS VES VND ZAR BTC ETH USDT USDC BNB".split()
)
"""What prices are asked in: its fiat currencies and the usual coins of account."""


class CoinTable:
    """All coins of some rank."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._lock = asyncio.Lock()
        self._coins: list[Coin] = []
        self._by_ticker: dict[str, list[Coin]] = {}
        self._loaded_at: int | None = None

    def known(self, instrument: Instrument) -> str | None:
        """The id where it is known already."""
        if alias := instrument.aliases.get(PROVIDER):
            return alias
        coin = meant(self._by_ticker.get(instrument.base.upper(), []))
        return coin.id if coin else None

    async def ids(self, instruments: Iterable[Instrument]) -> Mapping[str, str | Missing]:
        """Ids by instrument key; Missing where the ticker is unknown or ambiguous.

        Raises ProviderError where the table cannot be had.
        """
        asked = list(instruments)
        if any(PROVIDER not in one.aliases for one in asked):
            await self._load()
        return {one.key: one.aliases.get(PROVIDER) or self._id(one.base.upper()) for one in asked}

    async def one(self, instrument: Instrument) -> str:
        """The id of one coin. Raises ProviderError."""
        found = (await self.ids([instrument]))[instrument.key]
        if isinstance(found, Missing):
            raise ProviderError(PROVIDER, found.reason, found.detail, endpoint=MAP)
        return found

    async def search(self, text: str, limit: int) -> list[Coin]:
        """Coins whose ticker or name begins with the text, or has a word that does; only those their ticker stands
        for, exact tickers first, then by rank. Raises ProviderError."""
        wanted = " ".join(text.lower().split())
        if not wanted:
            return []
        await self._load()
        hits = [coin for coin in self._coins if _like(coin, wanted)]
        hits = [coin for coin in hits if meant(self._by_ticker[coin.symbol.upper()]) is coin]
        return sorted(hits, key=lambda coin: (coin.symbol.lower() != wanted, coin.place))[:limit]

    def _id(self, ticker: str) -> str | Missing:
        coins = self._by_ticker.get(ticker, [])
        coin = meant(coins)
        if coin is not None:
            return coin.id
        if coins:
            return ambiguous(ticker, coins)
        words = f"CoinMarketCap lists no coin {ticker} among its first {ROWS:,}"
        return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=words)

    async def _load(self) -> None:
        async with self._lock:
            if self._loaded_at is not None and self._clock.now() - self._loaded_at < KEPT:
                return
            params: Parameters = {"listing_status": "active", "sort": "cmc_rank", "start": 1, "limit": ROWS}
            try:
                response = await self._access.get(params, endpoint=MAP, cost=0)
                rows = response.decode(MapAnswer).data
            except ProviderError:
                if self._loaded_at is None:
                    raise
                return  # yesterday's table is better than none
            self._coins = [
                Coin(id=str(row.id), symbol=row.symbol, name=row.name or row.symbol, rank=row.rank)
                for row in rows
                if row.symbol and (row.is_active is None or row.is_active)
            ]
            self._by_ticker = {}
            for coin in self._coins:
                self._by_ticker.setdefault(coin.symbol.upper(), []).append(coin)
            self._loaded_at = response.received_at


def _like(coin: Coin, wanted: str) -> bool:
    name = coin.name.lower()
    return coin.symbol.lower().startswith(wanted) or name.startswith(wanted) or f" {wanted}" in name
