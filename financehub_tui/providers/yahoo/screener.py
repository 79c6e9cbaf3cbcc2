"""Predefined screens, and the news that comes with a search."""

from __future__ import annotations

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Missing
from financehub_tui.providers.kit.decode import bad_answer, convert
from financehub_tui.providers.yahoo.finder import ENDPOINT as SEARCH_ENDPOINT
from financehub_tui.providers.yahoo.quote import WireQuote, entry_of
from financehub_tui.providers.yahoo.wire import PROVIDER, Envelope, Finance, Number, number, read, results

ENDPOINT = "v1/finance/screener"


class WireScreen(msgspec.Struct):
    """One screen's hits."""

    total: int | None = None
    quotes: list[dict[str, object]] | None = None


class ScreenAnswer(msgspec.Struct):
    """The whole answer."""

    finance: Envelope[WireScreen] | None = None


class WireStory(msgspec.Struct, rename="camel"):
    """One story."""

    uuid: str
    title: str
    publisher: str | None = None
    link: str | None = None
    provider_publish_time: Number = None
    related_tickers: list[str] | None = None


class NewsAnswer(msgspec.Struct):
    """The part of a search answer that holds stories."""

    news: list[object] | None = None
    finance: Finance | None = None


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A headline; `time` in ns since 1970 UTC, `tickers` as Yahoo writes them."""

    id: str
    title: str
    publisher: str
    link: str
    time: int
    tickers: tuple[str, ...]


def read_screen(body: bytes) -> dict[str, WireQuote | Missing]:
    """Hits by symbol, in the screen's order. Raises ProviderError."""
    answer = read(body, ScreenAnswer, ENDPOINT)
    found = results(answer.finance, None, ENDPOINT, "finance")
    if not found:
        raise bad_answer(PROVIDER, ENDPOINT, "`finance.result` is empty", "finance.result")
    return dict(entry_of(entry, ENDPOINT) for entry in found[0].quotes or ())


def read_news(body: bytes) -> list[Story]:
    """Stories of a search answer, newest first; a broken one is left out. Raises ProviderError."""
    answer = read(body, NewsAnswer, SEARCH_ENDPOINT)
    if answer.finance is not None and answer.finance.error is not None:
        results(None, answer.finance, SEARCH_ENDPOINT, "news")
    stories = [_story(entry) for entry in answer.news or ()]
    return sorted((story for story in stories if story is not None), key=lambda story: -story.time)


def _story(entry: object) -> Story | None:
    try:
        wire = convert(entry, WireStory, provider=PROVIDER, endpoint=SEARCH_ENDPOINT)
    except ProviderError:
        return None
    return Story(
        id=wire.uuid,
        title=wire.title,
        publisher=wire.publisher or "",
        link=wire.link or "",
        time=int(number(wire.provider_publish_time) or 0) * NANOS,
        tickers=tuple(wire.related_tickers or ()),
    )
