"""Numbers typed as tails: how many rows, which speed."""

from __future__ import annotations

from financehub_tui.commands.spec import Call
from financehub_tui.errors import CommandError


def count_of(call: Call, default: int, most: int, what: str) -> int:
    """The count of a call's number tail, 1 to `most`; `what` names what is counted. Raises CommandError."""
    number = one_number(call)
    if number is None:
        return default
    if not 1 <= number <= most or number != int(number):
        raise CommandError(f"{call.mnemonic} shows 1 to {most:,} {what}, not {number:.15g}")
    return int(number)


def one_number(call: Call) -> float | None:
    """The only number tail of a call; None without one. Raises CommandError for a second."""
    if len(call.numbers) > 1:
        raise CommandError(
            f"{call.mnemonic} takes one number, not {' and '.join(f'{number:g}' for number in call.numbers[:4])}"
        )
    return call.numbers[0] if call.numbers else None
