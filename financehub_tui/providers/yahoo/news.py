"""News: a ticker's own stream, and what comes with a search, where not every story found is about the ticker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from financehub_tui.clock import to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.news import NewsItem
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.kit.decode import bad_answer, convert
from financehub_tui.providers.yahoo.finder import ENDPOINT
from financehub_tui.providers.yahoo.wire import PROVIDER, Finance, Number, instant, provenance, read, results

STREAM_ENDPOINT = "xhr/ncp"
STREAM_QUERY = {"queryRef": "latestNews", "serviceKey": "ncp_fin"}
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


class WirePublisher(msgspec.Struct, rename="camel"):
    """Who wrote it."""

    display_name: str | None = None


class WireLink(msgspec.Struct):
    """Where it can be read."""

    url: str | None = None


class WireContent(msgspec.Struct, rename="camel"):
    """One story of a stream; times as ISO instants."""

    id: str
    title: str
    pub_date: str
    summary: str | None = None
    provider: WirePublisher | None = None
    canonical_url: WireLink | None = None
    click_through_url: WireLink | None = None


class WireItem(msgspec.Struct):
    """A place in a stream: a story or an advertisement."""

    content: object = None
    ad: object = None


class WireTickerStream(msgspec.Struct):
    """The stories of a ticker."""

    stream: list[WireItem | None] | None = None


class WireStreamData(msgspec.Struct, rename="camel"):
    """What was asked for."""

    ticker_stream: WireTickerStream | None = None


class StreamAnswer(msgspec.Struct):
    """The whole answer."""

    data: WireStreamData | None = None


def stream_question(ticker: str, count: int) -> bytes:
    """The body of a question for a ticker's newest stories."""
    return msgspec.json.encode({"serviceConfig": {"snippetCount": count, "s": [ticker]}})


def read_stream(body: bytes, ticker: str, now: int) -> list[NewsItem]:
    """Stories of a ticker's stream, newest first; a broken one and advertisements are left out.

    `now` in ns since 1970 UTC. Raises ProviderError.
    """
    answer = read(body, StreamAnswer, STREAM_ENDPOINT)
    stream = answer.data.ticker_stream if answer.data is not None else None
    if stream is None:
        raise bad_answer(PROVIDER, STREAM_ENDPOINT, "`data.tickerStream` is missing", "data.tickerStream")
    items = [item for item in stream.stream or () if item is not None and not item.ad and item.content is not None]
    stories = [_stream_story(item.content, ticker, now) for item in items]
    return sorted((story for story in stories if story is not None), key=lambda story: -story.time)


def _stream_story(content: object, ticker: str, now: int) -> NewsItem | None:
    try:
        wire = convert(content, WireContent, provider=PROVIDER, endpoint=STREAM_ENDPOINT)
        time = _instant(wire.pub_date)
    except (ProviderError, ValueError):
        return None
    links = [link.url for link in (wire.click_through_url, wire.canonical_url) if link is not None and link.url]
    return NewsItem(
        id=wire.id,
        time=time,
        title=wire.title,
        publisher=(wire.provider.display_name if wire.provider else None) or "",
        url=links[0] if links else "",
        summary=wire.summary or "",
        symbols=(ticker,),
        provenance=provenance(STREAM_ENDPOINT, time, now),
    )


def _instant(text: str) -> int:
    """Nanoseconds since 1970 UTC of an ISO instant, one without a zone being UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return to_nanos(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


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
        time = instant(wire.provider_publish_time, ENDPOINT, "news.providerPublishTime")
    except ProviderError:
        return None
    if time is None:
        return None
    return NewsItem(
        id=wire.uuid,
        time=time,
        title=wire.title,
        publisher=wire.publisher or "",
        url=wire.link or "",
        symbols=tuple(wire.related_tickers or ()),
        provenance=provenance(ENDPOINT, time, now),
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
