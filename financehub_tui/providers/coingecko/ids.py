"""CoinGecko's coin ids: tickers are not unique, ids are."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.coingecko.access import Access
from financehub_tui.providers.coingecko.wire import COIN_LIST, MARKETS, PROVIDER, ListedCoin, MarketRow
from financehub_tui.providers.kit.coins import Coin, ambiguous, meant
from financehub_tui.providers.kit.requests import Parameters

KEPT = 24 * 3_600 * NANOS
RANKS_A_CALL = 100
"""Ids in one address; 250 are allowed, but some are long."""

CURRENCIES = frozenset(
    "AED ARS AUD BDT BHD BMD BRL CAD CHF CLP CNY CZK DKK EUR GBP GEL HKD HUF IDR ILS INR JPY KRW KWD LKR MMK MXN MYR "
    "NGN NOK NZD PHP PKR PLN RUB SAR SEK SGD THB TRY TWD UAH USD VEF VND ZAR XDR XAG XAU BTC ETH LTC BCH BNB EOS XRP "
    "XLM LINK DOT YFI SOL BITS SATS".split()
)
"""What prices can be asked in. USDT and USDC are not among them: a price in dollars is none in Tether."""


class CoinIds:
    """The id of each ticker, learnt from the table of all coins and, where several share it, from their ranks."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._lock = asyncio.Lock()
        self._listed: dict[str, list[ListedCoin]] = {}
        self._loaded_at: int | None = None
        self._found: dict[str, str | Missing] = {}

    def known(self, instrument: Instrument) -> str | None:
        """The id where it is known already."""
        if alias := instrument.aliases.get(PROVIDER):
            return alias
        found = self._found.get(instrument.base.lower())
        return found if isinstance(found, str) else None

    async def of(self, instruments: Iterable[Instrument]) -> Mapping[str, str | Missing]:
        """Ids by instrument key; Missing where the ticker is unknown or nobody can tell which coin it is.

        Raises ProviderError where the table of coins cannot be had.
        """
        asked = list(instruments)
        named = {instrument.key: alias for instrument in asked if (alias := instrument.aliases.get(PROVIDER))}
        tickers = {instrument.base.lower() for instrument in asked if instrument.key not in named}
        found = await self.of_tickers(tickers) if tickers else {}
        return {one.key: named.get(one.key) or found[one.base.lower()] for one in asked}

    async def one(self, instrument: Instrument) -> str:
        """The id of one coin. Raises ProviderError."""
        found = (await self.of([instrument]))[instrument.key]
        if isinstance(found, Missing):
            raise ProviderError(PROVIDER, found.reason, found.detail, endpoint=COIN_LIST)
        return found

    async def of_tickers(self, tickers: Collection[str]) -> Mapping[str, str | Missing]:
        """Ids by ticker in lower case, as `of`. Raises ProviderError."""
        async with self._lock:
            await self._load()
            shared: dict[str, list[ListedCoin]] = {}
            for ticker in set(tickers) - self._found.keys():
                coins = self._listed.get(ticker, [])
                if len(coins) > 1:
                    shared[ticker] = coins
                else:
                    self._found[ticker] = coins[0].id if coins else _unknown(ticker)
            failed = await self._rank(shared) if shared else {}
            return {ticker: failed.get(ticker) or self._found[ticker] for ticker in tickers}

    async def _load(self) -> None:
        if self._loaded_at is not None and self._clock.now() - self._loaded_at < KEPT:
            return
        try:
            response = await self._access.get("/coins/list", {}, endpoint=COIN_LIST)
            coins = response.decode(list[ListedCoin])
        except ProviderError:
            if self._loaded_at is None:
                raise
            return  # yesterday's table is better than none
        self._listed, self._found, self._loaded_at = {}, {}, response.received_at
        for coin in coins:
            if coin.symbol:
                self._listed.setdefault(coin.symbol.lower(), []).append(coin)

    async def _rank(self, shared: Mapping[str, Sequence[ListedCoin]]) -> dict[str, Missing]:
        """Decide tickers that several coins share. What could not be asked for is returned, not remembered."""
        ids = [coin.id for coins in shared.values() for coin in coins]
        ranks: dict[str, int | None] = {}
        failure: ProviderError | None = None
        for start in range(0, len(ids), RANKS_A_CALL):
            try:
                ranks |= await self._ranks(ids[start : start + RANKS_A_CALL])
            except ProviderError as error:
                failure = error
                break
        failed: dict[str, Missing] = {}
        for ticker, coins in shared.items():
            if failure is not None and any(coin.id not in ranks for coin in coins):
                failed[ticker] = failure.missing()
                continue
            ranked = [Coin(id=coin.id, symbol=ticker, name=coin.name or coin.id, rank=ranks[coin.id]) for coin in coins]
            chosen = meant(ranked)
            self._found[ticker] = chosen.id if chosen else ambiguous(ticker, ranked)
        return failed

    async def _ranks(self, ids: Sequence[str]) -> dict[str, int | None]:
        params: Parameters = {"vs_currency": "usd", "ids": ",".join(ids), "per_page": 250}
        response = await self._access.get("/coins/markets", params, endpoint=MARKETS)
        found = {row.id: row.market_cap_rank for row in response.decode(list[MarketRow])}
        return {one: found.get(one) for one in ids}


def _unknown(ticker: str) -> Missing:
    return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=f"CoinGecko lists no coin {ticker.upper()}")
