"""News, as it comes with a search: not every story found for a ticker is about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.news import NewsItem
from financehub_tui.market.provenance import Delay, Provenance, Reason
from financehub_tui.providers.kit.decode import convert
from financehub_tui.providers.yahoo.finder import ENDPOINT
from financehub_tui.providers.yahoo.wire import PROVIDER, Finance, Number, number, read, results

MOST = 50
"""Stories asked for at the most."""
_FORM = re.compile(
    r"[,(]|\b(?:inc|corp|corporation|company|co|ltd|limited|plc|group|holdings?|sa|ag|nv|asa|ab|trust|etf)\b",
    re.IGNORECASE,
)
_SHORTEST_NAME = 4


class WireStory(msgspec.Struct, rename="camel"):
    """One story; time in epoch seconds."""

    uuid: str
    title: str
    provider_publish_time: Number
    publisher: str | None = None
    link: str | None = None
    related_tickers: list[str] | None = None


class NewsAnswer(msgspec.Struct):
    """The part of a search answer that holds stories."""

    news: list[object] | None = None
    finance: Finance | None = None


def read_news(body: bytes, now: int) -> list[NewsItem]:
    """Stories of a search answer, newest first; a broken one is left out. `now` in ns since 1970 UTC.

    Raises ProviderError.
    """
    answer = read(body, NewsAnswer, ENDPOINT)
    if answer.finance is not None and answer.finance.error is not None:
        results(None, answer.finance, ENDPOINT, "news")
    stories = [_story(entry, now) for entry in answer.news or ()]
    return sorted((story for story in stories if story is not None), key=lambda story: -story.time)


def _story(entry: object, now: int) -> NewsItem | None:
    try:
        wire = convert(entry, WireStory, provider=PROVIDER, endpoint=ENDPOINT)
    except ProviderError:
        return None
    published = number(wire.provider_publish_time)
    if published is None:
        return None
    time = int(published) * NANOS
    return NewsItem(
        id=wire.uuid,
        time=time,
        title=wire.title,
        publisher=wire.publisher or "",
        url=wire.link or "",
        symbols=tuple(wire.related_tickers or ()),
        provenance=Provenance(provider=PROVIDER, endpoint=ENDPOINT, as_of=time, fetched_at=now, delay=Delay.REALTIME),
    )


def stories_about(stories: Sequence[NewsItem], instrument: Instrument, ticker: str) -> list[NewsItem]:
    """Those that name the ticker among theirs, or it or the company in their title.

    The search fills up with unrelated stories where it finds too few. Raises ProviderError NO_DATA for none at all.
    """
    found = [story for story in stories if _about(story, instrument, ticker)]
    if found:
        return found
    others = f" ({len(stories)} about others left out)" if stories else ""
    raise ProviderError(PROVIDER, Reason.NO_DATA, f"no story about {ticker}{others}", endpoint=ENDPOINT)


def _about(story: NewsItem, instrument: Instrument, ticker: str) -> bool:
    if ticker in story.symbols or re.search(rf"(?<![\w.]){re.escape(ticker)}(?![\w.])", story.title):
        return True
    name = _spoken_name(instrument.name)
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", story.title, re.IGNORECASE) is not None


def _spoken_name(name: str) -> str:
    """What headlines call a company: its name up to the legal form; empty where too short to tell it from a word."""
    said = _FORM.split(name, maxsplit=1)[0].strip(" ,.")
    return said if len(said) >= _SHORTEST_NAME else ""
