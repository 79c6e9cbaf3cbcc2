"""RPLY: the player of a recorded day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.counts import one_number
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Field, Format, KeyValues, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk, Replay

SPEEDS = (1, 10, 60, 100)

SPEC = FunctionSpec(
    mnemonic="RPLY",
    title="Replay",
    category=Category.MARKETS,
    help="The scenario's clock: where it stands, how fast it runs. RPLY PAUSE and RPLY PLAY stop and start it, RPLY 10 "
    "plays ten times as fast (1 to 100), RPLY STEP moves a second forward while paused, RPLY STEP 60 a minute.",
    tails=(
        Tail(kind=TailKind.WORD, words=("PAUSE", "PLAY", "STEP"), help="What to do"),
        Tail(kind=TailKind.NUMBER, help="Speed, or seconds of a step", example="10"),
    ),
    sources="The bundled recordings.",
    refresh=1,
    acts=("PAUSE", "PLAY", "STEP"),
    examples=("RPLY", "RPLY 10", "RPLY PAUSE", "RPLY STEP 60"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The player's state after what the call asks for. Raises CommandError in live mode."""
    replay = desk.replay
    if replay is None:
        raise CommandError("Nothing is being replayed: this is live", "Start with --demo or --demo=crypto.")
    _act(replay, call)
    state = "ended" if replay.ended else "paused" if replay.paused else "playing"
    length = desk.scenario.end - desk.scenario.start
    played = 100 * (desk.clock.now() - desk.scenario.start) / length if length else None
    fields = (
        Field(label="Scenario", value=desk.scenario.title),
        Field(label="Clock", value=desk.clock.now(), format=Format.DATETIME),
        Field(label="From", value=desk.scenario.start, format=Format.DATETIME),
        Field(label="To", value=desk.scenario.end, format=Format.DATETIME),
        Field(label="Played", value=played, format=Format.NUMBER, decimals=1, unit="%"),
        Field(label="State", value=state),
        Field(label="Speed", value=replay.speed, format=Format.NUMBER, decimals=1, unit="x"),
    )
    return report(desk, call, [KeyValues(title="Replay", fields=fields), _controls(replay)], subject="")


def _controls(replay: Replay) -> Table:
    """What can be done now, to pick from."""
    if replay.ended:
        rows = []
    elif replay.paused:
        rows = [("RPLY PLAY", "Go on"), ("RPLY STEP", "A second forward"), ("RPLY STEP 60", "A minute forward")]
    else:
        rows = [("RPLY PAUSE", "Stop the clock"), *((f"RPLY {speed}", f"Speed x{speed}") for speed in SPEEDS)]
    columns = (Column(name="line", title="Line"), Column(name="does", title="What it does"))
    empty = "The recording has ended. Start the demo again to play it once more."
    return table("Controls", columns, rows, pick_lines=[line for line, _ in rows], empty=empty)


def _act(replay: Replay, call: Call) -> None:
    number = one_number(call)
    if "STEP" in call.words:
        if not replay.paused:
            raise CommandError("STEP works while the replay is paused", "Type RPLY PAUSE first.")
        if number is not None and number <= 0:
            raise CommandError("A replay steps forward only", "Write RPLY STEP 60, say.")
        replay.step(1.0 if number is None else number)
    elif "PAUSE" in call.words:
        replay.pause()
    elif "PLAY" in call.words:
        replay.resume()
    elif number is not None:
        if not 1 <= number <= 100:
            raise CommandError(f"No speed of {number:g}", "Speeds go from 1 to 100.")
        replay.set_speed(number)
