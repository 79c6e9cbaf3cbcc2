"""The search endpoint: instruments whose ticker or name is like a text."""

from __future__ import annotations

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.providers.kit.decode import bad_answer, convert
from financehub_tui.providers.yahoo.listing import instrument_of
from financehub_tui.providers.yahoo.wire import PROVIDER, Finance, read, results

ENDPOINT = "v1/finance/search"


class Found(msgspec.Struct, rename="camel"):
    """One hit. Private companies come without a symbol."""

    symbol: str | None = None
    shortname: str | None = None
    longname: str | None = None
    exchange: str | None = None
    quote_type: str | None = None
    sector: str | None = None
    industry: str | None = None
    is_yahoo_finance: bool = True


class SearchAnswer(msgspec.Struct):
    """The whole answer."""

    quotes: list[object] | None = None
    finance: Finance | None = None


def read_search(body: bytes) -> list[Found]:
    """Decode a search answer: the hits that have a ticker; a broken hit is left out. Raises ProviderError."""
    answer = read(body, SearchAnswer, ENDPOINT)
    if answer.finance is not None and answer.finance.error is not None:
        results(None, answer.finance, ENDPOINT, "quotes")
    if answer.quotes is None:
        raise bad_answer(PROVIDER, ENDPOINT, "`quotes` is missing", "quotes")
    hits = [_hit(entry) for entry in answer.quotes]
    return [hit for hit in hits if hit is not None and hit.symbol and hit.is_yahoo_finance]


def _hit(entry: object) -> Found | None:
    try:
        return convert(entry, Found, provider=PROVIDER, endpoint=ENDPOINT)
    except ProviderError:
        return None


def instruments_of(found: list[Found], currencies: dict[str, str], limit: int) -> list[Instrument]:
    """Hits as instruments, best first; those of an exchange or kind we cannot place are left out.

    `currencies` holds Yahoo's currency codes by ticker, where known.
    """
    placed = [_instrument(hit, currencies.get(hit.symbol or "", "")) for hit in found]
    return [instrument for instrument in placed if instrument is not None][:limit]


def _instrument(hit: Found, currency: str) -> Instrument | None:
    identity = instrument_of(hit.symbol or "", hit.quote_type or "", hit.exchange or "", currency)
    if identity is None:
        return None
    name = " ".join((hit.longname or hit.shortname or "").split())
    return msgspec.structs.replace(identity, name=name, sector=hit.sector or "", industry=hit.industry or "")
