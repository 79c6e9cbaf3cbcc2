"""PHLT: provider health, one provider's last requests, and the user's hand on the providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.counts import one_number
from financehub_tui.functions.frames import table
from financehub_tui.functions.quota import limits_table
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Field, Format, KeyValues, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk
    from financehub_tui.figures import EndpointStatus, ProviderStatus, RequestStatus
    from financehub_tui.report.blocks import Block

COLUMNS = (
    Column(name="provider", title="Provider"),
    Column(name="state", title="State"),
    Column(name="score", title="Score", format=Format.NUMBER, decimals=0),
    Column(name="calls", title="Calls", format=Format.INTEGER),
    Column(name="errors", title="Errors", format=Format.INTEGER),
    Column(name="p50", title="p50 ms", format=Format.NUMBER, decimals=0),
    Column(name="p95", title="p95 ms", format=Format.NUMBER, decimals=0),
    Column(name="up", title="Up %", format=Format.NUMBER, decimals=1),
    Column(name="left", title="Budget left"),
    Column(name="throughput", title="Calls a minute", format=Format.SPARK, width=15),
    Column(name="latency", title="Latency", format=Format.SPARK, width=15),
    Column(name="trend", title="Score, 1 day", format=Format.SPARK, width=12),
    Column(name="waiting", title="Waiting", format=Format.INTEGER),
    Column(name="circuit", title="Circuit"),
    Column(name="saved", title="Saved", format=Format.INTEGER),
    Column(name="streams", title="Streams", format=Format.INTEGER),
    Column(name="probe", title="Tried again", format=Format.TIME),
    Column(name="last_error_at", title="Failed at UTC", format=Format.TIME),
    Column(name="last_error", title="Last error"),
)
ENDPOINTS = (
    Column(name="data", title="Data"),
    Column(name="state", title="State"),
    Column(name="score", title="Score", format=Format.NUMBER, decimals=0),
    Column(name="calls", title="Calls", format=Format.INTEGER),
    Column(name="errors", title="Errors", format=Format.INTEGER),
    Column(name="p50", title="p50 ms", format=Format.NUMBER, decimals=0),
    Column(name="p95", title="p95 ms", format=Format.NUMBER, decimals=0),
    Column(name="age", title="Age", format=Format.DURATION),
    Column(name="retry", title="Again at UTC", format=Format.TIME),
    Column(name="error", title="Last error"),
)
REQUESTS = (
    Column(name="time", title="Time UTC", format=Format.TIME),
    Column(name="endpoint", title="Endpoint"),
    Column(name="status", title="Status", format=Format.INTEGER),
    Column(name="latency", title="ms", format=Format.NUMBER, decimals=0),
    Column(name="bytes", title="Size", format=Format.BYTES),
    Column(name="attempt", title="Try", format=Format.INTEGER),
    Column(name="key", title="Key"),
    Column(name="error", title="Error"),
    Column(name="url", title="Request"),
)
SHOWN = 50
MOST = 1_000
ACTIONS = ("PAUSE", "RESUME", "FORCE", "PROBE")

SPEC = FunctionSpec(
    mnemonic="PHLT",
    title="Provider health",
    category=Category.DATA,
    help="One row a provider: whether it is well, its score with the last day's history, how much of the time it was "
    "up, how many calls it was asked and how many failed, how long answers take (median and 95th percentile of the "
    "last 15 minutes), calls and latency minute by minute, what is left of each budget it grants, whether its circuit "
    "is open (calls held back after repeated failures), calls saved by the cache, streams that are up, and the last "
    "error in words.\n"
    "PHLT BINANCE looks closer: each kind of data by itself, the limits of its hosts and of each of your keys, and the "
    "last requests without their secrets; PHLT BINANCE 200 shows more of them.\n"
    "PHLT PAUSE YAHOO asks it no more and stops its streams, PHLT FORCE YAHOO asks it first for whatever it has, PHLT "
    "RESUME YAHOO ends either. PHLT PROBE YAHOO calls it once now. A provider that fails eight times in a row is left "
    "out, and tried again by itself after one minute, two, four, up to fifteen.",
    tails=(
        Tail(kind=TailKind.WORD, words=ACTIONS, help="What to do with the provider"),
        Tail(kind=TailKind.NUMBER, help="How many requests", example="200"),
        Tail(kind=TailKind.TEXT, help="A provider", example="binance"),
    ),
    sources="Counted by the engine.",
    formulas="Score = 100 x (0.5 success + 0.2 speed + 0.2 uptime + 0.1 freshness), of the last 15 minutes: success = "
    "answered / asked; speed = 1 / (1 + p50 in seconds); uptime = share of time not down, weighing less by a factor e "
    "every 6 hours; freshness = 1 while values are as new as their class (real time 1 min, delayed 30 min, daily 4 "
    "days), else allowed age / median age.",
    refresh=1,
    acts=ACTIONS,
    examples=("PHLT", "PHLT BINANCE", "PHLT PAUSE YAHOO", "PHLT RESUME YAHOO", "PHLT PROBE BINANCE"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The health of every provider, or of one, after what the call asks for. Raises CommandError."""
    name, count = _read(call)
    done = await _act(desk, call, name)
    blocks: list[Block] = [_network(desk, done)]
    if name and not done:
        blocks += await _closer(desk, name, count)
    else:
        rows = [_row(status) for status in desk.status.providers()]
        picks = [f"PHLT {status.provider}" for status in desk.status.providers()]
        blocks.append(table("Providers", COLUMNS, rows, pick_lines=picks, empty="No provider is configured."))
    return report(desk, call, blocks, subject="")


