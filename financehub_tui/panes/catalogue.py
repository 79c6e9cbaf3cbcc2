"""Which body a function appears in: its own, or the standard one that draws any Report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from textual.widget import Widget

    from financehub_tui.panes.body import PaneBody

    class BodyWidget(Widget, PaneBody):
        """A widget that is a pane's body."""


_BODIES = {
    "MON": ("grid", "MonitorBody"),
    "WEI": ("grid", "IndicesBody"),
    "CRYP": ("grid", "CryptoBody"),
    "MOST": ("grid", "MoversBody"),
    "GP": ("chart", "ChartBody"),
    "GPC": ("chart", "ChartBody"),
    "GIP": ("chart", "ChartBody"),
    "MDM": ("depth", "LadderBody"),
    "BOOK": ("depth", "BookBody"),
    "QR": ("tape", "TapeBody"),
    "TAS": ("tape", "TapeBody"),
}
_STANDARD = ("report", "StandardBody")


def body_class(mnemonic: str) -> type[BodyWidget]:
    """The widget class of a function's body. Imported on first use, so that start-up pays for none it does not show."""
    module, name = _BODIES.get(mnemonic, _STANDARD)
    found = getattr(import_module(f"financehub_tui.panes.{module}"), name)
    return cast("type[BodyWidget]", found)
