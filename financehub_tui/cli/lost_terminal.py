"""A terminal that goes without a signal: the program ends, with everything closed.

A thread looks, since the event loop may be waiting for a writer that will never write again, and a reader at the end of
its input keeps a core busy.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

LOOK_EVERY = 1.0
"""Seconds between looks at the terminal."""
GRACE = 3.0
"""Seconds the program has to leave by itself, and then again to close what it holds."""

_log = logging.getLogger(__name__)


@contextmanager
def leaving_with_the_terminal(
    leave: Callable[[], None], close: Callable[[], Coroutine[Any, Any, None]]
) -> Iterator[None]:
    """While open: when the terminal has gone, `leave` is called on the running loop, which ends the program.

    Where that does not end it, `close` is run and the process ended with status 0.
    """
    loop = asyncio.get_running_loop()
    over = threading.Event()
    arguments = (loop, over, leave, close)
    threading.Thread(target=_watch, args=arguments, name="lost terminal", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _watch(
    loop: asyncio.AbstractEventLoop,
    over: threading.Event,
    leave: Callable[[], None],
    close: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    while not over.wait(LOOK_EVERY):
        if os.isatty(sys.stdin.fileno()):
            continue
        _log.warning("the terminal has gone")
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(leave)
        if not over.wait(GRACE):
            with suppress(Exception):
                asyncio.run_coroutine_threadsafe(close(), loop).result(GRACE)
            logging.shutdown()
            os._exit(0)
