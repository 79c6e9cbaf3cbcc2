"""Forms of options and futures: OCC, Bloomberg and short options; generic and dated futures."""

from __future__ import annotations

import re
from calendar import month_name
from datetime import date

import msgspec

from financehub_tui.commands.tokens import Segment, shown
from financehub_tui.errors import CommandError

MONTH_CODES = "FGHJKMNQUVXZ"
"""Futures delivery months, January to December."""

_OCC = re.compile(r"([A-Z]{1,6})(\d{6})([CP])(\d{8})")
_OCC_END = re.compile(r"(\d{6})([CP])(\d{8})")
_ROOT = re.compile(r"[A-Z]{1,6}")
_SHORT_DAY = re.compile(r"\d{6}")
_LONG_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})")
_SIDE_STRIKE = re.compile(r"([CP])(\d{1,5}(?:\.\d{1,3})?)")
_FUTURE = re.compile(rf"([A-Z0-9]{{1,4}}?)(\d{{1,2}}|[{MONTH_CODES}]\d{{1,2}})")
_YAHOO_FUTURE = re.compile(r"([A-Z0-9]{1,4})=F")


class OptionTerms(msgspec.Struct, frozen=True):
    """A listed US option. The strike is in thousandths of a dollar."""

    root: str
    expiry: date
    side: str
    """C or P."""
    strike: int

    @property
    def occ(self) -> str:
        """The OCC symbol without blanks: AAPL260116C00200000."""
        return f"{self.root}{self.expiry:%y%m%d}{self.side}{self.strike:08d}"

    @property
    def title(self) -> str:
        """AAPL 2026-01-16 C 200."""
        return f"{self.root} {self.expiry.isoformat()} {self.side} {self.strike / 1000:g}"


class FutureTerms(msgspec.Struct, frozen=True):
    """A futures contract: the n-th generic one, or that of a month."""

    root: str
    month: str
    """Z6 for December; 1 for the front month."""

    @property
    def generic(self) -> bool:
        """True for the n-th contract, false for a dated one."""
        return self.month.isdigit()

    def title(self, year: int) -> str:
        """`generic 2`, `December 2026`: one digit is `year` or the next that ends so, two are of the 2000s."""
        if self.generic:
            return f"generic {self.month}"
        code, digits = self.month[0], self.month[1:]
        of = 2000 + int(digits) if len(digits) == 2 else year + (int(digits) - year) % 10
        return f"{month_name[1 + MONTH_CODES.index(code)]} {of}"


def occ_terms(symbol: str) -> OptionTerms | None:
    """The terms of an OCC symbol in one word; None for another form. Raises CommandError for an impossible date."""
    match = _OCC.fullmatch(symbol)
    return _terms(match[1], match[2], match[3], int(match[4])) if match else None


def option_at(segment: Segment, index: int) -> tuple[OptionTerms, int] | None:
    """Option terms spread over words from an index, and the index after them; None where there are none.

    Forms: `AAPL 260116C00200000`, `AAPL 260116 C 200`, `AAPL 260116 C200`, `AAPL [US] 01/16/26 C200`.
    Raises CommandError for an impossible date or strike, or an exchange beyond the United States.
    """
    root = segment.word(index)
    if not _ROOT.fullmatch(root):
        return None
    match = _OCC_END.fullmatch(segment.word(index + 1))
    if match:
        return _terms(root, match[1], match[2], int(match[3])), index + 2
    day_at = index + 1
    if not _is_day(segment.word(day_at)):
        day_at += 1
        if not _LONG_DAY.fullmatch(segment.word(day_at)) or len(segment.word(index + 1)) != 2:
            return None
    strike, after = _side_and_strike(segment, day_at + 1)
    if strike is None:
        return None
    if day_at > index + 1 and segment.word(index + 1) != "US":
        raise CommandError(f"Options are read for US exchanges only, not {shown(segment.text(index + 1))}")
    return _terms(root, segment.word(day_at), strike[1], _thousandths(strike[2])), after


def _is_day(word: str) -> bool:
    return bool(_SHORT_DAY.fullmatch(word) or _LONG_DAY.fullmatch(word))


def _side_and_strike(segment: Segment, index: int) -> tuple[re.Match[str] | None, int]:
    match = _SIDE_STRIKE.fullmatch(segment.word(index))
    if match:
        return match, index + 1
    return _SIDE_STRIKE.fullmatch(segment.word(index) + segment.word(index + 1)), index + 2


def _thousandths(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * 1000 + int(part.ljust(3, "0") if part else 0)


def _terms(root: str, day: str, side: str, strike: int) -> OptionTerms:
    if not strike:
        raise CommandError("An option's strike is above zero", "AAPL 260116 C 200")
    return OptionTerms(root, _expiry(day), side, strike)


def _expiry(text: str) -> date:
    match = _LONG_DAY.fullmatch(text)
    if match:
        month, day, year = (int(part) for part in match.groups())
    else:
        year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    try:
        found = date(year if year > 99 else 2000 + year, month, day)
        if not 2000 <= found.year <= 2099:
            raise ValueError(text)
        return found
    except ValueError:
        raise CommandError(
            f"{shown(text)} is not a day of the calendar", "Expiries are 260116 (year, month, day) or 01/16/26."
        ) from None


def future_terms(symbol: str) -> FutureTerms | None:
    """The contract of CL1, CLZ6, CLZ26 or CL=F; None for another form."""
    match = _YAHOO_FUTURE.fullmatch(symbol)
    if match:
        return FutureTerms(match[1], "1")
    match = _FUTURE.fullmatch(symbol)
    return FutureTerms(match[1], match[2]) if match and not match[2].startswith("0") else None
