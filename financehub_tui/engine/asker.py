"""Who is asking, here and now."""

from __future__ import annotations

import asyncio

from financehub_tui.asking import ASKER, Asker, Urgency


def current_asker() -> Asker:
    """Who is asking here: as said by `desk.asking`, else the running task, as for somebody who looks on."""
    held = ASKER.get()
    if held is not None and held.owner:
        return held
    task = asyncio.current_task()
    owner = task.get_name() if task is not None else ""
    return Asker(owner, Urgency.SCREEN if held is None else held.urgency)
