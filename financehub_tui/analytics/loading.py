"""TA-Lib without pandas.

The `talib` package imports pandas, wherever that is installed, only to accept its series. We pass arrays, and loading
pandas would take several times as long as everything else a chart needs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from threading import get_ident
from typing import Any


class _WithoutPandas:
    """An import finder that knows of no pandas in the thread that made it."""

    def __init__(self) -> None:
        self._thread = get_ident()

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> None:
        """Nothing is found here. Raises ModuleNotFoundError for pandas."""
        if name == "pandas" and get_ident() == self._thread:
            raise ModuleNotFoundError("left out while TA-Lib is loaded", name=name)


@cache
def talib() -> Any:
    """The TA-Lib module, loaded on first use."""
    finder = _WithoutPandas()
    sys.meta_path.insert(0, finder)
    try:
        return import_module("talib")
    finally:
        sys.meta_path.remove(finder)
