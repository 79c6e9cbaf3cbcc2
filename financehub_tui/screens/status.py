"""The status line: what is loaded, how fresh it is, how the sources are, what time it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.clock import NANOS, to_datetime
from financehub_tui.formats import age
from financehub_tui.panes.footer import mark_of, newest
from financehub_tui.widgets.one_line import Part

if TYPE_CHECKING:
    from financehub_tui.desk import Desk
    from financehub_tui.panes.frame import PaneFrame

_WORST = ("down", "degraded", "paused", "ok", "idle")


def status_words(desk: Desk, pane: PaneFrame, workspace: str) -> tuple[list[Part], list[Part]]:
    """(left, right) words of the status line; `workspace` is the name of the layout it was opened from."""
    named = [Part(workspace, "info", keep=6)] if workspace else []
    return [*named, *_left(desk, pane)], _right(desk, pane)


def _left(desk: Desk, pane: PaneFrame) -> list[Part]:
    words: list[Part] = []
    if desk.scenario.title:
        words.append(Part(f"{desk.scenario.title} {_speed(desk)}".strip(), "title", keep=9))
    offline = desk.status.offline() and not desk.scenario.title
    if offline:
        words.append(Part("OFFLINE", "error", keep=8))
    if pane.security is not None:
        words.append(Part(f"{pane.security.display} {pane.security.price_label}", "text"))
    sources = pane.body.sources() if pane.body is not None else []
    mark, at = mark_of(sources, offline=False), newest(sources)
    if mark:
        words.append(Part(mark, "warning" if mark != "LIVE" else "up"))
    if at:
        words.append(Part(f"{age(max(0, desk.clock.now() - at) / NANOS)}", "muted"))
    return words


def _speed(desk: Desk) -> str:
    replay = desk.replay
    if replay is None:
        return ""
    if replay.ended:
        return "ENDED"
    if replay.paused:
        return "PAUSED"
    return "" if replay.speed == 1 else f"x{replay.speed:g}"


def _right(desk: Desk, pane: PaneFrame) -> list[Part]:
    from zoneinfo import ZoneInfo

    words: list[Part] = []
    providers = desk.status.providers()
    if providers:
        worst = min(providers, key=lambda status: _WORST.index(status.state) if status.state in _WORST else 0)
        if worst.state in _WORST[:3]:
            words.append(Part(f"{worst.title} {worst.state}", "error" if worst.state == "down" else "warning"))
        left = [
            (1 - used / allowed, f"{status.title} {allowed - used:,.0f} left")
            for status in providers
            for _, used, allowed, _ in status.limits
            if allowed and used
        ]
        if left:
            words.append(Part(f"{min(left)[1]}", "muted"))
    now = to_datetime(desk.clock.now())
    if pane.security is not None:
        state = desk.session(pane.security)
        market = now.astimezone(ZoneInfo(state.timezone))
        words.append(Part(f"{state.words(pane.security.venue)} {market:%H:%M:%S}", "text"))
    name = desk.settings.general.timezone
    local = now.astimezone() if name == "local" else now.astimezone(ZoneInfo(name))
    words.append(Part(f"{local:%Y-%m-%d %H:%M:%S %Z}", "text", keep=7))
    return words
