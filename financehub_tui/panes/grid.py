"""The quote grid as a pane: MON, WEI, CRYP, MOST."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from financehub_tui.errors import FinanceHubError
from financehub_tui.functions import cryp, mon, most, wei
from financehub_tui.functions.fields import CATALOGUED, FIELDS, QuoteField
from financehub_tui.functions.securities import many_securities
from financehub_tui.functions.starters import STARTER
from financehub_tui.functions.unavailable import explained
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Provenance, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import Format
from financehub_tui.widgets.blocks.base import Picked
from financehub_tui.widgets.grid_columns import CellValue, ColumnSpec, Tone
from financehub_tui.widgets.grid_model import Group
from financehub_tui.widgets.quote_grid import QuoteGrid

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk, Subscription

PENDING = Missing(reason=Reason.PENDING, detail="asked for, not answered yet")
UNCARRIED = "No source here carries these"

_LEAD = (
    ColumnSpec(id="security", title="Security", width=10, tone=Tone.TITLE),
    ColumnSpec(id="name", title="Name", width=16, tone=Tone.LABEL, grow=True),
)
_SPARK = ColumnSpec(id="spark", title="Trend", width=12, format=Format.SPARK, tone=Tone.MUTED, grow=True, grow_to=36)
NAME_FROM, TREND_FROM = 84, 60
"""Widths from which names and trends have room."""
_TONES = {"bid": Tone.BID, "ask": Tone.ASK, "change": Tone.TREND, "change_percent": Tone.TREND, "last": Tone.VALUE}
_FLASHING = ("last", "bid", "ask")


class QuoteRows:
    """A grid's values: the live quote book first, then what the last call gave."""

    def __init__(self, desk: Desk, instruments: Sequence[Instrument]) -> None:
        self.desk = desk
        self.instruments = {instrument.key: instrument for instrument in instruments}
        self.given: Mapping[str, Quote | Missing] = {}

    def quote(self, row: str) -> Quote | Missing:
        """The newest quote of a row, or why there is none."""
        live = self.desk.live.quote(row)
        given = self.given.get(row)
        if isinstance(live, Quote):
            return live
        return given or live or PENDING

    def value(self, row: str, column: str) -> CellValue:
        """One cell."""
        instrument = self.instruments[row]
        if column == "security":
            return instrument.symbol
        if column == "name":
            return instrument.name
        if column == "spark":
            return self.desk.live.spark(row) or None
        quote = self.quote(row)
        if column == "decimals":
            known = None if isinstance(quote, Missing) else quote.decimals
            return instrument.decimals if known is None else known
        if isinstance(quote, Missing):
            return quote
        return FIELDS[column].value(instrument, quote)

    def version(self, row: str) -> int:
        """Changes with the live book and with every new answer."""
        return self.desk.live.version(row) * 2 + (row in self.given)

    def stale(self, row: str) -> bool:
        """True where the value is not live and older than it should be."""
        quote = self.quote(row)
        if isinstance(quote, Missing) or quote.provenance is None:
            return False
        return quote.provenance.mark == "CACHED"

    def sources(self) -> list[Provenance | Missing]:
        """Provenance of every row that has a quote, and the reasons of those that have none."""
        found = (self.quote(row) for row in self.instruments)
        origins = (quote if isinstance(quote, Missing) else quote.provenance for quote in found)
        return [origin for origin in origins if origin is not None]


def column_spec(field: QuoteField) -> ColumnSpec:
    """A quote field as a column of the grid."""
    return ColumnSpec(
        id=field.id,
        title=field.title,
        width=field.width,
        format=field.format,
        decimals=None if field.format is Format.PRICE else field.decimals,
        decimals_from="decimals" if field.format is Format.PRICE else "",
        signed=field.signed,
        tone=_TONES.get(field.id, Tone.TEXT),
        trend_from="change" if field.id == "last" else "",
        flash=field.id in _FLASHING,
        arrow=field.id == "last",
    )


