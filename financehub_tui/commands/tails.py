"""Tails: the words after a function, read by the function's own declarations."""

from __future__ import annotations

import re

import msgspec

from financehub_tui.commands.nearest import nearest
from financehub_tui.commands.periods import read_period
from financehub_tui.commands.spec import FunctionSpec, Period, Tail, TailKind
from financehub_tui.commands.studies import STUDIES, read_study
from financehub_tui.commands.tokens import shown
from financehub_tui.errors import CommandError
from financehub_tui.market.bars import Interval

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?")
_MINUTES = re.compile(r"\d{1,4}m")
_INTERVALS = {interval.value: interval for interval in Interval} | {"1H": Interval.H1, "4H": Interval.H4}
_ANY_CASE = {"d": Interval.D1, "w": Interval.W1}

Value = Period | Interval | str | float | tuple[str, str]


class Piece(msgspec.Struct, frozen=True):
    """One tail that was read: its kind and the value for `Call`."""

    kind: TailKind
    value: Value
    typed: str


class Tails(msgspec.Struct):
    """The tails of one command as they are collected."""

    period: Period | None = None
    interval: Interval | None = None
    studies: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    numbers: tuple[float, ...] = ()
    text: str = ""

    def add(self, piece: Piece) -> None:
        """Put a tail in its place. Raises CommandError where only one of its kind makes sense."""
        value = piece.value
        if isinstance(value, Period):
            _once(self.period, piece, "periods")
            self.period = value
        elif isinstance(value, Interval):
            _once(self.interval, piece, "bar lengths")
            self.interval = value
        elif isinstance(value, tuple):
            _once(dict(self.options).get(value[0]), piece, f"values for {value[0]}")
            self.options += (value,)
        elif isinstance(value, float):
            self.numbers += (value,)
        elif piece.kind is TailKind.STUDY:
            self.studies += (value,)
        else:
            self.words += (value,)


def _once(taken: object, piece: Piece, what: str) -> None:
    if taken is not None:
        raise CommandError(f"There are two {what}; the second is {shown(piece.typed)}", "Give one of them.")


def takes(spec: FunctionSpec, kind: TailKind) -> bool:
    """True where a function declares a kind of tail."""
    return any(tail.kind is kind for tail in spec.tails)


def read_tail(text: str, spec: FunctionSpec) -> Piece | None:
    """The tail a word is for a function, the first declaration that fits; None where none does.

    Free text and securities are not read here. Raises CommandError for a form that fits with an impossible value.
    """
    for tail in spec.tails:
        value = _value(text, tail)
        if value is not None:
            return Piece(tail.kind, value, text)
    return None


def fits(text: str, spec: FunctionSpec) -> bool:
    """True where a word has the form of one of a function's tails, possible or not, or the function takes any text."""
    if takes(spec, TailKind.TEXT):
        return True
    try:
        return read_tail(text, spec) is not None
    except CommandError:
        return True


def _value(text: str, tail: Tail) -> Value | None:
    match tail.kind:
        case TailKind.PERIOD:
            return read_period(text)
        case TailKind.INTERVAL:
            return _INTERVALS.get(text) or _ANY_CASE.get(text)
        case TailKind.STUDY:
            study = read_study(text)
            return study if study and _listed(study, tail) else None
        case TailKind.WORD:
            return next((word for word in tail.words if word.upper() == text.upper() and text.isascii()), None)
        case TailKind.OPTION:
            return _option(text, tail)
        case TailKind.NUMBER:
            return float(text) if _NUMBER.fullmatch(text) and text.isascii() else None
        case TailKind.TEXT | TailKind.SECURITY:
            return None


def _listed(study: str, tail: Tail) -> bool:
    return not tail.words or study.rstrip("0123456789.,") in tail.words


def _option(text: str, tail: Tail) -> tuple[str, str] | None:
    key, sign, value = text.partition("=")
    found = next((word for word in tail.words if word.upper() == key.upper() and key.isascii()), None)
    if not sign or found is None:
        return None
    if not value:
        raise CommandError(f"{found}= has no value", f"Write it without blanks: {tail.example or found + '=...'}")
    return found, value


def unknown_tail(text: str, spec: FunctionSpec) -> CommandError:
    """The error for a word that is no tail of a function, with the tails like it."""
    if _MINUTES.fullmatch(text) and text not in _INTERVALS:
        intervals = " ".join(interval.value for interval in Interval)
        return CommandError(
            f"{spec.mnemonic} takes no {shown(text)}: a small m is minutes",
            f"Months have a large M: {text.upper()}. Bar lengths are {intervals}.",
            (f"{spec.mnemonic} {text.upper()}",) if takes(spec, TailKind.PERIOD) else (),
        )
    known = [word for tail in spec.tails for word in _examples(tail)]
    near = nearest(text, known)
    hint = f"Did you mean {', '.join(near)}?" if near else _summary(spec)
    return CommandError(f"{spec.mnemonic} takes no {shown(text)}", hint, tuple(f"{spec.mnemonic} {n}" for n in near))


def _examples(tail: Tail) -> tuple[str, ...]:
    if tail.kind is TailKind.OPTION:
        return tuple(f"{word}=" for word in tail.words)
    if tail.kind is TailKind.STUDY:
        return tail.words or tuple(STUDIES)
    return tail.words or ((tail.example,) if tail.example and tail.kind is not TailKind.SECURITY else ())


def _summary(spec: FunctionSpec) -> str:
    examples = [tail.example or "|".join(tail.words[:4]) for tail in spec.tails]
    known = " ".join(example for example in examples if example)
    return f"{spec.mnemonic} takes {known}" if known else f"{spec.mnemonic} takes no tails."
