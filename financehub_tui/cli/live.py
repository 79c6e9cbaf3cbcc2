"""`financehub doctor --live`: every configured source asked once, from this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from financehub_tui.asking import Urgency, asking
from financehub_tui.cli.output import joined, rendered, write
from financehub_tui.cli.status import remark
from financehub_tui.errors import ConfigError, ProviderError
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import DataKind
from financehub_tui.report.blocks import Column, Format, Report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from financehub_tui.config import Settings
    from financehub_tui.engine.catalog import Entry
    from financehub_tui.engine.desk import InProcessDesk
    from financehub_tui.engine.router import Candidate
    from financehub_tui.figures import ProviderKeys
    from financehub_tui.market.instrument import Instrument
    from financehub_tui.providers.base import Provider

PATIENCE = 10.0
"""Seconds for one source; all are asked at the same time."""
WELL_KNOWN = ("AAPL", "BTCUSDT", "BTCUSD", "EURUSD")
"""Names of the master; a source is asked for the first that it carries, else for bitcoin over all venues."""
COLUMNS = (
    Column(name="source", title="Source"),
    Column(name="reached", title="Reached", format=Format.BOOLEAN),
    Column(name="latency", title="Latency", format=Format.NUMBER, decimals=0, unit="ms"),
    Column(name="answer", title="What it answered"),
    Column(name="key", title="Key"),
)


class Finding(NamedTuple):
    """What asking one source gave."""

    title: str
    reached: bool
    """It sent something, be it a refusal."""
    latency: float | None
    """Milliseconds until the answer."""
    words: str
    answered: bool


def probe_sources(options: argparse.Namespace, settings: Settings) -> int:
    """Print the table. Returns 1 where no source answered. Raises ConfigError in a demo or replay."""
    if hasattr(options, "demo") or hasattr(options, "replay"):
        raise ConfigError("--live asks real sources: not with --demo or --replay", "Write financehub doctor --live.")
    from financehub_tui.log import start_logging
    from financehub_tui.paths import find_paths

    complaint = start_logging(settings.log, find_paths().log_file)
    if complaint:
        remark(complaint)
    findings, report = asyncio.run(_examined(settings))
    write(joined(rendered([report], "table", None), "table"), None)
    return 0 if any(finding.answered for finding in findings) else 1


async def _examined(settings: Settings) -> tuple[list[Finding], Report]:
    from financehub_tui.engine.desk import open_desk
    from financehub_tui.functions.frames import table

    desk = await open_desk(settings, headless=True)
    try:
        entries = desk.parts.router.catalog.entries
        await desk.parts.router.catalog.ready()
        with asking(Urgency.SCREEN, "doctor"):
            findings = await asyncio.gather(*(_probed(desk, entry) for entry in entries))
        keys = {offer.provider: offer for offer in await desk.status.keys()}
    finally:
        await desk.close()
    rows = [
        (found.title, found.reached, found.latency, found.words, _key_words(keys.get(entry.id)))
        for entry, found in zip(entries, findings, strict=True)
    ]
    answered = sum(found.answered for found in findings)
    block = table("Sources", COLUMNS, rows, empty="No source is enabled.")
    return findings, Report(
        title=f"{answered} of {len(rows)} sources answered", as_of=desk.clock.now(), blocks=(block,)
    )


async def _probed(desk: InProcessDesk, entry: Entry) -> Finding:
    """One quote, asked through the source's own code."""
    router = desk.parts.router
    provider = router.catalog.get(entry)
    if provider is None:
        words = router.health.of(entry.id).failed_to_load or f"no key: financehub keys add {entry.id}"
        return Finding(entry.title, False, None, words, False)
    title = provider.spec.title
    chosen = _question(desk, entry, provider)
    if chosen is None:
        return Finding(title, False, None, "it carries none of " + ", ".join(WELL_KNOWN), False)
    candidate, instrument = chosen
    started = desk.clock.monotonic()
    try:
        work = _quote(provider, instrument)
        quote = await router.call(candidate, DataKind.QUOTE, work, PATIENCE, instrument=instrument, probing=True)
    except ProviderError as error:
        latency = 1_000 * (desk.clock.monotonic() - started)
        reached = _spoke(desk, entry)
        words = f"{error.reason.value}: {error.detail}"
        return Finding(title, reached, latency if reached else None, words, False)
    latency = 1_000 * (desk.clock.monotonic() - started)
    return Finding(title, True, latency, _quote_words(instrument, quote, desk.clock.now()), True)


def _question(desk: InProcessDesk, entry: Entry, provider: Provider) -> tuple[Candidate, Instrument] | None:
    """The first well-known instrument that a source declares quotes for and carries."""
    from financehub_tui.engine.catalog import capability
    from financehub_tui.engine.router import Candidate
    from financehub_tui.providers.kit.coins import coin_against

    listed = [found for name in WELL_KNOWN for found in desk.master.exact(name)]
    for instrument in (*listed, coin_against("USD", "BTC")):
        offered = capability(provider, DataKind.QUOTE, instrument)
        if offered is not None and desk.parts.router.symbol(provider, instrument) is not None:
            return Candidate(entry, provider, offered), instrument
    return None


async def _quote(provider: Provider, instrument: Instrument) -> Quote:
    """Raises ProviderError, also for an answer without the quote."""
    answer: object = (await provider.quotes([instrument])).get(instrument.key)
    if isinstance(answer, Missing):
        detail = answer.detail.removeprefix(f"{provider.spec.id}: ")
        raise ProviderError(provider.spec.id, answer.reason, detail, retry_at=answer.retry_at)
    if not isinstance(answer, Quote):
        raise ProviderError(provider.spec.id, Reason.BAD_ANSWER, "its answer has no quote")
    return answer


def _spoke(desk: InProcessDesk, entry: Entry) -> bool:
    """Whether any request of it was answered, be it with a refusal."""
    return any(request.status is not None for request in desk.providers.requests(entry.id))


def _quote_words(instrument: Instrument, quote: Quote, now: int) -> str:
    """`AAPL US Equity 185.92 USD, 3 s old`."""
    from financehub_tui.engine.words import age
    from financehub_tui.formats import price

    value = quote.last if quote.last is not None else quote.mid
    words = f"{instrument.display} {price(value, quote.decimals)} {instrument.price_label}"
    return f"{words}, {age(now - quote.time)} old" if quote.time else words


def _key_words(offer: ProviderKeys | None) -> str:
    """How a source's keys stand: `2 ready, 1 bad`."""
    if offer is None:
        return "not needed"
    states = [key.state for key in offer.keys]
    counted: Sequence[str] = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
    return ", ".join(counted) or "none"
