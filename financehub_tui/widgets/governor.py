"""How often to draw, so that a slow terminal is never more than a moment behind."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

SLOWEST = 1.0
"""The longest period between ticks, in seconds."""
BEHIND = 2
"""Frames waiting to be written from which the terminal counts as behind."""
_CALM = 5.0
"""Seconds without delay before the period is halved again."""


class OutputProfile(msgspec.Struct, frozen=True):
    """What the line to the terminal can take."""

    tick: float = 0.125
    """Seconds between ticks when all is well."""
    animations: bool = True
    smooth_scroll: bool = True
    cursor_blink: bool = True
    mouse_motion: bool = True
    """Every movement of the mouse reported, not clicks alone."""
    settle: float = 0.0
    """Seconds from a change of size to the next picture: what follows from it in the panes is then drawn with it."""


LOCAL = OutputProfile()
REMOTE = OutputProfile(
    tick=0.25, animations=False, smooth_scroll=False, cursor_blink=False, mouse_motion=False, settle=0.1
)


def profile_for(environment: Mapping[str, str]) -> OutputProfile:
    """The remote profile inside an SSH session, else the local one."""
    remote = environment.get("SSH_CONNECTION") or environment.get("SSH_TTY")
    return REMOTE if remote else LOCAL


def profile_environment(profile: OutputProfile) -> dict[str, str]:
    """Settings the drawing library reads from the environment when it is first imported."""
    settings = {"TEXTUAL_FPS": "30" if profile.mouse_motion else "15"}
    if not profile.smooth_scroll:
        settings["TEXTUAL_SMOOTH_SCROLL"] = "0"
    if not profile.animations:
        settings["TEXTUAL_ANIMATIONS"] = "none"
    return settings


class Governor:
    """Doubles the period while the terminal is behind (up to a second), halves it again after 5 s of calm."""

    def __init__(self, base: float = LOCAL.tick) -> None:
        self.base = base
        self.period = base
        self._calm_since = 0.0

    def tick(self, pending: int, now: float) -> bool:
        """Whether to draw at this tick, given the frames not yet written. `now` in seconds, monotonic."""
        if pending >= BEHIND:
            self.period = min(SLOWEST, self.period * 2)
            self._calm_since = now
            return False
        if self.period > self.base and now - self._calm_since >= _CALM:
            self.period = max(self.base, self.period / 2)
            self._calm_since = now
        return True
