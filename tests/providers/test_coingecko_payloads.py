"""What CoinGecko may send of coins that cost next to nothing, and of those it knows little about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from financehub_tui.market.profile import Profile
from financehub_tui.providers.coingecko import translate, wire
from financehub_tui.providers.kit.coins import coin_against
from financehub_tui.providers.kit.decode import decode

COIN = coin_against("USD", "ANY")
NOW = 1_791_300_000 * 10**9


def profile(**fields: Any) -> Profile:
    body = json.dumps({"id": "any", "symbol": "any", "name": "Any"} | fields).encode()
    return translate.profile_of(COIN, decode(body, wire.CoinAnswer, provider="coingecko", endpoint=wire.COIN), NOW)


@pytest.mark.parametrize(
    ("price", "shown"),
    [(1.23456789e-09, "0.00000000123456789"), (67.81, "67.81"), (73_738, "73,738"), (1.0, "1"), ("0.5", "0.5")],
)
def test_prices_of_a_profile_are_written_out(price: float | str, shown: str) -> None:
    assert dict(profile(market_data={"ath": {"usd": price}}).extra)["All-time high"] == shown


@pytest.mark.parametrize("empty", [{}, None])
def test_a_coin_of_which_little_is_known_has_a_name(empty: Any) -> None:
    found = profile(description=empty, links=empty, market_data=empty, platforms=empty, categories=[None])
    assert (found.name, found.description, found.website, found.market_cap) == ("Any", "", "", None)