class MonitorBody(QuoteGrid):
    """MON: a list's quotes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "sort_next", "Sort by the next column", id="grid.sort"),
        Binding("ctrl+g", "reverse", "Turn the order round", id="grid.reverse"),
        Binding("ctrl+l", "freeze", "Hold the order", id="grid.hold"),
        Binding("ctrl+y", "copy", "Copy", id="grid.copy"),
    ]

    default_columns: ClassVar[tuple[str, ...]] = mon.DEFAULT_COLUMNS
    default_list = STARTER
    trend = True

    def __init__(self) -> None:
        columns = [*_LEAD, *([_SPARK] if self.trend else []), *map(column_spec, FIELDS.values())]
        self.rows: QuoteRows | None = None
        super().__init__(columns, _NoRows(), frozen=1, empty="Loading ...")
        self._subscription: Subscription | None = None
        self._kinds: tuple[str, ...] = ()
        self._fields = self.default_columns

    async def load(self, desk: Desk, call: Call) -> None:
        """Show the list at once, subscribe, then ask for what is not live."""
        try:
            groups = await self.groups(desk, call)
        except FinanceHubError as error:
            self._clear(explained(desk, call, error))
            raise
        instruments = [instrument for _, members in groups for instrument in members]
        rows = QuoteRows(desk, instruments)
        self.rows = self.model.source = rows
        self.empty = "The list is empty."
        self._fields = mon.columns_of(call, self.default_columns)
        self._choose_columns()
        self.set_groups(Group(title, tuple(member.key for member in members)) for title, members in groups)
        self._subscribe(desk, call, instruments)
        rows.given = await desk.quotes(instruments)
        await self.answered(desk, call, instruments)
        self.restyled()
        self.refresh()

    def _clear(self, words: str) -> None:
        """Nothing but why: rows of another call do not stay under this one's title."""
        self.release()
        self.rows = None
        self.model.source = _NoRows()
        self.empty = words
        self.set_groups([])

    def _subscribe(self, desk: Desk, call: Call, instruments: list[Instrument]) -> None:
        """Live quotes, with the market values of coins where they are shown."""
        kinds = ("quote",) if CATALOGUED.isdisjoint(self._fields) else ("quote", "market_value")
        if self._subscription is not None and kinds == self._kinds:
            self._subscription.set(instruments)
            return
        self.release()
        self._kinds = kinds
        self._subscription = desk.subscribe(instruments, kinds)

    def _choose_columns(self) -> None:
        """The call's fields, with name and trend where the width has room for them."""
        width = self.size.width
        name = ["name"] if width >= NAME_FROM else []
        trend = ["spark"] if self.trend and width >= TREND_FROM else []
        first, rest = self._fields[:3], self._fields[3:]
        self.model.show_columns(["security", *name, *first, *trend, *rest])

    def on_resize(self) -> None:
        """Other columns may have room."""
        self._choose_columns()
        self.rearranged()

    async def groups(self, desk: Desk, call: Call) -> list[tuple[str, list[Instrument]]]:
        """(heading, members) of what is shown; one without heading where there are no groups."""
        if call.security and not call.list_name and len(call.securities) == 1:
            return [("", [call.security])]
        _, members = await many_securities(desk, call, self.default_list)
        return [("", members)]

    async def answered(self, desk: Desk, call: Call, instruments: list[Instrument]) -> None:
        """Quotes have come: what a ranking needs."""

    async def known_first(self, desk: Desk, call: Call) -> None:
        """Put the rows without a quote below the others, those no source carries under a heading of their own."""
        assert self.rows is not None
        groups: list[Group] = []
        uncarried: list[str] = []
        for title, members in await self.groups(desk, call):
            rows: dict[str, list[str]] = {"known": [], "late": [], "never": []}
            for member in members:
                rows[_hope(self.rows.quote(member.key))].append(member.key)
            groups.append(Group(title, (*rows["known"], *rows["late"])))
            uncarried += rows["never"]
        self.set_groups(group for group in (*groups, Group(UNCARRIED, tuple(uncarried))) if group.rows)

    def tick(self, changed: set[str], now: int) -> None:
        """Draw the visible rows that changed."""
        if self.rows is not None:
            self.on_tick(changed & self.rows.instruments.keys(), self.rows.desk.clock.monotonic())

    def pick(self, number: int) -> bool:
        """Open row n."""
        rows = self.model.rows
        if not 1 <= number <= len(rows):
            return False
        self.post_message(Picked(self.line_of_row(rows[number - 1])))
        return True

    def on_quote_grid_row_selected(self, event: QuoteGrid.RowSelected) -> None:
        """Enter on a row opens it."""
        event.stop()
        if not isinstance(event, QuoteGrid.CursorMoved):
            self.post_message(Picked(self.line_of_row(event.row)))

    def line_of_row(self, row: str) -> str:
        """The line that opens a row's security."""
        from financehub_tui.commands.printing import security_text

        assert self.rows is not None
        return f"{security_text(self.rows.instruments[row])} {self.opens}"

    opens = "DES"

    def turn_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.action_page(pages)

    def sources(self) -> list[Provenance | Missing]:
        """Where the rows came from."""
        return self.rows.sources() if self.rows else []

    def release(self) -> None:
        """Give the subscription back."""
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None


