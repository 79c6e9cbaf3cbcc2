"""Keys in variables: FINANCEHUB_KEY_FINNHUB, FINANCEHUB_KEY_ALPACA_SECOND (`id:secret`), and files of such lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from financehub_tui.errors import ConfigError
from financehub_tui.providers.keys.catalogue import FORMS, OTHER_NAMES
from financehub_tui.providers.keys.form import DEFAULT_ALIAS, KeyForm, checked_alias
from financehub_tui.providers.keys.key import Key

PREFIX = "FINANCEHUB_KEY_"
UNLOCKING = "FINANCEHUB_KEY_PASSPHRASE"
"""Holds the passphrase of the encrypted key file."""
SOURCE = "environment"


def environment_keys(
    environment: Mapping[str, str], forms: Mapping[str, KeyForm] = FORMS
) -> tuple[list[Key], list[str]]:
    """The keys in variables, and one line for each variable that holds none. Nothing is raised for a wrong one."""
    keys: list[Key] = []
    problems: list[str] = []
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX) or name == UNLOCKING or not value:
            continue
        try:
            keys.append(_key(name, value, forms))
        except ConfigError as error:
            problems.append(f"{name}: {error}")
    return keys, problems


def imported_keys(text: str, forms: Mapping[str, KeyForm] = FORMS) -> tuple[list[Key], list[str]]:
    """Keys in the lines of an env-style file, under our names or those other programs use.

    Returns what was found and one line for each variable that looks like a key and is none.
    """
    values = dict(_assignments(text))
    keys, problems = environment_keys(values, forms)
    taken = {(key.provider, key.alias) for key in keys}
    for form in forms.values():
        for names in form.variables:
            given = tuple(values.get(name, "") for name in names)
            if not any(given) or (form.provider, DEFAULT_ALIAS) in taken:
                continue
            try:
                keys.append(Key(form.provider, DEFAULT_ALIAS, form.check(given), plan=form.plans[0].name))
                taken.add((form.provider, DEFAULT_ALIAS))
            except ConfigError as error:
                problems.append(f"{', '.join(names)}: {error}")
    return keys, problems


def _key(name: str, value: str, forms: Mapping[str, KeyForm]) -> Key:
    form, alias = _named(name.removeprefix(PREFIX).lower(), forms)
    return Key(form.provider, alias, form.read(value), source=SOURCE, plan=form.plan(alias).name)


def _named(rest: str, forms: Mapping[str, KeyForm]) -> tuple[KeyForm, str]:
    """Provider and alias of what follows the prefix; of two providers that fit, the longer name."""
    names = {**{provider: provider for provider in forms}, **OTHER_NAMES}
    for name in sorted(names, key=len, reverse=True):
        if names[name] in forms and (rest == name or rest.startswith(f"{name}_")):
            return forms[names[name]], checked_alias(rest.removeprefix(name).strip("_"))
    raise ConfigError("no provider of that name takes a key", f"Keys are known for {', '.join(forms)}.")


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            yield name.strip(), _unquoted(value.strip())


def _unquoted(value: str) -> str:
    """A value without the quotes around it, or without the remark behind it."""
    if value[:1] in ("'", '"'):
        return value[1:].partition(value[0])[0]
    return value.partition(" #")[0].rstrip()
