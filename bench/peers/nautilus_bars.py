"""nautilus_trader's bars of one interval from trades of many symbols: trades a second.

    python nautilus_bars.py TRADES SYMBOLS ROUNDS

Its own trade objects are made before the clock runs; half an hour of them, in turn over the symbols.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

from nautilus_trader.common.component import TestClock
from nautilus_trader.data.aggregation import TimeBarAggregator
from nautilus_trader.model.data import Bar, BarType, TradeTick
from nautilus_trader.model.enums import AggressorSide
from nautilus_trader.model.identifiers import TradeId
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider

START = 1_700_006_400_000_000_000
SPAN = 1_800_000_000_000
STEP = 60_000_000_000
"""The clock, and with it the closing of bars, moves on every minute."""


def main(count: int, symbols: int, rounds: int) -> None:
    instrument = TestInstrumentProvider.btcusdt_binance()
    prices = [Price(100 + number / 100, 2) for number in range(100)]
    size, one = Quantity(5, 6), TradeId("1")
    moments = [START + number * SPAN // count for number in range(count)]
    ticks = [
        TradeTick(instrument.id, prices[number % 100], size, AggressorSide.BUYER, one, moment, moment)
        for number, moment in enumerate(moments)
    ]
    kind = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-INTERNAL")

    def once() -> float:
        clocks, closed = [TestClock() for _ in range(symbols)], list[Bar]()
        for clock in clocks:
            clock.set_time(START)
        makers = [TimeBarAggregator(instrument, kind, closed.append, clock) for clock in clocks]
        due = START + STEP
        began = time.perf_counter()
        for number, tick in enumerate(ticks):
            if tick.ts_event >= due:
                due += STEP
                for event in (event for clock in clocks for event in clock.advance_time(tick.ts_event)):
                    event.handle()
            makers[number % symbols].handle_trade_tick(tick)
        return time.perf_counter() - began

    print(json.dumps({"trades": count / statistics.median(once() for _ in range(rounds))}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
