"""How each of the ten providers is made to ask a vendor on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from financehub_tui.clock import Clock
from financehub_tui.providers.alpaca import AlpacaProvider
from financehub_tui.providers.binance import BinanceProvider
from financehub_tui.providers.coinbase import CoinbaseProvider
from financehub_tui.providers.coingecko import CoinGeckoProvider
from financehub_tui.providers.coinmarketcap import CoinMarketCapProvider
from financehub_tui.providers.ecb.provider import EcbProvider
from financehub_tui.providers.finnhub import FinnhubProvider
from financehub_tui.providers.frankfurter.provider import FrankfurterProvider
from financehub_tui.providers.kit.http import HttpOptions
from financehub_tui.providers.kraken import KrakenProvider
from financehub_tui.providers.yahoo.provider import YahooProvider
from vendors import alpaca, coingecko, coinmarketcap, finnhub
from vendors.keypool import key_pool
from vendors.naps import Naps


class Reach(NamedTuple):
    """A provider's class, and what it is called with beside what all are."""

    maker: Callable[..., Any]
    hosts: Mapping[str, str] = {}
    """Paths at the vendor that stand for the source's other hosts."""
    keys: Mapping[str, str] = {}
    sleeps: bool = True
    """Takes `http` and `sleep`; else `options`, and how its clients sleep is set afterwards."""


_YAHOO_HOSTS = dict.fromkeys(("alt_rest_url", "cookie_url", "guce_url", "consent_url", "news_url"), "")
REACH = {
    "binance": Reach(BinanceProvider),
    "yahoo": Reach(YahooProvider, _YAHOO_HOSTS, sleeps=False),
    "ecb": Reach(EcbProvider, {"data_url": ""}, sleeps=False),
    "frankfurter": Reach(FrankfurterProvider, sleeps=False),
    "kraken": Reach(KrakenProvider),
    "coinbase": Reach(CoinbaseProvider),
    "coingecko": Reach(CoinGeckoProvider, {"pro_url": "/pro"}, {"demo": coingecko.DEMO_KEY}),
    "coinmarketcap": Reach(CoinMarketCapProvider, keys={"main": coinmarketcap.KEY}),
    "alpaca": Reach(AlpacaProvider, {"trading_url": ""}, {"main": alpaca.KEY}),
    "finnhub": Reach(FinnhubProvider, keys={"main": finnhub.KEY}),
}


def provider_at(id: str, url: str, clock: Clock, naps: Naps, http: HttpOptions, **stream: Any) -> Any:
    """A provider that asks the vendor at a URL; `stream` goes to its maker as it is."""
    reach = REACH[id]
    parts: dict[str, Any] = {"rest_url": url, **{name: url + path for name, path in reach.hosts.items()}, **stream}
    if reach.keys:
        parts["keys"] = key_pool(id, clock, **reach.keys)
    if reach.sleeps:
        return reach.maker(clock, http=http, sleep=naps, **parts)
    provider = reach.maker(clock, options=http, **parts)
    for client in provider.clients:
        client._sleep = naps
    return provider
