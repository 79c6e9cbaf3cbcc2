"""Alpaca's names: BRK.B for shares, BTC/USD at its own crypto venue; its table of assets, read once a day."""

from __future__ import annotations

import asyncio

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.providers.alpaca.wire import ASSETS, PROVIDER, Asset
from financehub_tui.providers.kit.american import american_ticker
from financehub_tui.providers.kit.http import HttpClient

VENUE = "ALPACA"
KEPT = 24 * 3_600 * NANOS
CURRENCIES = ("USD", "USDT", "USDC", "BTC")
"""What pairs of its venue are quoted in."""
_MICS = {"NASDAQ": "XNAS", "NYSE": "XNYS", "ARCA": "ARCX", "AMEX": "XASE", "BATS": "BATS", "OTC": "OTCM"}


def name_of(instrument: Instrument) -> str | None:
    """Alpaca's name of an instrument; None for what is neither a US share nor a spot pair it may trade."""
    if alias := instrument.aliases.get(PROVIDER):
        return alias
    if instrument.asset_class is not AssetClass.CRYPTO:
        return american_ticker(instrument)
    if instrument.kind is not Kind.SPOT or not instrument.base or instrument.venue not in ("", VENUE):
        return None
    return f"{instrument.base}/{instrument.currency}" if instrument.currency in CURRENCIES else None


def instrument_of(asset: Asset) -> Instrument | None:
    """A row of the table as an instrument; None for an exchange or class without a place here."""
    if asset.asset_class == "crypto":
        base, _, currency = asset.symbol.partition("/")
        if not currency:
            return None
        return Instrument(
            asset_class=AssetClass.CRYPTO,
            symbol=f"{base}{currency}",
            venue=VENUE,
            currency=currency,
            kind=Kind.SPOT,
            name=asset.name or asset.symbol,
            base=base,
            aliases={PROVIDER: asset.symbol},
        )
    mic = _MICS.get(asset.exchange)
    if asset.asset_class != "us_equity" or mic is None:
        return None
    return Instrument(
        asset_class=AssetClass.EQUITY,
        symbol=asset.symbol,
        venue=mic,
        kind=Kind.ETF if " ETF" in (asset.name or "") else Kind.STOCK,
        exchange_code="US",
        name=asset.name or asset.symbol,
        aliases={PROVIDER: asset.symbol},
    )


def listed_share(symbol: str) -> Instrument:
    """A share of a screen, which does not say on which exchange it is listed."""
    return Instrument(
        asset_class=AssetClass.EQUITY, symbol=symbol, exchange_code="US", name=symbol, aliases={PROVIDER: symbol}
    )


class AssetTable:
    """All active assets. The first search reads a few megabytes."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._assets: list[Asset] = []
        self._loaded_at: int | None = None

    async def search(self, text: str, limit: int) -> list[Instrument]:
        """Assets whose symbol begins with the text or whose name has a word that does; exact symbols first.

        Raises ProviderError.
        """
        wanted = " ".join(text.upper().split())
        if not wanted:
            return []
        await self._load()
        hits = [asset for asset in self._assets if _like(asset, wanted)]
        hits.sort(key=lambda asset: (asset.symbol != wanted, not asset.symbol.startswith(wanted), asset.symbol))
        placed = (instrument_of(asset) for asset in hits)
        return [instrument for instrument in placed if instrument is not None][:limit]

    async def _load(self) -> None:
        async with self._lock:
            if self._loaded_at is not None and self._clock.now() - self._loaded_at < KEPT:
                return
            try:
                found = await asyncio.gather(*(self._of(kind) for kind in ("us_equity", "crypto")))
            except ProviderError:
                if self._loaded_at is None:
                    raise
                return  # yesterday's table is better than none
            self._assets = [asset for part in found for asset in part if asset.status == "active"]
            self._loaded_at = self._clock.now()

    async def _of(self, kind: str) -> list[Asset]:
        params = {"status": "active", "asset_class": kind}
        response = await self._http.get(f"/{ASSETS}", params, endpoint=ASSETS)
        return response.decode(list[Asset])


def _like(asset: Asset, wanted: str) -> bool:
    name = (asset.name or "").upper()
    return asset.symbol.startswith(wanted) or name.startswith(wanted) or f" {wanted}" in name
