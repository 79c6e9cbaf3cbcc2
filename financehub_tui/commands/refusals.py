"""Errors of the grammar: what was wrong with a line, in one line, and what would be right."""

from __future__ import annotations

from collections.abc import Sequence

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.nearest import nearest
from financehub_tui.commands.printing import security_text
from financehub_tui.commands.spec import FunctionSpec
from financehub_tui.commands.tails import unknown_tail
from financehub_tui.commands.tokens import shown
from financehub_tui.errors import CommandError
from financehub_tui.market.instrument import Instrument


def nothing_typed() -> CommandError:
    """An empty line."""
    return CommandError("Nothing was typed", "Type a security and a function: AAPL GP 1Y. ? opens HELP.")


def second_function(spec: FunctionSpec, text: str, other: FunctionSpec) -> CommandError:
    """A second mnemonic where a tail should stand."""
    return CommandError(
        f"{spec.mnemonic} takes no {shown(text)}, which is a function of its own",
        "One command runs one function; ; chains commands.",
        (f"{spec.mnemonic} ; {other.mnemonic}",),
    )


def neither(spec: FunctionSpec, text: str, near: Sequence[Instrument]) -> CommandError:
    """After a function that wants a security: a word that is none (`near` are like it) and no tail."""
    tail = unknown_tail(text, spec)
    if tail.suggestions:
        return tail
    securities = tuple(f"{security_text(one)} {spec.mnemonic}" for one in near)
    return CommandError(f"{spec.mnemonic}: {shown(text)} is no security and no tail", tail.hint, securities)


def no_function(subject: str, text: str, spec: FunctionSpec, context: ParseContext) -> CommandError:
    """After a security: a word that is no function, and no tail of the function the security would reload."""
    known = context.index.exact(text)
    near = nearest(text, context.registry.names)
    if known and not subject.startswith("@"):
        # A letter too many makes another company's ticker of HP; MSFT is not meant for MOST.
        typed = [name for name in near if text.upper().startswith(name)]
        lines = (*(f"{subject} {name}" for name in typed), f"{subject},{security_text(known[0])}")
        hint = f"Did you mean {' or '.join(lines)}?"
        return CommandError(f"{shown(text)} stands where a function should", hint, lines)
    return CommandError(
        f"{shown(text)} is no function, and {spec.mnemonic} takes no such tail",
        f"Did you mean {', '.join(near)}?" if near else "HELP lists the functions.",
        tuple(f"{subject} {name}" for name in near),
    )


def about_one(spec: FunctionSpec, list_name: str, securities: Sequence[Instrument]) -> CommandError:
    """A list or several securities for a function about one."""
    given = f"@{list_name}" if list_name else f"{len(securities)} securities"
    return CommandError(f"{spec.mnemonic} is about one security, not {given}", "MON shows several at once.")


def not_suited(spec: FunctionSpec, security: Instrument, instead: str) -> CommandError:
    """A function that can show nothing for a security's sector; `instead` is a mnemonic that can."""
    name = security_text(security)
    suited = ", ".join(sector.value for sector in spec.asset_classes)
    return CommandError(f"{spec.mnemonic} does not suit {name}", f"It shows {suited}.", (f"{name} {instead}",))
