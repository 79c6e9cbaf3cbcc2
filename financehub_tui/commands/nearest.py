"""Words like a mistyped one, for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable

_CUTOFF = 55
_LONGEST = 64


def nearest(word: str, choices: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """The choices most like a word, best first; none where nothing is like it. Case does not matter."""
    from rapidfuzz import fuzz, process

    known = list(dict.fromkeys(choices))
    if not word or not known:
        return ()
    scored = process.extract(
        word[:_LONGEST], known, scorer=fuzz.ratio, processor=str.upper, limit=limit, score_cutoff=_CUTOFF
    )
    return tuple(choice for choice, _, _ in scored)
