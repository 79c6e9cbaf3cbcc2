"""Calls the workstation answers itself: they are about the screen, not about data."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from financehub_tui.errors import CommandError, FinanceHubError, StoreError
from financehub_tui.screens.layouts import Layout, decode, encode, starting_layout

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk
    from financehub_tui.screens.workspace import Workspace


def act(workspace: Workspace, call: Call) -> bool:
    """Answer the call if it is one of the screen's. False: it goes to a pane."""
    if call.wants_tails:
        return False
    if call.mnemonic == "QUIT":
        workspace.app.call_later(workspace.app.action_quit)
        return True
    if call.mnemonic == "GRAB":
        _start(workspace, grab(workspace, call))
        return True
    if call.mnemonic == "LAY" and call.words and call.words[0] != "DELETE":
        _start(workspace, _layout(workspace, call))
        return True
    if call.mnemonic == "BLP" and call.text.strip():
        _start(workspace, workspace.hub.open_workspace(call.text.strip()))
        return True
    return False


def _start(workspace: Workspace, work: Awaitable[str]) -> None:
    async def told() -> None:
        try:
            workspace.say(await work, "info")
        except FinanceHubError as error:
            workspace.complain(error)

    workspace.run_worker(told(), group="actions")


async def _layout(workspace: Workspace, call: Call) -> str:
    action, name = call.words[0], call.text.strip()
    if action == "RESET":
        await workspace.show_layout(starting_layout(workspace.desk.scenario.name))
        return "The panes are as a new user sees them"
    if not name:
        raise CommandError(f"LAY {action} needs a name", f"Write LAY {action} morning, say.")
    if action == "SAVE":
        await workspace.desk.memory.save_layout(name, encode(workspace.layout_now()))
        return f"Layout {name} is saved"
    return await load_layout(workspace, name)


async def load_layout(workspace: Workspace, name: str) -> str:
    """Bring a saved layout back in this workspace. Raises CommandError, StoreError."""
    await workspace.show_layout(await saved_layout(workspace.desk, name))
    return f"Layout {name}"


async def saved_layout(desk: Desk, name: str) -> Layout:
    """A layout of the store. Raises CommandError where there is none or it is damaged, StoreError."""
    document = await desk.memory.layout(name)
    if document is None:
        raise CommandError(f"No layout {name!r}", "LAY lists them.")
    return decode(document)


def _unused(name: str, suffix: str) -> Path:
    """The file of a name, which may leave the suffix to its form, or where it is there already the same with a number:
    `morning-2.svg`."""
    file = Path(name).expanduser()
    if not file.suffix and not file.is_dir():
        file = file.with_suffix(f".{suffix}")
    names = (file.with_stem(f"{file.stem}-{number}") for number in count(2))
    return next(name for name in names if not name.exists()) if file.is_file() else file


async def grab(workspace: Workspace, call: Call) -> str:
    """The screen to a new file: none that is there is replaced. Raises StoreError."""
    import asyncio

    from financehub_tui.clock import to_datetime
    from financehub_tui.paths import write_private
    from financehub_tui.widgets.screen_copy import screen_ansi, screen_svg, screen_text

    words = set(call.words)
    form = next((word for word in ("TEXT", "ANSI", "SVG") if word in words), "TEXT" if "COPY" in words else "SVG")
    make = {"TEXT": screen_text, "ANSI": screen_ansi, "SVG": screen_svg}[form]
    document = make(workspace.app)
    suffix = {"TEXT": "txt", "ANSI": "ans", "SVG": "svg"}[form]
    stamp = f"{to_datetime(workspace.hub.clock.now()):%Y%m%d-%H%M%S}"
    file = _unused(call.text.strip() or f"financehub-{stamp}", suffix)
    try:
        await asyncio.to_thread(write_private, file, document)
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror or error}", "Nothing was written.") from error
    if "COPY" in words:
        workspace.app.copy_to_clipboard(screen_text(workspace.app))
    return f"Wrote {file}" + (" and sent the text to the clipboard" if "COPY" in words else "")
