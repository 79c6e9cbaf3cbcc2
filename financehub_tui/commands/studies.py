"""Study tails by name: SMA50, BB20,2.5, MACD12,26,9. What they compute is defined in the analytics room."""

from __future__ import annotations

import re

import msgspec

from financehub_tui.commands.tokens import shown
from financehub_tui.errors import CommandError


class StudyName(msgspec.Struct, frozen=True):
    """A study's name and the ranges of its numbers: (name, lowest, highest, whole)."""

    name: str
    title: str
    numbers: tuple[tuple[str, float, float, bool], ...] = ()


def _bars(lowest: int = 2, name: str = "period") -> tuple[str, float, float, bool]:
    return (name, lowest, 100_000, True)


_TABLE = (
    StudyName("SMA", "simple moving average", (_bars(),)),
    StudyName("EMA", "exponential moving average", (_bars(),)),
    StudyName("WMA", "weighted moving average", (_bars(),)),
    StudyName("BB", "Bollinger bands", (_bars(), ("deviations", 0.1, 10, False))),
    StudyName("VWAP", "volume-weighted average price"),
    StudyName("AVWAP", "anchored volume-weighted average price"),
    StudyName("RSI", "relative strength index", (_bars(),)),
    StudyName("MACD", "convergence and divergence", (_bars(2, "fast"), _bars(2, "slow"), _bars(1, "signal"))),
    StudyName("STOCH", "stochastic oscillator", (_bars(1), _bars(1, "slow"), _bars(1, "signal"))),
    StudyName("ADX", "average directional index", (_bars(),)),
    StudyName("CCI", "commodity channel index", (_bars(),)),
    StudyName("MFI", "money flow index", (_bars(),)),
    StudyName("WILLR", "Williams %R", (_bars(),)),
    StudyName("ROC", "rate of change", (_bars(1),)),
    StudyName("ATR", "average true range", (_bars(1),)),
    StudyName("OBV", "on-balance volume"),
)

STUDIES: dict[str, StudyName] = {study.name: study for study in _TABLE}
"""Every study the command line knows, by name."""

ALIASES = {"BOLL": "BB", "BBANDS": "BB", "WR": "WILLR"}

_NUMBERS = r"\d+(?:\.\d+)?(?:,\d+(?:\.\d+)?){0,2}"
_FORM = re.compile(rf"([A-Z]{{2,6}})(?:({_NUMBERS})|\(({_NUMBERS})\))?")


def read_study(text: str) -> str | None:
    """The canonical name of a study (`sma50` gives SMA50); None where it is none.

    Raises CommandError for numbers out of range.
    """
    match = _FORM.fullmatch(text.upper()) if text.isascii() else None
    study = STUDIES.get(ALIASES.get(match[1], match[1])) if match else None
    if match is None or study is None:
        return None
    given = match[2] or match[3]
    words = given.split(",") if given else []
    if len(words) > len(study.numbers):
        raise CommandError(f"{study.name} takes {len(study.numbers) or 'no'} numbers, not {shown(text)}")
    for (name, lowest, highest, whole), word in zip(study.numbers, words, strict=False):
        if not lowest <= float(word) <= highest or (whole and "." in word):
            kind = "a whole number" if whole else "a number"
            raise CommandError(f"{study.name}: {name} is {kind} from {lowest:g} to {highest:g}, not {shown(word)}")
    fast, slow = (*words, "12")[0], (*words[1:], "26")[0]
    if study.name == "MACD" and float(fast) >= float(slow):
        raise CommandError(f"MACD: the fast period must be below the slow one, not {shown(text)}", "MACD12,26,9")
    return study.name + ",".join(words)
