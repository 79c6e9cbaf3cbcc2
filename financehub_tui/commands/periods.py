"""Period tails: 5D 3M 1Y YTD MAX, 2020-01-01.., 2020-01-01..2020-06-30."""

from __future__ import annotations

import re
from datetime import date

from financehub_tui.commands.spec import Period
from financehub_tui.commands.tokens import shown
from financehub_tui.errors import CommandError

_SPAN = re.compile(r"(\d{1,4})([DWMYdwy])")
_LONGEST = {"D": 9999, "W": 5200, "M": 1200, "Y": 100}
_DATED = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|.*\.\..*")
_HINT = "Periods are 5D 3M 1Y YTD MAX, or dates: 2020-01-01.. or 2020-01-01..2020-06-30."


def read_period(text: str) -> Period | None:
    """The period a word is; None where it has no period's form. A small m is minutes, never months.

    Raises CommandError for impossible dates, dates in the wrong order, and spans of none or more than a century.
    """
    word = text.upper() if text.isascii() else text
    if word in ("YTD", "MAX"):
        return Period(word)
    match = _SPAN.fullmatch(text)
    if match:
        count, unit = int(match[1]), match[2].upper()
        if not 1 <= count <= _LONGEST[unit]:
            raise CommandError(f"{shown(text)} is no period", f"At least 1{unit}, at most {_LONGEST[unit]}{unit}.")
        return Period(f"{count}{unit}")
    if _DATED.fullmatch(text) and text[:1] + text[-1:] != "..":
        return _between(text)
    return None


def _between(text: str) -> Period | None:
    first, dots, last = text.partition("..")
    if not dots:
        _day(text)
        raise CommandError(f"{shown(text)} is one day, not a period", f"Write {text}.. for since then.")
    if not (first + last).replace("-", "").isdigit() and "-" not in first + last:
        return None
    start, end = _day(first) if first else None, _day(last) if last else None
    if start and end and end < start:
        raise CommandError(f"The period {shown(text)} ends before it begins", f"Write {end}..{start}.")
    return Period(f"{start or ''}..{end or ''}")


def _day(text: str) -> date:
    try:
        year, month, day = (int(part) for part in text.split("-") if part.isascii() and part.isdigit())
        found = date(year, month, day)
    except (ValueError, OverflowError):
        raise CommandError(f"{shown(text)} is not a day of the calendar", _HINT) from None
    if text.count("-") != 2 or found.year < 1900:
        raise CommandError(f"{shown(text)} is not a day from 1900 on, as in 2020-01-31", _HINT)
    return found
