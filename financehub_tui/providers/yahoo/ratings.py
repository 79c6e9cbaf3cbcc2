"""Analysts' opinions out of quoteSummary: counts by month, changes by firm, price targets."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.company import RatingChange, RatingCounts, Ratings
from financehub_tui.market.instrument import Instrument, Unit
from financehub_tui.market.provenance import Delay, Reason
from financehub_tui.providers.yahoo.summary import ENDPOINT
from financehub_tui.providers.yahoo.units import currency_unit
from financehub_tui.providers.yahoo.wire import PROVIDER, Number, instant, number, positive, provenance

MODULES = ("recommendationTrend", "upgradeDowngradeHistory", "financialData", "price")


class WireCounts(msgspec.Struct, rename="camel"):
    """Opinions of one month; `period` is 0m, -1m, ..."""

    period: str
    strong_buy: Number = None
    buy: Number = None
    hold: Number = None
    sell: Number = None
    strong_sell: Number = None


class WireTrend(msgspec.Struct, rename="camel"):
    """Opinions by month."""

    trend: list[WireCounts | None] | None = None


class WireChange(msgspec.Struct, rename="camel"):
    """One firm's word; time in epoch seconds."""

    epoch_grade_date: Number = None
    firm: str | None = None
    to_grade: str | None = None
    from_grade: str | None = None
    action: str | None = None


class WireChanges(msgspec.Struct, rename="camel"):
    """Every firm's words."""

    history: list[WireChange | None] | None = None


class WireTargets(msgspec.Struct, rename="camel"):
    """Price targets, in the unit of the price whatever currency the company reports in."""

    target_low_price: Number = None
    target_mean_price: Number = None
    target_median_price: Number = None
    target_high_price: Number = None
    number_of_analyst_opinions: Number = None


class WirePrice(msgspec.Struct, rename="camel"):
    """Of the price, its unit."""

    currency: str | None = None


class RatingModules(msgspec.Struct, rename="camel"):
    """The modules asked for; one that fails is left out."""

    recommendation_trend: WireTrend | None = None
    upgrade_downgrade_history: WireChanges | None = None
    financial_data: WireTargets | None = None
    price: WirePrice | None = None


def ratings_of(modules: RatingModules, instrument: Instrument, now: int) -> Ratings:
    """Opinions, newest first; `now` in ns since 1970 UTC. Raises ProviderError NO_DATA where there is none."""
    counts = _counts((modules.recommendation_trend or WireTrend()).trend or ())
    changes = _changes((modules.upgrade_downgrade_history or WireChanges()).history or ())
    targets = modules.financial_data or WireTargets()
    mean, analysts = positive(targets.target_mean_price), positive(targets.number_of_analyst_opinions)
    if not counts and not changes and mean is None:
        raise ProviderError(PROVIDER, Reason.NO_DATA, f"no opinions about {instrument.display}", endpoint=ENDPOINT)
    price = modules.price or WirePrice()
    currency, unit = currency_unit(price.currency or instrument.price_label)
    scale = 0.01 if unit is Unit.MINOR else 1.0
    return Ratings(
        key=instrument.key,
        counts=counts,
        changes=changes,
        currency=currency,
        target_low=_major(targets.target_low_price, scale),
        target_mean=_major(targets.target_mean_price, scale),
        target_median=_major(targets.target_median_price, scale),
        target_high=_major(targets.target_high_price, scale),
        analysts=int(analysts) if analysts is not None else None,
        provenance=provenance(ENDPOINT, now, now, currency=currency, delay=Delay.END_OF_DAY),
    )


def _major(value: Number, scale: float) -> float | None:
    """A price in the currency's major unit."""
    price = positive(value)
    return price if price is None or scale == 1.0 else float(f"{price * scale:.10g}")


def _counts(wires: Sequence[WireCounts | None]) -> tuple[RatingCounts, ...]:
    found = [
        RatingCounts(
            period=wire.period,
            strong_buy=int(number(wire.strong_buy) or 0),
            buy=int(number(wire.buy) or 0),
            hold=int(number(wire.hold) or 0),
            sell=int(number(wire.sell) or 0),
            strong_sell=int(number(wire.strong_sell) or 0),
        )
        for wire in wires
        if wire is not None
    ]
    return tuple(sorted((one for one in found if one.total), key=_months_ago))


def _months_ago(counts: RatingCounts) -> int:
    """Months back of `-2m`; a label of another form goes last."""
    text = counts.period.removesuffix("m").removeprefix("-")
    return int(text) if text.isascii() and text.isdigit() else 1_000


def _changes(wires: Sequence[WireChange | None]) -> tuple[RatingChange, ...]:
    found = [
        RatingChange(
            time=time,
            firm=wire.firm or "",
            action=wire.action or "",
            from_grade=wire.from_grade or "",
            to_grade=wire.to_grade or "",
        )
        for wire in wires
        if wire is not None and (time := instant(wire.epoch_grade_date, ENDPOINT, "epochGradeDate")) is not None
    ]
    return tuple(sorted(found, key=lambda change: -change.time))
