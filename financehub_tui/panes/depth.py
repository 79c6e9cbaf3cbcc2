"""Depth as a pane: MDM as a ladder, BOOK two-sided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.errors import DataMissingError, FinanceHubError
from financehub_tui.functions.book import depth_of, needed
from financehub_tui.functions.securities import one_security
from financehub_tui.functions.unavailable import explained
from financehub_tui.market.provenance import Missing, Provenance
from financehub_tui.market.quote import Book, Side
from financehub_tui.panes.body import typed
from financehub_tui.widgets.book_view import BookView
from financehub_tui.widgets.ladder import DepthLadder

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk, Subscription
    from financehub_tui.market.instrument import Instrument
    from financehub_tui.widgets.depth import DepthView

LOADING = "Loading ..."
LEVELS = 50
"""Levels a side where nothing is said."""


class _Depth:
    """A book kept live, or the newest snapshot where nothing streams it."""

    def __init__(self, view: DepthView) -> None:
        self.view = view
        self.key = ""
        self.depth = 0
        self.origin: Provenance | Missing | None = None
        self._desk: Desk | None = None
        self._call: Call | None = None
        self._subscription: Subscription | None = None

    async def load(self, desk: Desk, call: Call) -> None:
        """Subscribe, and show a snapshot until the stream has a book. Raises FinanceHubError: it is said first."""
        instrument = one_security(call)
        if call != self._call:
            self.origin = None
            self.tell(LOADING)
        self._desk, self._call, self.key = desk, call, instrument.key
        self.view.levels = depth_of(call, LEVELS)
        self.depth = needed(self.view.levels)
        try:
            self._subscribe(desk, instrument)
            if not self.show_live():
                self.show(await desk.book(instrument, self.depth))
        except Exception as error:
            fault = typed(call.mnemonic, error)
            self.lack(fault)
            raise fault from None

    def _subscribe(self, desk: Desk, instrument: Instrument) -> None:
        if self._subscription is None:
            self._subscription = desk.subscribe([instrument], ("book", "trade"))
        else:
            self._subscription.set([instrument])

    def tell(self, words: str) -> None:
        """Say something in place of a book."""
        if self.view.book is not None or self.view.note != words:
            self.view.note = words
            self.view.show(None)
            self.view.refresh()

    def lack(self, error: FinanceHubError) -> None:
        """Say why there is no book, and what to do about it."""
        self.origin = error.missing if isinstance(error, DataMissingError) else None
        if self._desk is not None and self._call is not None:
            self.tell(explained(self._desk, self._call, error))

    def show_live(self) -> bool:
        """Show the streamed book. False where there is none, or it is being rebuilt."""
        book = self._desk.live.book(self.key, self.depth) if self._desk is not None else None
        if isinstance(book, Book):
            self.show(book)
            return True
        if isinstance(book, Missing):
            self.lack(DataMissingError(book))
        return False

    def show(self, book: Book) -> None:
        """Draw a book."""
        self.origin = book.provenance
        self.view.show(book)

    def sources(self) -> list[Provenance | Missing]:
        """Where the book came from."""
        return [] if self.origin is None else [self.origin]

    def release(self) -> None:
        """Give the subscription back."""
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None


class BookBody(BookView):
    """BOOK: bids left, asks right."""

    def __init__(self) -> None:
        super().__init__()
        self._feed = _Depth(self)

    async def load(self, desk: Desk, call: Call) -> None:
        """Show the book of the call's security."""
        await self._feed.load(desk, call)

    def tick(self, changed: set[str], now: int) -> None:
        """Draw what changed in the book."""
        if self._feed.key in changed:
            self._feed.show_live()

    def pick(self, number: int) -> bool:
        """Levels are not picked."""
        return False

    def turn_page(self, pages: int) -> None:
        """The best levels stay in view."""

    def sources(self) -> list[Provenance | Missing]:
        """Where the book came from."""
        return self._feed.sources()

    def release(self) -> None:
        """Give the subscription back."""
        self._feed.release()


class LadderBody(DepthLadder):
    """MDM: the ladder, with the price of the last trade marked."""

    def __init__(self) -> None:
        super().__init__()
        self._feed = _Depth(self)
        self._desk: Desk | None = None

    async def load(self, desk: Desk, call: Call) -> None:
        """Show the ladder of the call's security."""
        self._desk = desk
        await self._feed.load(desk, call)

    def tick(self, changed: set[str], now: int) -> None:
        """Draw what changed in the book."""
        if self._feed.key not in changed or self._desk is None:
            return
        newest = self._desk.live.trades(self._feed.key, 1)
        if newest:
            self.trade(newest[0].price, {Side.BUY: 1, Side.SELL: -1}.get(newest[0].side, 0))
        self._feed.show_live()

    def pick(self, number: int) -> bool:
        """Levels are not picked."""
        return False

    def turn_page(self, pages: int) -> None:
        """Scroll the ladder."""
        self.action_scroll_rows(pages * max(self.rows_high - 1, 1))

    def sources(self) -> list[Provenance | Missing]:
        """Where the book came from."""
        return self._feed.sources()

    def release(self) -> None:
        """Give the subscription back."""
        self._feed.release()
