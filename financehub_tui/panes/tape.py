"""Trades as a pane: QR and TAS."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from financehub_tui.errors import DataMissingError, FinanceHubError
from financehub_tui.functions.qr import least_size
from financehub_tui.functions.securities import one_security
from financehub_tui.functions.unavailable import explained
from financehub_tui.market.provenance import Missing, Provenance
from financehub_tui.market.quote import Quote, Trade
from financehub_tui.panes.body import typed
from financehub_tui.widgets.tape import Tape
from financehub_tui.widgets.tape_model import TapeModel

if TYPE_CHECKING:
    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk, Subscription
    from financehub_tui.market.instrument import Instrument

KEPT = 500


class TapeBody(Tape):
    """The tape of one security: what was traded before, then every trade as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self._desk: Desk | None = None
        self._key = ""
        self._seen = 0
        self._corrections = 0
        self._missing: Missing | None = None
        self._subscription: Subscription | None = None

    async def load(self, desk: Desk, call: Call) -> None:
        """Show recent trades and go on with the stream. Raises FinanceHubError where that fails: it is said first."""
        instrument = one_security(call)
        self._desk, self._key, self._seen, self._missing = desk, instrument.key, 0, None
        self._corrections = desk.live.corrections(instrument.key)
        least = least_size(call)
        self.empty = "Loading ..."
        self.decimals = instrument.decimals
        self.details = call.mnemonic == "TAS"
        self.set_model(TapeModel(min_size=least))
        try:
            self.zone = ZoneInfo(desk.session(instrument).timezone)
            self._subscribe(desk, instrument)
            self._add(await desk.trades(instrument, KEPT))
            self.empty = "No trades yet."
            self.refresh_rows([1])
        except Exception as error:
            fault = typed(call.mnemonic, error)
            self._lack(desk, call, fault)
            raise fault from None

    def _subscribe(self, desk: Desk, instrument: Instrument) -> None:
        if self._subscription is None:
            self._subscription = desk.subscribe([instrument], ("quote", "trade"))
        else:
            self._subscription.set([instrument])

    def _lack(self, desk: Desk, call: Call, error: FinanceHubError) -> None:
        """Say why there are no trades, and what to do about it."""
        self._missing = error.missing if isinstance(error, DataMissingError) else None
        self.empty = explained(desk, call, error)
        self.refresh()

    def _add(self, newest_first: list[Trade]) -> None:
        fresh = [trade for trade in newest_first if trade.time > self._seen]
        if fresh:
            self._seen = fresh[0].time
            self._missing = None
            self.add(reversed(fresh))
            self.on_tick()

    def tick(self, changed: set[str], now: int) -> None:
        """Add the trades that came since the last tick; where some were taken back, show all that are left."""
        if self._desk is None or self._key not in changed:
            return
        trades = list(self._desk.live.trades(self._key, KEPT))
        corrections = self._desk.live.corrections(self._key)
        if corrections != self._corrections:
            self._corrections = corrections
            self._show_again(trades)
        self._add(trades)

    def _show_again(self, newest_first: list[Trade]) -> None:
        """The trades anew, up to the newest that was shown; held still where they were."""
        paused = self.model.paused
        self.model.clear()
        self.add(trade for trade in reversed(newest_first) if trade.time <= self._seen)
        self.model.pause(paused)
        self.on_tick()

    def pick(self, number: int) -> bool:
        """Trades are not picked."""
        return False

    def turn_page(self, pages: int) -> None:
        """Older or newer trades."""
        self.action_older(pages * max(self.size.height - 2, 1))

    def sources(self) -> list[Provenance | Missing]:
        """Where the trades came from."""
        if self._missing is not None:
            return [self._missing]
        quote = self._desk.live.quote(self._key) if self._desk is not None else None
        return [quote.provenance] if isinstance(quote, Quote) and quote.provenance else []

    def release(self) -> None:
        """Give the subscription back."""
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None
