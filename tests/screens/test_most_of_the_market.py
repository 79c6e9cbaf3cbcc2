"""MOST MARKET as a pane where no source has a screen of the market."""

from __future__ import annotations

from typing import Any


async def test_without_a_source_of_screens_the_pane_says_why(session: Any) -> None:
    async with session("MOST", size=(100, 24)) as s:
        await s.line("MOST MARKET UP")
        for _ in range(100):
            if "no configured provider supplies movers" in " ".join(s.text.split()):
                break
            await s.pilot.pause(0.01)
        assert "no configured provider supplies movers" in " ".join(s.text.split())
        await s.line("MOST UP")
        for _ in range(100):
            if "members compared" in s.text:
                break
            await s.pilot.pause(0.01)
        assert "members compared" in s.text
