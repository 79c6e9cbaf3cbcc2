"""CN: company news."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.errors import DataMissingError
from financehub_tui.functions.counts import count_of
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.news import NewsItem
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.report.blocks import Block, Column, Field, Format, KeyValues, Report, Table, Text

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

_STORIES, _MOST = 20, 50
_IN_A_LINE = re.compile(r"[A-Za-z0-9._:/-]{1,100}")
"""An identifier that can stand in a command line."""

SPEC = FunctionSpec(
    mnemonic="CN",
    title="Company news",
    category=Category.NEWS,
    needs=Needs.SECURITY,
    help="Stories about the loaded security, newest first, with publisher and link. Type a story's number, or press "
    "Enter on it, to see it with its link and what the source tells of it; the text itself is the publisher's.",
    tails=(
        Tail(kind=TailKind.NUMBER, help="How many stories; 20 where nothing is said", example="50"),
        Tail(kind=TailKind.OPTION, words=("id",), help="One story by its identifier, which a number picks"),
    ),
    sources="The best provider of news for the security; PVNC says which. Stories a source gives that name neither the "
    "security nor its ticker are left out.",
    refresh=300,
    examples=("AAPL US Equity CN", "AAPL CN 50"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The list, or one story of it. Raises DataMissingError, CommandError."""
    instrument = one_security(call)
    count = count_of(call, _STORIES, _MOST, "stories")
    stories = await desk.news(instrument, count)
    wanted = call.option("id")
    blocks = _story(stories, wanted) if wanted else [_list(stories, instrument, call)]
    return report(desk, call, blocks)


def _list(stories: Sequence[NewsItem], instrument: Instrument, call: Call) -> Table:
    rows = [
        (story.time, story.title, story.publisher, " ".join(story.symbols), story.url, story.id) for story in stories
    ]
    return table(
        f"{instrument.name or instrument.display}, {len(stories)} stories",
        (
            Column(name="time", title="Published UTC", format=Format.DATETIME),
            Column(name="title", title="Title"),
            Column(name="publisher", title="Publisher"),
            Column(name="symbols", title="Tickers", hidden=True),
            Column(name="url", title="Link"),
            Column(name="id", title="Id", hidden=True),
        ),
        rows,
        pick_lines=[_line(story, instrument, call) for story in stories],
        provenance=stories[0].provenance if stories else None,
        empty="No stories.",
    )


def _line(story: NewsItem, instrument: Instrument, call: Call) -> str:
    """The line that shows one story; the list itself for an identifier no line can hold."""
    words = [instrument.display, "CN", *(f"{number:g}" for number in call.numbers)]
    return " ".join([*words, f"id={story.id}"] if _IN_A_LINE.fullmatch(story.id) else words)


def _story(stories: Sequence[NewsItem], wanted: str) -> list[Block]:
    """One story in full. Raises DataMissingError where it is not among the newest any more."""
    story = next((one for one in stories if one.id == wanted), None)
    if story is None:
        words = f"the story is not among the newest {len(stories)} any more"
        raise DataMissingError(Missing(reason=Reason.NO_DATA, detail=words))
    fields = (
        Field(label="Title", value=story.title),
        Field(label="Publisher", value=story.publisher),
        Field(label="Published UTC", value=story.time, format=Format.DATETIME),
        Field(label="Tickers", value=" ".join(story.symbols)),
        Field(label="Link", value=story.url),
    )
    shown = KeyValues(title="Story", fields=fields, provenance=story.provenance)
    return [shown, Text(title="Summary", body=story.summary, provenance=story.provenance)] if story.summary else [shown]
