"""Times in words, for messages."""

from __future__ import annotations

from financehub_tui.clock import NANOS, to_datetime


def clock_time(nanos: int, timezone: str = "local") -> str:
    """An instant (ns since 1970 UTC) as 14:32:10 in a zone; `local` is the machine's."""
    moment = to_datetime(nanos)
    if timezone == "local":
        return moment.astimezone().strftime("%H:%M:%S")
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo(timezone)).strftime("%H:%M:%S")


def age(nanos: int) -> str:
    """A duration in its largest whole unit: 12 s, 5 min, 3 h, 12 d. Never negative."""
    seconds = max(0, nanos) // NANOS
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
