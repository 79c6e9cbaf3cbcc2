"""The footer says the least live thing that is true of all that is shown, and no body is loaded before it is used."""

from __future__ import annotations

import subprocess
import sys

from financehub_tui.market.provenance import Missing, Provenance, Reason, Tier
from financehub_tui.panes.catalogue import body_class
from financehub_tui.panes.footer import age_of, credits_of, mark_of, providers_of, reasons_of

SECOND = 1_000_000_000
LIVE = Provenance(provider="binance", tier=Tier.LIVE, as_of=100 * SECOND, fetched_at=100 * SECOND)
STORED = Provenance(provider="yahoo", tier=Tier.STORE, as_of=40 * SECOND, fetched_at=40 * SECOND)
GONE = Missing(reason=Reason.OFFLINE, detail="Yahoo: no network")


def test_one_stored_value_among_live_ones_is_said() -> None:
    assert mark_of([LIVE], offline=False) == "LIVE"
    assert mark_of([LIVE, STORED], offline=False) == "CACHED"
    assert mark_of([STORED], offline=True) == "OFFLINE"
    assert mark_of([], offline=False) == ""


def test_age_is_that_of_the_newest_value_and_never_negative() -> None:
    assert age_of([LIVE, STORED], 112 * SECOND) == "12s old"
    assert age_of([LIVE], 0) == "0s old"
    assert age_of([GONE], 0) == ""


def test_sources_once_and_the_number_of_reasons_with_the_first() -> None:
    assert providers_of([LIVE, STORED, LIVE, GONE]) == "binance, yahoo"
    assert reasons_of([LIVE]) == ""
    assert "no network" in reasons_of([GONE])
    assert reasons_of([GONE, GONE]).startswith("2 missing: offline")
    assert reasons_of([Missing(reason=Reason.PENDING, detail="asked for")]) == ""


def test_what_a_source_demands_to_be_shown_is_shown_once() -> None:
    demanded = {"coingecko": "Data provided by CoinGecko", "ecb": "Source: ECB"}
    coin = Provenance(provider="coingecko")
    assert credits_of([LIVE, coin, coin, GONE], demanded) == "Data provided by CoinGecko"
    assert credits_of([coin, Provenance(provider="ecb")], demanded) == "Data provided by CoinGecko; Source: ECB"
    assert credits_of([LIVE, STORED], demanded) == ""


def test_functions_without_a_pane_of_their_own_get_the_standard_one() -> None:
    assert body_class("DES").__name__ == "StandardBody"
    assert body_class("GP").__name__ == "ChartBody"


def test_bodies_are_imported_on_first_use() -> None:
    program = (
        "import sys, financehub_tui.panes.catalogue, financehub_tui.panes.frame\n"
        "print([name for name in ('chart', 'grid', 'depth', 'tape') if f'financehub_tui.panes.{name}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
