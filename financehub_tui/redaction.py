"""Secret values this process knows of, taken out of every text before it is logged, shown or raised."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

HIDDEN = "***"
_SHORTEST = 8
"""Shorter values, such as the public key `demo`, are words that stand in innocent texts too."""
_known: set[str] = set()


def hide(value: str) -> None:
    """Never let this value appear again, as it is or as a URL writes it."""
    if len(value) >= _SHORTEST:
        _known.update((value, quote(value, safe=""), quote_plus(value)))


def redacted(text: str) -> str:
    """The text with known secret values replaced."""
    for value in sorted(_known, key=len, reverse=True):
        if value in text:
            text = text.replace(value, HIDDEN)
    return text