def _hope(quote: Quote | Missing) -> str:
    """Whether a quote is `known`, may come `late`, or `never` does."""
    if isinstance(quote, Quote):
        return "known"
    return "never" if quote.reason in (Reason.UNKNOWN_SYMBOL, Reason.NOT_OFFERED) else "late"


class _NoRows:
    """The source of a grid that has nothing yet."""

    def value(self, row: str, column: str) -> CellValue:
        return None

    def version(self, row: str) -> int:
        return 0

    def stale(self, row: str) -> bool:
        return False


class IndicesBody(MonitorBody):
    """WEI: indices by region."""

    default_columns = wei.COLUMNS
    opens = "GP"

    async def answered(self, desk: Desk, call: Call, instruments: list[Instrument]) -> None:
        """Rows without a quote go to the end of their group."""
        await self.known_first(desk, call)

    async def groups(self, desk: Desk, call: Call) -> list[tuple[str, list[Instrument]]]:
        """The regions of the world."""
        members = desk.master.members("world-indices")
        return [(name, [member for member in members if wei.region(member) == name]) for name in wei.REGIONS]


class CryptoBody(MonitorBody):
    """CRYP: crypto pairs."""

    default_columns = cryp.COLUMNS
    opens = "GP"

    async def answered(self, desk: Desk, call: Call, instruments: list[Instrument]) -> None:
        """Rows without a quote go to the end of their group."""
        await self.known_first(desk, call)

    async def groups(self, desk: Desk, call: Call) -> list[tuple[str, list[Instrument]]]:
        """The crypto list, or the pairs quoted in one asset."""
        members = desk.master.members("crypto")
        if call.words:
            members = [member for member in members if member.currency in call.words]
        return [("", members)]


class MoversBody(MonitorBody):
    """MOST: a ranking that is made anew while it is on screen."""

    default_columns = most.COLUMNS
    trend = False

    async def groups(self, desk: Desk, call: Call) -> list[tuple[str, list[Instrument]]]:
        """The whole universe; the ranking cuts it once quotes are there."""
        _, members, _ = await most.members(desk, call)
        return [("", members)]

    async def answered(self, desk: Desk, call: Call, instruments: list[Instrument]) -> None:
        """Keep the first rows of the ranking, sorted by its column."""
        assert self.rows is not None
        order, count = most.order_of(call), int(call.numbers[0]) if call.numbers else most.ROWS
        quotes = {row: self.rows.quote(row) for row in self.rows.instruments}
        ranked = most.rank(instruments, quotes, order)
        title = f"{most.ORDERS[order][1]}: {len(ranked):,} of {len(instruments):,} members compared"
        self.set_groups([Group(title, tuple(instrument.key for instrument in ranked[: max(count, 1)]))])
