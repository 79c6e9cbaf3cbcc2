"""ANR: analyst recommendations."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.functions.counts import count_of
from financehub_tui.functions.frames import table
from financehub_tui.functions.prices import last_price
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.company import RatingChange, RatingCounts, Ratings
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Provenance
from financehub_tui.report.blocks import Block, Column, Field, Format, KeyValues, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

_BY_FIRM = "FIRMS"
_CHANGES, _MOST_CHANGES = 20, 2_000
_ACTIONS = {"up": "upgrade", "down": "downgrade", "init": "new", "main": "kept", "reit": "repeated"}

SPEC = FunctionSpec(
    mnemonic="ANR",
    title="Analyst recommendations",
    category=Category.COMPANY,
    needs=Needs.SECURITY,
    asset_classes=(AssetClass.EQUITY,),
    help="What analysts say of the loaded share: how many say buy, hold and sell this month and in the months before; "
    "the range of their price targets, each with its distance from the last price; and what single firms said, newest "
    "first. FIRMS shows the latest word of each firm, firm= those whose name holds a text.",
    tails=(
        Tail(kind=TailKind.NUMBER, help="How many opinions of firms; 20 where nothing is said", example="50"),
        Tail(kind=TailKind.WORD, words=(_BY_FIRM,), help="One row a firm: its latest word"),
        Tail(kind=TailKind.OPTION, words=("firm",), help="Only firms whose name holds this", example="firm=morgan"),
    ),
    sources="The best provider of ratings and the best of quotes; PVNC says which.",
    formulas="Mean opinion = (1 x strong buy + 2 x buy + 3 x hold + 4 x sell + 5 x strong sell) / opinions: 1 is the "
    "best. Upside = 100 x (target / last price - 1).",
    examples=("AAPL US Equity ANR", "AAPL ANR FIRMS", "AAPL ANR 50 firm=morgan"),
)


async def load(desk: Desk, call: Call) -> Report:
    """Consensus, targets, months and firms. Raises DataMissingError, CommandError."""
    instrument = one_security(call)
    count = count_of(call, _CHANGES, _MOST_CHANGES, "opinions")
    ratings, (last, origin) = await asyncio.gather(desk.ratings(instrument), last_price(desk, instrument))
    blocks: list[Block] = [_consensus(ratings)] if ratings.counts else []
    if ratings.target_mean is not None:
        blocks.append(_targets(ratings, instrument, last, origin))
    if ratings.counts:
        blocks.append(_months(ratings))
    blocks.append(_firms(ratings, call, count))
    return report(desk, call, blocks, missing=[origin] if isinstance(origin, Missing) else ())


def mean_opinion(counts: RatingCounts) -> float:
    """The average opinion: 1 strong buy to 5 strong sell."""
    opinions = (counts.strong_buy, counts.buy, counts.hold, counts.sell, counts.strong_sell)
    return sum(weight * number for weight, number in enumerate(opinions, 1)) / counts.total


def _consensus(ratings: Ratings) -> KeyValues:
    newest = ratings.counts[0]
    shares = (
        ("Buy", newest.strong_buy + newest.buy),
        ("Hold", newest.hold),
        ("Sell", newest.sell + newest.strong_sell),
    )
    fields = [
        Field(label="Opinions", value=newest.total, format=Format.INTEGER),
        Field(label="Mean, 1 best 5 worst", value=mean_opinion(newest), format=Format.NUMBER),
        *(
            Field(label=name, value=100 * part / newest.total, format=Format.NUMBER, decimals=0, unit="%")
            for name, part in shares
        ),
    ]
    return KeyValues(title="Consensus", fields=tuple(fields), provenance=ratings.provenance)


def _targets(ratings: Ratings, instrument: Instrument, last: float | None, origin: Provenance | Missing) -> Table:
    targets = (
        ("High", ratings.target_high),
        ("Mean", ratings.target_mean),
        ("Median", ratings.target_median),
        ("Low", ratings.target_low),
    )
    # A target in another currency than the share's says nothing about its price.
    comparable = last if ratings.currency in ("", instrument.currency) else None
    rows = [
        (name, target, 100 * (target / comparable - 1) if comparable else None)
        for name, target in targets
        if target is not None
    ]
    analysts = f", {ratings.analysts} analysts" if ratings.analysts else ""
    priced = () if isinstance(origin, Missing) else (("Last", f"{last:,.2f} {origin.mark}" if last else "–"),)
    return table(
        f"Price targets, {ratings.currency}{analysts}",
        (
            Column(name="target", title="Target"),
            Column(name="price", title="Price", format=Format.NUMBER),
            Column(name="upside", title="Upside", format=Format.PERCENT, signed=True),
        ),
        rows,
        footer=priced,
        provenance=ratings.provenance,
    )


def _months(ratings: Ratings) -> Table:
    names = ("strong_buy", "buy", "hold", "sell", "strong_sell")
    rows = [
        (_month(one.period), *(getattr(one, name) for name in names), one.total, mean_opinion(one))
        for one in ratings.counts
    ]
    return table(
        "By month",
        (
            Column(name="month", title="Month"),
            *(Column(name=name, title=name.replace("_", " ").capitalize(), format=Format.INTEGER) for name in names),
            Column(name="total", title="Opinions", format=Format.INTEGER),
            Column(name="mean", title="Mean", format=Format.NUMBER),
        ),
        rows,
        provenance=ratings.provenance,
    )


def _month(period: str) -> str:
    """`-2m` in words; another label as the source has it."""
    text = period.removesuffix("m")
    if text == "0":
        return "this month"
    return f"{text[1:]} mo before" if text[:1] == "-" and text[1:].isdigit() else period


def _firms(ratings: Ratings, call: Call, count: int) -> Table:
    wanted = call.option("firm").lower()
    changes: Sequence[RatingChange] = [one for one in ratings.changes if wanted in one.firm.lower()]
    title = "By firm"
    if _BY_FIRM in call.words:
        newest: dict[str, RatingChange] = {}
        for change in changes:
            newest.setdefault(change.firm, change)
        changes, title = list(newest.values()), "Latest of each firm"
    rows = [
        (one.time, one.firm, _ACTIONS.get(one.action, one.action), one.to_grade, one.from_grade)
        for one in changes[:count]
    ]
    return table(
        title,
        (
            Column(name="time", title="Date", format=Format.DATE),
            Column(name="firm", title="Firm"),
            Column(name="action", title="Action"),
            Column(name="to_grade", title="To"),
            Column(name="from_grade", title="From"),
        ),
        rows,
        footer=(("Shown", f"{len(rows)} of {len(changes)}"),) if len(changes) > len(rows) else (),
        provenance=ratings.provenance,
        empty=f"No firm like {call.option('firm')!r}." if wanted else "The source names no firms.",
    )
