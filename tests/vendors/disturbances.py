"""What goes wrong on a stream: each of these is handed the frame a vendor sends, and says which go out instead.

vendor.disturbance = doubled
vendor.disturbance = swapped()
"""

from __future__ import annotations

from collections.abc import Callable

Frame = str | bytes
Disturbance = Callable[[Frame], list[Frame]]


def undisturbed(frame: Frame) -> list[Frame]:
    """As it is."""
    return [frame]


def doubled(frame: Frame) -> list[Frame]:
    """Every frame twice."""
    return [frame, frame]


def silent(frame: Frame) -> list[Frame]:
    """The socket is open and says nothing."""
    return []


def halved(frame: Frame) -> list[Frame]:
    """Half of it."""
    return [frame[: len(frame) // 2]]


def page(frame: Frame) -> list[Frame]:
    """A web page in its place."""
    return ["<html><body>Bad gateway</body></html>"]


def swapped() -> Disturbance:
    """Every two frames in the wrong order."""
    held: list[Frame] = []

    def disturb(frame: Frame) -> list[Frame]:
        if not held:
            held.append(frame)
            return []
        return [frame, held.pop()]

    return disturb


def rewritten(old: str, new: str) -> Disturbance:
    """A piece of text replaced: a field renamed, a null where none was, another price."""

    def disturb(frame: Frame) -> list[Frame]:
        text = frame.decode() if isinstance(frame, bytes) else frame
        return [text.replace(old, new)]

    return disturb
