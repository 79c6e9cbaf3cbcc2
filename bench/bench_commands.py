"""Reading and completing a command line over 50,000 instruments, beside textual.fuzzy over 10,000 names."""

from __future__ import annotations

import itertools
import statistics
import string
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from bench.figures import Figure
from financehub_tui.commands.completion import complete
from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.grammar import parse
from financehub_tui.commands.history import History
from financehub_tui.errors import CommandError
from financehub_tui.functions.catalogue import registry
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.master import SecurityMaster, load_master

INSTRUMENTS = 50_000
PEER_NAMES = 10_000
ROUNDS = 5
GOAL_MS = 5.0

LINES = (
    "AAPL", "GP 1Y", "AAPL US Equity GP 6M D SMA50 RSI14", "GP AAPL", "aapl gp go", "VOD LN", "VOD.L", "VOD",
    "EURUSD Curncy", "EUR/USD", "EUR CUR", "BTCUSDT", "BTC-USD", "BTC CRY", "XBTUSD Curncy", "BTCUSDT@BINANCE",
    "SPX Index", "^GSPC", "CL1 Comdty", "CLZ6 Comdty", "ESZ6 Index", "CL=F", "AAPL 260116 C 200",
    "AAPL260116C00200000", "AAPL US 01/16/26 C200 Equity", "US10Y Govt", "FRED:DGS10", "AAPL,MSFT,NVDA MON",
    "2:NVDA GIP 5", "B:MSFT", "7", "W", "$W", "EQUITY", "HELP GP", "AAPL ; GP 1Y ; 2:MSFT HP 5D",
)  # fmt: skip
MISTYPED = ("AAAPL", "GP 6m", "AAPL GPX", "MSFT GP SMMA50", "VODD LN", "ZZZZ LN", "BTCUSDT@BINANSE")
WRITTEN = (*LINES, "apple inc", "bank of am", "micros", "voda", "goldman sa", "AAPL US Equity GP 6M SMA", "berkshire h")


def run() -> list[Figure]:
    """p50 and p99 of a parse, of a mistyped line with its suggestions, and of a completion at each key stroke."""
    context = ParseContext(registry=registry(), index=_master(), year=2018, lists=("starter", "tech"))
    history = History(f"{line} {n}" for n, line in enumerate(itertools.islice(itertools.cycle(LINES), 500)))
    strokes = [line[:end] for line in WRITTEN for end in range(1, len(line) + 1)]
    fuzzy = _fuzzy([instrument.name for instrument in context.index.all()[:PEER_NAMES]])
    peer = statistics.median(_milliseconds(fuzzy, ["aapl", "apple", "vodaf", "gold", "btc", "micros"]))
    parsed = _milliseconds(lambda line: _parse(line, context), LINES * ROUNDS)
    refused = _milliseconds(lambda line: _parse(line, context), MISTYPED * ROUNDS)
    completed = _milliseconds(lambda text: complete(text, context, history), strokes * 2)
    return [
        _row("parse a line, p50", statistics.median(parsed), peer),
        _row("parse a line, p99", _p99(parsed), peer),
        _row("refuse a mistyped line with suggestions, p99", _p99(refused), peer),
        _row("complete a key stroke, p50", statistics.median(completed), peer),
        _row("complete a key stroke, p99", _p99(completed), peer),
    ]


def _master() -> SecurityMaster:
    """The bundled master, filled up to 50,000 with made-up shares named by words of real names, warm as in a running
    workstation."""
    master = load_master()
    words = [word for instrument in master.all() for word in instrument.name.split()]
    wanted = INSTRUMENTS - len(master)
    tickers = map("".join, itertools.product(string.ascii_uppercase, repeat=4))
    made = (
        Instrument(
            asset_class=AssetClass.EQUITY,
            symbol=ticker,
            venue="XTSX",
            currency="CAD",
            exchange_code="CV",
            name=f"{words[7 * place % len(words)]} {words[13 * place % len(words)]}",
        )
        for place, ticker in enumerate(itertools.islice(tickers, 0, None, 12))
    )
    master.add(itertools.islice(made, wanted))
    master.warm()
    master.exact("NOTHING")
    return master


def _parse(line: str, context: ParseContext) -> None:
    with suppress(CommandError):
        parse(line, context)


def _fuzzy(names: list[str]) -> Callable[[str], object]:
    from textual.fuzzy import Matcher

    def best(query: str) -> object:
        match = Matcher(query).match
        return sorted(((match(name), name) for name in names), reverse=True)[:6]

    return best


def _milliseconds(work: Callable[[str], object], inputs: Sequence[str]) -> list[float]:
    for text in inputs[: len(inputs) // 2]:
        work(text)
    taken: list[float] = []
    for text in inputs:
        began = time.perf_counter()
        work(text)
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


def _p99(taken: Sequence[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.99)]


def _row(name: str, value: float, peer: float) -> Figure:
    return Figure(
        name=name, value=value, unit="ms", row=20, peer=f"textual.fuzzy over {PEER_NAMES:,} names", peer_value=peer,
        ratio=value / peer, goal=GOAL_MS, goal_on="value", lower_is_better=True,
    )  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(row.line())
