"""Secret values this process knows of, taken out of every text before it is logged, shown or raised."""

from __future__ import annotations

import re

HIDDEN = "***"
_SHORTEST = 8
"""Shorter values, such as the public key `demo`, are words that stand in innocent texts too."""
_CREDENTIALS = r"(?i)(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@"
"""The password in an address, such as that of a proxy. Compiled when it is first looked for."""
_known: set[str] = set()
_patterns: list[tuple[re.Pattern[str], re.Pattern[bytes]]] = []
"""One pattern for all values, as text and as bytes; made anew when a value is added."""


def hide(value: str) -> None:
    """Never let this value appear again, be it written plainly, as in a URL, or escaped as in JSON."""
    if len(value) < _SHORTEST or value in _known:
        return
    _known.add(value)
    pattern = "|".join(_written(known) for known in sorted(_known, key=len, reverse=True))
    _patterns[:] = [(re.compile(pattern), re.compile(pattern.encode()))]


def redacted(text: str) -> str:
    """The text with known secret values replaced, and passwords in addresses."""
    for pattern, _ in _patterns:
        text = pattern.sub(HIDDEN, text)
    return re.sub(_CREDENTIALS, rf"\1{HIDDEN}@", text)


def redacted_bytes(data: bytes) -> bytes:
    """The same for what came over the wire: some vendors quote the key in their answers."""
    for _, pattern in _patterns:
        data = pattern.sub(HIDDEN.encode(), data)
    return data


def _written(value: str) -> str:
    """A pattern of every way in which a value is written."""
    return "".join(character if character.isalnum() else _any_form(character) for character in value)


def _any_form(character: str) -> str:
    octets = "".join(f"%{octet:02X}" for octet in character.encode())
    small = octets.lower()
    return rf"(?:\\*{re.escape(character)}|{octets}|{small}|\\u{ord(character):04x})"
