"""Pictures of real sessions of the demo for the README: `python tools/pictures.py` writes docs/pictures/*.svg."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from financehub_tui.app import FinanceHub
from financehub_tui.config import load_settings
from financehub_tui.engine.desk import open_desk
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.widgets.governor import LOCAL

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
RUNS_FOR = 6.0
"""Seconds a session runs before its picture is taken."""

PICTURES = {
    "workspace-equities": ("equities", (120, 40), "amber", ()),
    "workspace-crypto": ("crypto", (120, 40), "amber", ("1:CRYP",)),
    "chart": ("equities", (120, 40), "amber", ("AAPL GPC 6M SMA20 BB20 RSI14 MACD", "maximise")),
    "description-80x24": ("equities", (80, 24), "amber", ("AAPL DES",)),
    "workspace-light": ("equities", (120, 40), "light", ()),
}


async def take(name: str) -> Path:
    """Run the session of one picture and write it. Returns the file."""
    scenario, size, theme, lines = PICTURES[name]
    settings = load_settings(flags={"display.theme": theme, "general.timezone": "America/New_York"}).settings
    desk = await open_desk(settings, scenario=scenario, start=False)
    app = FinanceHub(desk, profile=LOCAL)
    try:
        async with app.run_test(size=size) as pilot:
            await asyncio.sleep(RUNS_FOR)
            for line in lines:
                if line == "maximise":
                    await pilot.press("ctrl+w", "m")
                else:
                    app.workspace.run_line(line)
                await asyncio.sleep(RUNS_FOR / 2)
            clock = desk.clock
            if isinstance(clock, ScenarioClock):
                clock.pause()
            await pilot.pause()
            file = FOLDER / f"{name}.svg"
            file.write_text(app.export_screenshot(title="FinanceHub TUI"))
    finally:
        await desk.close()
    return file


def main() -> int:
    """All pictures, or those named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or PICTURES:
        with tempfile.TemporaryDirectory() as home:
            os.environ["FINANCEHUB_HOME"] = home
            print(asyncio.run(take(name)).relative_to(FOLDER.parent.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
