"""Predefined screens."""

from __future__ import annotations

import msgspec

from financehub_tui.market.provenance import Missing
from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.yahoo.quote import WireQuote, entry_of
from financehub_tui.providers.yahoo.wire import PROVIDER, Envelope, read, results

ENDPOINT = "v1/finance/screener"


class WireScreen(msgspec.Struct):
    """One screen's hits."""

    total: int | None = None
    quotes: list[dict[str, object]] | None = None


class ScreenAnswer(msgspec.Struct):
    """The whole answer."""

    finance: Envelope[WireScreen] | None = None


def read_screen(body: bytes) -> dict[str, WireQuote | Missing]:
    """Hits by symbol, in the screen's order. Raises ProviderError."""
    answer = read(body, ScreenAnswer, ENDPOINT)
    found = results(answer.finance, None, ENDPOINT, "finance")
    if not found:
        raise bad_answer(PROVIDER, ENDPOINT, "`finance.result` is empty", "finance.result")
    return dict(entry_of(entry, ENDPOINT) for entry in found[0].quotes or ())