def _read(call: Call) -> tuple[str, int]:
    """(provider, how many requests): the text at the end of a line holds both. Raises CommandError."""
    number, words = one_number(call), call.text.split()
    if words and words[-1].isascii() and words[-1].isdigit():
        number, words = float(words[-1]), words[:-1]
    count = SHOWN if number is None else int(number)
    if not 1 <= count <= MOST:
        raise CommandError(f"PHLT shows 1 to {MOST:,} requests, not {count}")
    return " ".join(words), count


async def _act(desk: Desk, call: Call, name: str) -> str:
    """Do what the call asks for; what was done, in words. Raises CommandError."""
    action = next((word for word in ACTIONS if word in call.words), "")
    if not action:
        return ""
    if not name:
        raise CommandError(f"PHLT {action} which provider?", f"Write PHLT {action} BINANCE, say.")
    if action == "PROBE":
        result = await desk.providers.probe(name)
        return f"{result.provider}: {result.words}"
    if action == "PAUSE":
        desk.providers.pause(name)
        return f"{name} is paused until PHLT RESUME {name}"
    if action == "FORCE":
        desk.providers.force(name)
        return f"{name} is asked first until PHLT RESUME {name}"
    desk.providers.resume(name)
    return f"{name} goes on as before"


def _network(desk: Desk, done: str) -> KeyValues:
    fields = [
        Field(label="State", value=desk.scenario.title or _reached(desk)),
        Field(label="As of", value=desk.clock.now(), format=Format.DATETIME),
    ]
    if done:
        fields.insert(0, Field(label="Done", value=done))
    return KeyValues(title="Network", fields=tuple(fields))


def _reached(desk: Desk) -> str:
    """What is known of the network: it is never asked by itself, only with a call or a stream."""
    if desk.status.offline():
        return "OFFLINE: no provider can be reached; stored values are shown with their age"
    asked = any(row.calls or row.streams for row in desk.status.providers())
    return "online" if asked else "not asked yet"


async def _closer(desk: Desk, name: str, count: int) -> list[Block]:
    """One provider by kind of data, its limits, and its last requests. Raises CommandError for an unknown one."""
    endpoints = [_endpoint(status) for status in desk.providers.endpoints(name)]
    requests = [_request(status) for status in desk.providers.requests(name, count)]
    known = {spelt: row.provider for row in desk.status.providers() for spelt in (row.provider, row.title.lower())}
    provider = known.get(name.strip().lower())
    limits = [budget for budget in await desk.status.budgets() if budget.provider == provider]
    return [
        table("By kind of data", ENDPOINTS, endpoints, empty="Nothing was asked of it in the last 15 minutes."),
        limits_table(limits, "It states none, or has not been called yet."),
        table("Last requests", REQUESTS, requests, empty="It has made no request over a network."),
    ]


def _row(status: ProviderStatus) -> tuple[object, ...]:
    left = ", ".join(f"{allowed - used:,.0f}/{allowed:,.0f} {window}" for window, used, allowed, _ in status.limits)
    return (
        status.title,
        f"{status.state} (first)" if status.forced else status.state,
        status.score,
        status.calls,
        status.errors,
        status.p50_ms,
        status.p95_ms,
        100 * status.uptime,
        left or ("unstated" if status.calls else ""),  # what it states is known once it is used
        list(status.per_minute) if any(status.per_minute) else [],
        list(status.latency_ms),
        list(status.scores[-60:]),
        status.waiting,
        status.circuit,
        status.cache_hits,
        status.streams,
        status.probe_at,
        status.last_error_at,
        status.last_error,
    )


def _endpoint(e: EndpointStatus) -> tuple[object, ...]:
    figures = (e.score, e.calls, e.errors, e.p50_ms, e.p95_ms, e.age_seconds)
    return (e.endpoint, e.state, *figures, e.retry_at, e.last_error)


def _request(r: RequestStatus) -> tuple[object, ...]:
    size = (r.latency_ms, r.bytes, r.attempt)
    return (r.time, f"{r.method} {r.endpoint}", r.status, *size, r.key, r.error, r.url)
