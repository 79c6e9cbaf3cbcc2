"""How figures are written, for panes and headless output alike. Plain strings; no drawing library.

A missing or non-finite number is written `–` everywhere; zero never carries a sign.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from financehub_tui.clock import to_datetime

MISSING = "–"
SPARK_LEVELS = "▁▂▃▄▅▆▇█"
_COMPACT = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
_BYTES = ("B", "KB", "MB", "GB", "TB")
_MAX_AUTO_DECIMALS = 8


def number(value: float | None, decimals: int = 2, *, signed: bool = False, group: bool = True) -> str:
    """Fixed decimals: `1,234.50`; with `signed` a plus as well as a minus."""
    if value is None or not math.isfinite(value):
        return MISSING
    body = f"{value:z,.{decimals}f}" if group else f"{value:z.{decimals}f}"
    return f"+{body}" if signed and value > 0 and body.strip("0.,") else body


def integer(value: float | None, *, signed: bool = False) -> str:
    """Whole number with thousands separators."""
    return number(value, 0, signed=signed)


def price(value: float | None, decimals: int | None = None) -> str:
    """A price with the venue's decimals; without them, enough for five significant figures, at least two."""
    if value is None or not math.isfinite(value):
        return MISSING
    return number(value, price_decimals(value) if decimals is None else decimals)


def price_decimals(value: float) -> int:
    """Decimals for a price whose venue does not say: 2 from 1000 up, 8 at the most for the smallest."""
    if value == 0 or not math.isfinite(value):
        return 2
    return max(2, min(_MAX_AUTO_DECIMALS, 4 - math.floor(math.log10(abs(value)))))


def percent(value: float | None, decimals: int = 2, *, signed: bool = True) -> str:
    """A value that is in percent already: 1.25 is `+1.25%`."""
    text = number(value, decimals, signed=signed)
    return text if text == MISSING else f"{text}%"


def compact(value: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """`1.25M`, `3.40B`; below a thousand whole numbers stay whole."""
    if value is None or not math.isfinite(value):
        return MISSING
    size = abs(value)
    for unit, suffix in _COMPACT:
        # 999,999 must read 1.00M, not 1,000.00K
        if round(size / unit, decimals) >= 1:
            return number(value / unit, decimals, signed=signed) + suffix
    return number(value, 0 if value == int(value) else decimals, signed=signed)


def size_decimals(values: Iterable[float]) -> int:
    """Decimals that tell every one of the sizes in full, 8 at the most; 0 where all are whole."""
    needed = 0
    for value in values:
        if value != int(value):
            needed = max(needed, len(f"{value:.8f}".rstrip("0").partition(".")[2]))
    return needed


def size(value: float | None, width: int = 7, decimals: int | None = None) -> str:
    """A traded or quoted size in at most `width` characters (from 5): exact where it fits, else compact.

    `decimals` are those of its column; without them a whole number has none and any other up to four.
    """
    if value is None or not math.isfinite(value):
        return MISSING
    whole = value == int(value)
    most = decimals if decimals is not None else 0 if whole else 4
    for places in range(most, -1, -1):
        text = number(value, places)
        if len(text) <= width and (places or whole or abs(value) >= 10):
            return text
    return next((text for text in (compact(value, 2), compact(value, 1)) if len(text) <= width), compact(value, 0))


def data_size(count: float | None) -> str:
    """Bytes as `512 B`, `1.2 KB`, `3.4 MB` (1 KB = 1,000 bytes)."""
    if count is None or not math.isfinite(count):
        return MISSING
    for power, unit in enumerate(_BYTES):
        scaled = count / 1000**power
        if round(abs(scaled), 1) < 1000 or unit == _BYTES[-1]:
            break
    return f"{scaled:.0f} {unit}" if unit == "B" else f"{scaled:.1f} {unit}"


def age(seconds: float | None) -> str:
    """One unit, cut off: `3s`, `2m`, `4h`, `3d`; the future and the present are `0s`."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    whole = max(0, int(seconds))
    for unit, suffix in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if whole >= unit:
            return f"{whole // unit}{suffix}"
    return f"{whole}s"


def duration(seconds: float | None) -> str:
    """Two units: `3m 20s`, `1d 4h`; `850ms` below a second."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if 0 < seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    parts: list[str] = []
    rest = int(seconds)
    for unit, suffix in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        count, rest = divmod(rest, unit)
        if count or (suffix == "s" and not parts):
            parts.append(f"{count}{suffix}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)


def date(nanos: int | None, zone: tzinfo = UTC) -> str:
    """`2018-02-05` of an instant in nanoseconds since 1970 UTC."""
    return MISSING if nanos is None else _local(nanos, zone).strftime("%Y-%m-%d")


def time_of_day(nanos: int | None, zone: tzinfo = UTC, *, millis: bool = False) -> str:
    """`14:32:10`, or `14:32:10.123`, of an instant in nanoseconds since 1970 UTC."""
    if nanos is None:
        return MISSING
    moment = _local(nanos, zone)
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{moment.microsecond // 1000:03d}" if millis else text


def date_time(nanos: int | None, zone: tzinfo = UTC) -> str:
    """`2018-02-05 14:32:10` of an instant in nanoseconds since 1970 UTC."""
    return MISSING if nanos is None else _local(nanos, zone).strftime("%Y-%m-%d %H:%M:%S")


def _local(nanos: int, zone: tzinfo) -> datetime:
    return to_datetime(nanos).astimezone(zone)


def boolean(value: bool | None) -> str:
    """`yes`, `no`."""
    return MISSING if value is None else "yes" if value else "no"


def sparkline(values: Sequence[float | None], width: int, levels: str = SPARK_LEVELS) -> str:
    """The last `width` values as bars scaled between their own low and high; a gap is a blank.

    Exactly `width` characters, newest on the right. A flat series lies in the middle.
    """
    window = [value if value is not None and math.isfinite(value) else None for value in values[-width:]]
    known = [value for value in window if value is not None]
    if not known:
        return " " * width
    low, span = min(known), max(known) - min(known)
    top = len(levels) - 1
    middle = levels[top // 2]
    bars = "".join(
        " " if value is None else middle if span == 0 else levels[round(top * ((value - low) / span))]
        for value in window
    )
    return bars.rjust(width)
