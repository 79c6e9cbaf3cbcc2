"""What could be meant by a line being typed, in groups. Enter runs what is typed; nothing here is taken by itself."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import islice

import msgspec

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.history import History
from financehub_tui.commands.lookup import Resolved
from financehub_tui.commands.phrases import read_phrase
from financehub_tui.commands.printing import security_text
from financehub_tui.commands.securities import find
from financehub_tui.commands.spec import FunctionSpec, Needs, Tail, TailKind
from financehub_tui.commands.tails import takes
from financehub_tui.commands.tokens import MAX_LINE, TARGET, segments
from financehub_tui.errors import CommandError
from financehub_tui.market.instrument import Instrument

PER_GROUP = 6
"""Suggestions of one group."""

_LONGEST_QUERY = 64
_MARKS = ".@:=^/"


class Group(StrEnum):
    """The headings of the drop-down, in its order."""

    FUNCTIONS = "Functions"
    SECURITIES = "Securities"
    LISTS = "Lists"
    TAILS = "Tails"
    HISTORY = "History"


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the drop-down."""

    group: Group
    line: str
    """The whole line once this is taken."""
    label: str
    detail: str = ""


class _Typed(msgspec.Struct, frozen=True):
    """The command being typed, up to the cursor."""

    before: str
    """The line up to the word being typed."""
    word: str
    """The word being typed; empty after a blank."""
    function: FunctionSpec | None
    subject: str
    """First word of the security or list that stands before the word; empty where there is none."""
    query: str
    """The words that could be a security's symbol or name."""
    query_start: int


def complete(text: str, context: ParseContext, history: History) -> list[Suggestion]:
    """Suggestions for a line up to the cursor, grouped in the order of `Group`; none for a line that is too long.

    Each group holds at most `PER_GROUP`. An exact symbol comes before others that begin with it.
    """
    if len(text) > MAX_LINE or not text.isprintable():
        return []
    typed = _typed(text, context)
    groups = (
        _functions(typed, context),
        _securities(typed, context),
        _lists(typed, context),
        _tails(typed),
        _history(text, history),
    )
    return [suggestion for group in groups for suggestion in islice(group, PER_GROUP)]


def _typed(text: str, context: ParseContext) -> _Typed:
    start = text.rfind(";") + 1
    prefix = TARGET.match(text, start)
    start = prefix.end() if prefix else start
    word_start = max(start, text.rfind(" ") + 1, text.rfind(",") + 1)
    function, subject, query_start = None, "", start
    for place, word in _words(text, start, word_start):
        found = None if function else context.registry.get(word)
        if found:
            function, query_start = found, place + len(word)
        elif not subject and (word.startswith("@") or function is None):
            subject = word
    query_start = max(query_start, text.rfind(",") + 1)
    query_start += len(text[query_start:]) - len(text[query_start:].lstrip(" "))
    query = text[query_start:].strip().lstrip("$")
    return _Typed(text[:word_start], text[word_start:], function, subject, query, query_start)


def _words(text: str, start: int, stop: int) -> Iterator[tuple[int, str]]:
    place = start
    for word in text[start:stop].replace(",", " ").split(" "):
        if word:
            yield place, word
        place += len(word) + 1


def _functions(typed: _Typed, context: ParseContext) -> Iterator[Suggestion]:
    if typed.function or not (typed.word or typed.subject) or typed.before.endswith(","):
        return
    for spec in _matching(typed, context):
        yield Suggestion(
            group=Group.FUNCTIONS, line=f"{typed.before}{spec.mnemonic} ", label=spec.mnemonic, detail=spec.title
        )


def _matching(typed: _Typed, context: ParseContext) -> list[FunctionSpec]:
    """Functions whose name, else a word of whose title, begins with the word; an exact name first."""
    known = context.index.exact(typed.subject) if typed.subject else []
    fitting = [spec for spec in context.registry if not known or spec.suits(known[0].asset_class)]
    if not typed.word:
        return [spec for spec in fitting if spec.needs is not Needs.NOTHING]
    wanted = typed.word.upper()
    by_name = [spec for spec in fitting if any(name.startswith(wanted) for name in (spec.mnemonic, *spec.aliases))]
    by_name.sort(key=lambda spec: wanted not in (spec.mnemonic, *spec.aliases))
    by_title = [spec for spec in fitting if spec not in by_name and f" {wanted}" in f" {spec.title.upper()}"]
    return by_name + (by_title if len(wanted) > 1 else [])


def _securities(typed: _Typed, context: ParseContext) -> Iterator[Suggestion]:
    if not typed.query or typed.query.startswith("@") or not _security_fits(typed, context):
        return
    lead = (typed.before + typed.word)[: typed.query_start]
    for found in _candidates(typed.query[:_LONGEST_QUERY], context):
        text = security_text(found)
        yield Suggestion(group=Group.SECURITIES, line=f"{lead}{text} ", label=text, detail=found.name)


def _candidates(query: str, context: ParseContext) -> list[Instrument]:
    """What the index suggests; for a form with marks of its own (VOD.L, BTCUSDT@BINANCE) what that form means."""
    symbol = query.rstrip(_MARKS)
    if " " in symbol or not any(mark in symbol for mark in _MARKS):
        return context.index.suggest(symbol, PER_GROUP) if symbol else []
    found = _meaning(symbol, context)
    return [found.instrument, *found.others] if found else []


def _meaning(words: str, context: ParseContext) -> Resolved | None:
    """The security that words are as a whole; None where they are none."""
    try:
        segment = segments(words)[0]
        phrase = read_phrase(segment, 0, context, None)
        return find(phrase, context) if phrase.after == len(segment.tokens) else None
    except (CommandError, IndexError):
        return None


def _security_fits(typed: _Typed, context: ParseContext) -> bool:
    """True where a security can stand: first, after a comma, or after a function that is about one."""
    if typed.function is None:
        words, blank, _ = typed.query.rpartition(" ")
        # Words with digits are contracts and dates, which no name search helps.
        return not blank or (not any(map(str.isdigit, typed.query)) and _meaning(words, context) is None)
    wanted = typed.function.needs is not Needs.NOTHING or takes(typed.function, TailKind.SECURITY)
    return wanted and bool(typed.word) and " " not in typed.query


def _lists(typed: _Typed, context: ParseContext) -> Iterator[Suggestion]:
    wanted = typed.word.removeprefix("@").casefold()
    if not typed.word or typed.subject or typed.before.endswith(","):
        return
    for name in context.lists:
        if name.casefold().startswith(wanted):
            yield Suggestion(group=Group.LISTS, line=f"{typed.before}@{name} ", label=f"@{name}", detail="list")


def _tails(typed: _Typed) -> Iterator[Suggestion]:
    if typed.function is None:
        return
    for tail in typed.function.tails:
        for word in _tail_words(tail):
            if word.upper().startswith(typed.word.upper()):
                blank = "" if word.endswith("=") else " "
                line = f"{typed.before}{word}{blank}"
                yield Suggestion(group=Group.TAILS, line=line, label=word, detail=tail.help)


def _tail_words(tail: Tail) -> tuple[str, ...]:
    if tail.kind is TailKind.WORD:
        return tail.words
    if tail.kind is TailKind.OPTION:
        return tuple(f"{word}=" for word in tail.words)
    return (tail.example,) if tail.example and tail.kind is not TailKind.SECURITY else ()


def _history(text: str, history: History) -> Iterator[Suggestion]:
    lines = history.beginning_with(text) if text.strip() else history.last(PER_GROUP)
    for line in lines:
        yield Suggestion(group=Group.HISTORY, line=line, label=line)
