"""A question whose answer may be missing without the whole function failing."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from financehub_tui.errors import DataMissingError
from financehub_tui.market.provenance import Missing

T = TypeVar("T")


async def attempt(question: Awaitable[T]) -> T | Missing:
    """The answer, or why there is none."""
    try:
        return await question
    except DataMissingError as error:
        return error.missing
