"""Why values of a quote table are missing, summed up so that a long list does not repeat itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from financehub_tui.functions.fields import QuoteField
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote

NAMED = 3
"""Securities named per reason."""


def quote_gaps(
    instruments: Sequence[Instrument], quotes: Mapping[str, Quote | Missing], columns: Sequence[QuoteField] = ()
) -> list[Missing]:
    """One entry per reason, with how many securities lack a quote for it; one per column that no quote fills."""
    found: dict[Reason, list[tuple[Instrument, Missing]]] = {}
    there: list[tuple[Instrument, Quote]] = []
    for instrument in instruments:
        quote = quotes.get(instrument.key)
        if isinstance(quote, Missing):
            found.setdefault(quote.reason, []).append((instrument, quote))
        elif quote is not None:
            there.append((instrument, quote))
    summed = [_summed(reason, rows) for reason, rows in found.items()]
    empty = [field for field in columns if there and all(field.value(*pair) in (None, "") for pair in there)]
    return summed + [
        Missing(reason=Reason.NOT_OFFERED, detail=f"{field.title}: no source of these quotes gives it")
        for field in empty
    ]


def _summed(reason: Reason, rows: list[tuple[Instrument, Missing]]) -> Missing:
    first = rows[0][1]
    if len(rows) == 1:
        return Missing(reason=reason, detail=f"{rows[0][0].display}: {first.detail}", retry_at=first.retry_at)
    names = ", ".join(instrument.display for instrument, _ in rows[:NAMED])
    more = f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
    retries = [missing.retry_at for _, missing in rows if missing.retry_at is not None]
    return Missing(reason=reason, detail=f"{names}{more}: {first.detail}", retry_at=min(retries, default=None))
