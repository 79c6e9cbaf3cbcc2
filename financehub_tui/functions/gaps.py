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
    """One entry per reason, with how many securities lack a quote for it; one per column that some quote lacks."""
    found: dict[Reason, list[tuple[Instrument, Missing]]] = {}
    there: list[tuple[Instrument, Quote]] = []
    for instrument in instruments:
        quote = quotes.get(instrument.key)
        if isinstance(quote, Missing):
            found.setdefault(quote.reason, []).append((instrument, quote))
        elif quote is not None:
            there.append((instrument, quote))
    summed = [_summed(reason, rows) for reason, rows in found.items()]
    return summed + [missing for field in columns if (missing := _without(field, there)) is not None]


def _without(field: QuoteField, there: list[tuple[Instrument, Quote]]) -> Missing | None:
    """Which of the quotes lack a field; None where none does."""
    lacking = [instrument for instrument, quote in there if field.value(instrument, quote) in (None, "")]
    if not lacking:
        return None
    whose = "any of these" if len(lacking) == len(there) else _named(lacking)
    return Missing(reason=Reason.NOT_OFFERED, detail=f"{field.title}: no source gives it for {whose}")


def _summed(reason: Reason, rows: list[tuple[Instrument, Missing]]) -> Missing:
    first = rows[0][1]
    if len(rows) == 1:
        return Missing(reason=reason, detail=f"{rows[0][0].display}: {first.detail}", retry_at=first.retry_at)
    retries = [missing.retry_at for _, missing in rows if missing.retry_at is not None]
    return Missing(
        reason=reason,
        detail=f"{_named([instrument for instrument, _ in rows])}: {first.detail}",
        retry_at=min(retries, default=None),
    )


def _named(instruments: Sequence[Instrument]) -> str:
    names = ", ".join(instrument.display for instrument in instruments[:NAMED])
    more = f" and {len(instruments) - NAMED:,} more" if len(instruments) > NAMED else ""
    return names + more
