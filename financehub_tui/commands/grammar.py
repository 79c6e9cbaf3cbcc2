"""The grammar of the command line: a typed line and its context give the calls to run.

Reading never raises anything but CommandError, and never takes one instrument for another.
"""

from __future__ import annotations

from financehub_tui.commands.context import ParseContext, SecurityIndex, Showing
from financehub_tui.commands.printing import line_of
from financehub_tui.commands.reader import CANCEL, CommandReader
from financehub_tui.commands.refusals import nothing_typed
from financehub_tui.commands.spec import Call, Reading
from financehub_tui.commands.tokens import MAX_LINE, Segment, clean, segments
from financehub_tui.errors import CommandError

__all__ = ["CANCEL", "ParseContext", "SecurityIndex", "Showing", "parse"]

_MOST_READINGS = 12
_SURELY_FITS = 120
"""Characters of a line whose full form cannot be longer than a line may be."""


def parse(line: str, context: ParseContext) -> Reading:
    """Read a line. Raises CommandError: one line of message, a hint, and suggestions where there are any."""
    text = clean(line)
    found = segments(text)
    if not found:
        raise nothing_typed()
    calls, notes, alternatives = _commands(found, context)
    if len(text) > _SURELY_FITS:
        _check_length(calls)
    others = [other for other in dict.fromkeys(alternatives) if len(other) <= MAX_LINE][:_MOST_READINGS]
    # What a later word or command means may hang on the reading of an earlier one.
    others = [other for other in others if _understood(other, context)]
    return Reading(calls=tuple(calls), note=" · ".join(dict.fromkeys(notes)), alternatives=tuple(others))


def _commands(
    found: list[Segment], context: ParseContext, *, quiet: bool = False
) -> tuple[list[Call], list[str], list[str]]:
    """The calls of a chain, each read with what the ones before it have loaded; notes; lines of other readings."""
    calls: list[Call] = []
    notes: list[str] = []
    alternatives: list[str] = []
    for segment in found:
        reader = CommandReader(segment, context.at(segment.target), quiet=quiet)
        call = reader.read()
        calls.append(call)
        notes += reader.notes
        alternatives += reader.alternatives
        context = _after(call, context)
    return calls, notes, alternatives


def _check_length(calls: list[Call]) -> None:
    """Raise CommandError where a call, written in full, would be too long to be typed, saved or run again."""
    longest = max(len(line_of(call)) for call in calls)
    if longest > MAX_LINE:
        raise CommandError(
            f"Written in full the line has {longest:,} characters, {MAX_LINE:,} are the most",
            "Keep many securities in a list: W makes one, @name uses it.",
        )


def _understood(line: str, context: ParseContext) -> bool:
    try:
        _commands(segments(clean(line)), context, quiet=True)
    except CommandError:
        return False
    return True


def _after(call: Call, context: ParseContext) -> ParseContext:
    before = context.at(call.target)
    runs = context.registry.get(call.mnemonic) is not None and not call.wants_tails
    function = call.mnemonic if runs else before.current
    return context.after(call.target, Showing(call.security or before.loaded, function))
