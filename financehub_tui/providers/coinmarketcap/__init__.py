"""CoinMarketCap: coins' average prices and market values, profiles, daily and hourly bars where the plan has them."""

from financehub_tui.providers.coinmarketcap.provider import CoinMarketCapProvider

__all__ = ["CoinMarketCapProvider"]
