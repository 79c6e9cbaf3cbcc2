"""What a provider's keys look like, what they unlock, and how a typed one is read."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from financehub_tui.errors import ConfigError
from financehub_tui.providers.base import Limit

ALIAS = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
DEFAULT_ALIAS = "main"
_WORD = 12
"""Longest text that is taken for a word, not a key."""


class KeyFormError(ConfigError):
    """What was given cannot be a key of that provider. The message never holds any of it."""


class Part(msgspec.Struct, frozen=True):
    """One part of a key."""

    name: str
    pattern: str
    """Of the whole part."""
    words: str
    """What the pattern says: `20 to 40 letters and digits`."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider grants to a key."""

    name: str
    title: str
    limits: tuple[Limit, ...] = ()
    """Per key. Empty where the provider states none or sells them by the piece: its headers then decide."""


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """A cheap call that shows whether a key is accepted. `{0}` and `{1}` stand for the key's parts."""

    url: str
    headers: Mapping[str, str] = {}
    params: Mapping[str, str] = {}
    refusals: tuple[str, ...] = ()
    """Texts in an answer of any status that mean the key is bad."""


class KeyForm(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one provider."""

    provider: str
    title: str
    parts: tuple[Part, ...]
    plans: tuple[Plan, ...]
    """The first is the one a key has where nothing is said."""
    where: str
    """Address at which a key is given out."""
    unlocks: str
    free: str
    """What the free key grants, in words."""
    asked: bool = True
    """False where no source asks the provider yet: a key of it is kept, and unlocks nothing."""
    note: str = ""
    """Terms the user must know."""
    probes: Mapping[str, Probe] = {}
    """By plan; that of the first plan serves the others too."""
    variables: tuple[tuple[str, ...], ...] = ()
    """Names under which other programs expect the parts, for `financehub keys import`."""

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"FINANCEHUB_KEY_{self.provider.upper()}"

    def plan(self, alias_or_name: str) -> Plan:
        """The plan of that name, or that an alias begins with (`pro`, `pro-2`); else the first."""
        first = alias_or_name.lower().replace("_", "-").partition("-")[0]
        return next((plan for plan in self.plans if plan.name == first), self.plans[0])

    def probe(self, plan: str) -> Probe | None:
        """The call that tests a key."""
        return self.probes.get(plan) or self.probes.get(self.plans[0].name)

    def resembles(self, text: str) -> bool:
        """True for what could be a key, where none should be."""
        return ":" in text or (len(text) > _WORD and any(re.fullmatch(part.pattern, text) for part in self.parts))

    def read(self, text: str) -> tuple[str, ...]:
        """The parts of a key as written: `key`, or `id:secret`. Raises KeyFormError."""
        given = text.split(":", 1) if len(self.parts) > 1 else [text]
        return self.check(tuple(given))

    def check(self, given: tuple[str, ...]) -> tuple[str, ...]:
        """The parts, where each has its form. Raises KeyFormError that says what is wrong without quoting it."""
        if len(given) != len(self.parts):
            wanted = ":".join(part.name for part in self.parts)
            raise KeyFormError(f"{self.title}: a key has two parts, {wanted}", f"Both are shown at {self.where}")
        for part, value in zip(self.parts, given, strict=True):
            if (wrong := _wrong(part, value)) is not None:
                raise KeyFormError(f"{self.title}: the {part.name} {wrong}", f"Keys are given out at {self.where}")
        return given


def _wrong(part: Part, value: str) -> str | None:
    """What is wrong with a part, without any of its characters; None where nothing is."""
    if not value:
        return "is empty"
    for place, character in enumerate(value, 1):
        if character in "\r\n":
            return f"holds a line break at place {place}: was it copied whole, and nothing else?"
        if character.isspace():
            return f"holds a space at place {place}"
        if not character.isprintable() or not character.isascii():
            return f"holds a character at place {place} that no key has"
    if not re.fullmatch(part.pattern, value):
        return f"is {part.words}; this has {len(value)} characters" + _hint(part, value)
    return None


def _hint(part: Part, value: str) -> str:
    for wrapped in (value.strip("\"'"), value.removeprefix("Bearer").removeprefix(":")):
        if wrapped != value and re.fullmatch(part.pattern, wrapped):
            return ", quotes or a prefix among them"
    return ""


def checked_alias(alias: str) -> str:
    """An alias in lower case. Raises ConfigError for one that cannot be."""
    name = alias.strip().lower().replace("_", "-") or DEFAULT_ALIAS
    if not ALIAS.fullmatch(name):
        raise ConfigError("That alias will not do", "Up to 32 letters, digits and hyphens, such as main or second.")
    return name
