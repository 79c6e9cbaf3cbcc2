"""The only place that touches private names of Textual. Written against the version in `TESTED`."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import textual
from rich.console import RenderableType
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.filter import Monochrome, NoColor
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip

from financehub_tui.widgets.frame import Span

TESTED = ("8.2.8",)

Update = ChopsUpdate | LayoutUpdate


def supported() -> bool:
    """Whether the installed Textual is one this module was written for."""
    # An installation says its version in a folder's name; `importlib.metadata` takes 10 ms to find that out.
    site = Path(textual.__file__).parents[1]
    named = any((site / f"textual-{version}.dist-info").is_dir() for version in TESTED)
    return named or textual.__version__ in TESTED


def as_update(renderable: RenderableType | None) -> Update | None:
    """The renderable where it is a partial or full update of the screen."""
    return renderable if isinstance(renderable, ChopsUpdate | LayoutUpdate) else None


def spans(update: Update) -> Iterator[Span]:
    """The parts of lines an update covers, in writing order."""
    if isinstance(update, LayoutUpdate):
        yield from _layout_spans(update)
        return
    for y, x1, x2 in update.spans:
        if not 0 <= y < len(update.chops):
            continue
        for end, (start, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and start < x2 and end > x1:
                yield Span(y, x1, x2, start, end, strip)


def _layout_spans(update: LayoutUpdate) -> Iterator[Span]:
    for y, line in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in line:
            end = x + strip.cell_length
            yield Span(y, x, end, x, end, strip)
            x = end


def may_draw(app: App[Any]) -> bool:
    """Whether a frame would reach the terminal now."""
    return app._running and not app._closed and not app._batch_count and app._driver is not None


def is_batching(app: App[Any]) -> bool:
    """Whether drawing is held back until a batch of changes is complete."""
    return bool(app._batch_count)


def write_frame(app: App[Any], text: str) -> None:
    """Hand one frame to the writer, in a synchronised update where the terminal knows them."""
    driver = app._driver
    if driver is None or app.is_headless:
        return
    driver.write(f"{SYNC_START}{text}{SYNC_END}" if app._sync_available else text)
    driver.flush()


def pending_writes(app: App[Any]) -> int:
    """Writes queued and not yet taken by the terminal; 0 where the driver has no queue."""
    thread = getattr(app._driver, "_writer_thread", None)
    waiting = getattr(thread, "_queue", None)
    return waiting.qsize() if isinstance(waiting, queue.Queue) else 0


def terminal_size(app: App[Any]) -> tuple[int, int] | None:
    """Columns and rows of the terminal now; None where there is none."""
    measure = None if app.is_headless else getattr(app._driver, "_get_terminal_size", None)
    if measure is None:
        return None
    columns, rows = measure()
    return columns, rows


def whole_screen(screen: Screen[Any]) -> Update | None:
    """Everything the screen shows now, as one update."""
    return as_update(screen._compositor.render_update(full=True, screen_stack=screen.app._background_screens))


def is_whole(update: Update, size: Size) -> bool:
    """Whether the update is of everything on a screen of that size."""
    return isinstance(update, LayoutUpdate) and update.region == size.region


def plain_sequences(app: App[Any], update: CompositorUpdate) -> str:
    """What Textual itself would write for the update."""
    return update.render_segments(app.console)


def clicks_only(app: App[Any]) -> None:
    """Ask the terminal not to report every movement of the mouse."""
    driver = app._driver
    if driver is not None and not app.is_headless and getattr(driver, "_mouse", False):
        driver.write("\x1b[?1003l")
        driver.flush()


def bare_screens(app: App[Any]) -> None:
    """Give screens no tooltip and no rack for toasts: two widgets fewer to style and place where nothing uses them."""
    app._disable_tooltips = app._disable_notifications = True


def remove_colour(app: App[Any]) -> None:
    """NO_COLOR means no colour, not shades of grey."""
    app._filters[:] = [NoColor() if isinstance(each, Monochrome) else each for each in app._filters]


def screen_strips(screen: Screen[Any]) -> list[Strip]:
    """The lines of the screen as they are now."""
    return screen._compositor.render_strips()
