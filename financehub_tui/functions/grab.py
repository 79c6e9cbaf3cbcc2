"""GRAB: the screen to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.report.blocks import Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="GRAB",
    title="Capture the screen",
    category=Category.SYSTEM,
    aliases=("SNIP", "CLIP"),
    help="The screen as it stands to a file: TEXT plain, ANSI with colours, SVG a picture. COPY puts the text on the "
    "terminal's clipboard (OSC 52) as well, which some terminals and tmux refuse; the file is always there. Files go "
    "to the folder you are in unless you give a name; none is ever replaced: a number is added.",
    tails=(
        Tail(kind=TailKind.WORD, words=("SVG", "TEXT", "ANSI", "COPY"), help="Form; SVG where nothing is said"),
        Tail(kind=TailKind.TEXT, help="File name", example="morning.svg"),
    ),
    examples=("GRAB", "GRAB TEXT", "GRAB SVG morning.svg"),
)


async def load(desk: Desk, call: Call) -> Report:
    """There is no screen outside the workstation, which answers GRAB itself. Raises CommandError."""
    raise CommandError(
        "GRAB captures the workstation's screen, and there is none here",
        "`financehub run LINE --output FILE` writes the data of a function.",
    )
