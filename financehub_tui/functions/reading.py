"""A typed line against a desk: the grammar with the desk's master, lists and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.clock import to_datetime
from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.grammar import parse
from financehub_tui.functions.catalogue import registry
from financehub_tui.functions.starters import STARTER

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Reading
    from financehub_tui.desk import Desk


async def context_of(desk: Desk, *, lists: bool = True) -> ParseContext:
    """What a line is read against, with nothing loaded. `lists`: whether it may name one, for which the store opens."""
    names = (STARTER, *(name for name, _ in await desk.lists.names())) if lists else ()
    return ParseContext(
        registry=registry(),
        index=desk.master,
        year=to_datetime(desk.clock.now()).year,
        home_exchange=desk.settings.general.home_exchange,
        lists=names,
    )


async def read_line(desk: Desk, line: str) -> Reading:
    """A line read with nothing loaded. Raises CommandError."""
    return parse(line, await context_of(desk, lists="@" in line))
