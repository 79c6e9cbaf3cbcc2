"""Names in the settings that other parts of the program know: providers, exchange codes, currencies, studies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from financehub_tui.config import Loaded
from financehub_tui.errors import CommandError, ConfigError

ENTRY_POINTS = "financehub_tui.providers"
"""Where other packages declare providers."""
PROVIDERS = (
    "binance", "kraken", "coinbase", "yahoo", "alpaca", "finnhub", "coingecko", "coinmarketcap", "frankfurter", "ecb",
    "simulated", "replay", "bundled", "closes", "recording",
    "twelve_data", "alpha_vantage", "massive", "fred", "newsapi", "oanda", "exchangerate_host", "reddit",
)  # fmt: skip
"""Ids of the providers that come with the program, of the demos' own, and of those whose keys alone are kept."""


def checked(loaded: Loaded) -> Loaded:
    """The settings, where every name in them is known. Raises ConfigError naming file, variable or flag, and the key.

    What other packages declare is looked up only for a provider that is none of ours: reading their metadata is slow.
    """
    _check_exchange(loaded)
    _check_currency(loaded)
    _check_studies(loaded)
    _check_providers(loaded)
    return loaded


def _check_exchange(loaded: Loaded) -> None:
    key = "general.home_exchange"
    if key not in loaded.origins:
        return
    from financehub_tui.commands.exchanges import EXCHANGES

    code = loaded.settings.general.home_exchange
    if code not in EXCHANGES:
        raise _unknown(loaded, key, f"no exchange has the code {code}", code, EXCHANGES)


def _check_currency(loaded: Loaded) -> None:
    key = "general.currency"
    if key not in loaded.origins:
        return
    from financehub_tui.market.currencies import CURRENCIES

    code = loaded.settings.general.currency
    if code not in CURRENCIES:
        raise _unknown(loaded, key, f"no currency has the code {code}", code, CURRENCIES)


def _check_studies(loaded: Loaded) -> None:
    key = "chart.studies"
    if key not in loaded.origins:
        return
    from financehub_tui.commands.studies import STUDIES, read_study

    for name in loaded.settings.chart.studies:
        try:
            known = read_study(name)
        except CommandError as error:
            raise ConfigError(f"{loaded.origins[key]}: {key}: {error}", error.hint) from error
        if known is None:
            raise _unknown(loaded, key, f"there is no study {name!r}", name.upper(), STUDIES)


def _check_providers(loaded: Loaded) -> None:
    others = {key: name for key, name in _named(loaded.origins) if name not in PROVIDERS}
    if not others:
        return
    from importlib.metadata import entry_points

    known = (*PROVIDERS, *entry_points(group=ENTRY_POINTS).names)
    for key, name in others.items():
        if name not in known:
            raise _unknown(loaded, key, f"no provider is called {name}", name, known)


def _named(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(dotted key, provider) of the keys that are about a provider."""
    for key in keys:
        head, _, rest = key.partition(".")
        if head == "providers":
            yield key, rest.partition(".")[0]


def _unknown(loaded: Loaded, key: str, what: str, name: str, known: Collection[str]) -> ConfigError:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
    return ConfigError(f"{loaded.origins[key]}: {key}: {what}", hint)
