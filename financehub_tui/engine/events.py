"""Typed events inside the engine: whoever is interested in a kind is called with each of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

E = TypeVar("E")
log = logging.getLogger(__name__)


class Events:
    """Listeners by kind of event. A listener that raises is logged; the others are called all the same."""

    def __init__(self) -> None:
        self._listeners: dict[type, list[Callable[[Any], None]]] = {}

    def listen(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Call `listener` with every event of a kind; call the result to end that. Ending twice does nothing."""
        listeners = self._listeners.setdefault(kind, [])
        listeners.append(listener)

        def end() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return end

    def tell(self, event: object) -> None:
        """Call everybody who listens to this kind."""
        for listener in list(self._listeners.get(type(event), ())):
            try:
                listener(event)
            except Exception:
                log.exception("a listener of %s failed", type(event).__name__)
