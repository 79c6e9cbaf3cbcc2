"""CoinGecko: coins' average prices over all venues, market values, histories. Keyless, or with a Demo or Pro key."""

from financehub_tui.providers.coingecko.provider import CoinGeckoProvider

__all__ = ["CoinGeckoProvider"]
