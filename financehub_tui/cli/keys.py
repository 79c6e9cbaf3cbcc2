"""`financehub keys`: API keys into the keyring and out of it. A key is never an argument: others could see it there."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from financehub_tui.cli.start import settings_for
from financehub_tui.cli.status import FAILED, remark
from financehub_tui.clock import SystemClock, to_datetime
from financehub_tui.config import Settings, load_settings
from financehub_tui.errors import ConfigError, FinanceHubError, ProviderError, StoreError
from financehub_tui.paths import find_paths
from financehub_tui.providers.keys.backends import open_vault
from financehub_tui.providers.keys.catalogue import form_of
from financehub_tui.providers.keys.environment import environment_keys, imported_keys
from financehub_tui.providers.keys.form import DEFAULT_ALIAS, KeyForm, checked_alias
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.keys.vault import IndexEntry, Vault, read_stored

Forms = Mapping[str, KeyForm]


def keep_keys(options: argparse.Namespace) -> int:
    """Do what the action says. Raises typed errors."""
    from financehub_tui.engine.opening import known_key_forms

    settings = settings_for(options).settings
    action = {
        "add": _add,
        "list": _list,
        "test": _test,
        "disable": _disable,
        "enable": _disable,
        "remove": _remove,
        "import": _import,
    }[options.action]
    return action(options, settings, known_key_forms(settings))


def _add(options: argparse.Namespace, settings: Settings, forms: Forms) -> int:
    form = form_of(options.provider, forms)
    if options.more or form.resembles(options.alias):
        raise ConfigError(
            "A key does not belong on the command line, where other users and the shell's history see it",
            f"Leave it out: `financehub keys add {form.provider}` asks for it. Get a new one in place of this one.",
        )
    alias = checked_alias(options.alias)
    plan = _plan(form, options.plan or alias, stated=bool(options.plan))
    vault = _vault(settings)
    key = Key(form.provider, alias, _asked(form), source=vault.source, plan=plan)
    replaced = vault.put(key, now=SystemClock().now())
    done = "replaced in" if replaced else "stored in"
    print(f"{form.title} {alias} {key.masked} {done} the {vault.source} ({vault.name}).")
    print(f"  financehub keys test {form.provider} {alias}   asks {form.title} whether it is accepted")
    if not form.asked:
        print(f"  No source here asks {form.title} yet: the key is only kept.")
    _mind_the_store(settings)
    return 0


def _mind_the_store(settings: Settings) -> None:
    """A store named for this run alone is not looked into by the next one."""
    lasting = load_settings(find_paths().config_file).settings.keys
    if lasting.store != settings.keys.store:
        print(f"  keys.store = {settings.keys.store} holds for this run alone. To have the key used from now on:")
        print(f'  financehub run "PDF keys.store={settings.keys.store}"')


def _list(options: argparse.Namespace, settings: Settings, forms: Forms) -> int:
    given, wrong = environment_keys(os.environ, forms)
    stored = read_stored(lambda: open_vault(settings.keys, _ask))
    keys, problems = [*given, *stored.keys], [*wrong, *stored.problems]
    entries = stored.disabled
    for key in keys:
        print(f"{key.provider:<20}{key.alias:<14}{key.masked:<12}{key.source:<14}{_plan_title(key, forms)}")
    for entry in entries:
        print(f"{entry.provider:<20}{entry.alias:<14}{'disabled':<12}{_date(entry.added)}")
    if not keys and not entries:
        none = "No key can be read." if stored.unread else "No key yet."
        print(f"{none} These providers take one; each has a free plan:")
    missing = [form for form in forms.values() if form.provider not in {key.provider for key in keys}]
    if keys and missing:
        print("Without a key:")
    for form in missing:
        print(f"  {form.provider:<20}{form.free}{'' if form.asked else ' (not used yet)'}\n{'':<22}{form.where}")
    for problem in problems:
        remark(problem)
    return FAILED if stored.unread else 0


def _plan_title(key: Key, forms: Forms) -> str:
    """What its provider calls a key's plan; a key may outlive the package that brought its provider."""
    form = forms.get(key.provider)
    return form.plan(key.plan).title if form else "its provider is not installed"


def _test(options: argparse.Namespace, settings: Settings, forms: Forms) -> int:
    """Every key asked for; the status of the worst."""
    keys, disabled = _chosen(options, settings, forms)
    if not keys and disabled:
        one = disabled[0]
        raise ConfigError(
            f"{form_of(one.provider, forms).title} {one.alias} is disabled",
            f"financehub keys enable {one.provider} {one.alias}",
        )
    if not keys:
        raise ConfigError("There is no such key", "`financehub keys list` shows those there are.")
    return asyncio.run(_probe(keys, settings, forms))


async def _probe(keys: Sequence[Key], settings: Settings, forms: Forms) -> int:
    from financehub_tui.providers.keys.probing import probe_key

    failed = 0
    for key in keys:
        own = settings.providers.get(key.provider)
        try:
            said = await probe_key(
                form_of(key.provider, forms), key, clock=SystemClock(), host=_origin(own.rest_url) if own else ""
            )
        except ProviderError as error:
            failed = 4
            said = f"{error.reason.value}: {error.detail}"
        print(f"{key.provider:<20}{key.alias:<14}{key.masked:<12}{said}")
    return failed


def _disable(options: argparse.Namespace, settings: Settings, forms: Forms) -> int:
    form, alias = form_of(options.provider, forms), checked_alias(options.alias)
    off = options.action == "disable"
    _of_variable(form, forms, alias, "Unset the variable")
    _vault(settings).disable(form.provider, alias, off)
    print(f"{form.title} {alias} is {'not used until it is enabled' if off else 'used again'}.")
    return 0


def _remove(options: argparse.Namespace, settings: Settings, forms: Forms) -> int:
    form, alias = form_of(options.provider, forms), checked_alias(options.alias)
    _of_variable(form, forms, alias, "Unset the variable")
    _vault(settings).remove(form.provider, alias)
    print(f"{form.title} {alias} is forgotten here. It stays good until it is revoked at {form.where}")
    return 0


def _import(options: argparse.Namespace, settings: Settings, forms: Forms) -> int:
    keys, problems = imported_keys(_text(options.file), forms)
    for problem in problems:
        remark(problem)
    if not keys:
        raise ConfigError(f"{options.file} holds no key that could be stored", "Lines are FINANCEHUB_KEY_FINNHUB=...")
    vault = _vault(settings)
    for key in keys:
        replaced = vault.put(key, now=SystemClock().now())
        print(f"{forms[key.provider].title} {key.alias} {key.masked} {'replaced' if replaced else 'stored'}.")
    if options.file != "-":
        print(f"{options.file} still holds them in clear: delete it where it is no longer needed.")
    return 2 if problems else 0


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text"
        raise StoreError(f"{file}: {reason}") from None


def _chosen(options: argparse.Namespace, settings: Settings, forms: Forms) -> tuple[list[Key], list[IndexEntry]]:
    """What a line is about, one key, those of a provider, or all: keys that can be used, and disabled ones."""
    given, _ = environment_keys(os.environ, forms)
    stored = read_stored(lambda: open_vault(settings.keys, _ask))
    for problem in stored.problems:
        remark(problem)
    provider = form_of(options.provider, forms).provider if options.provider else ""
    alias = checked_alias(options.alias) if options.alias else ""

    def meant(one: Key | IndexEntry) -> bool:
        return provider in ("", one.provider) and alias in ("", one.alias)

    return [key for key in [*given, *stored.keys] if meant(key)], [entry for entry in stored.disabled if meant(entry)]


def _vault(settings: Settings) -> Vault:
    """The keyring. Raises ConfigError where there is none, with what can be done."""
    vault = open_vault(settings.keys, _ask)
    if vault is not None:
        return vault
    if settings.keys.store == "environment":
        raise ConfigError("keys.store = environment: no key is stored here", "Set FINANCEHUB_KEY_* variables.")
    raise ConfigError(
        "This system has no keyring",
        "Set a variable such as FINANCEHUB_KEY_FINNHUB, or keep an encrypted file: --set keys.store=file",
    )


def _of_variable(form: KeyForm, forms: Forms, alias: str, hint: str) -> None:
    keys, _ = environment_keys(os.environ, forms)
    if any((key.provider, key.alias) == (form.provider, alias) for key in keys):
        ending = "" if alias == DEFAULT_ALIAS else f"_{alias.upper().replace('-', '_')}"
        raise ConfigError(f"That key comes from the environment: {form.variable}{ending}", f"{hint}.")


def _plan(form: KeyForm, named: str, *, stated: bool) -> str:
    plan = form.plan(named)
    if stated and plan.name != named.lower():
        known = ", ".join(one.name for one in form.plans)
        raise ConfigError(f"{form.title} has no plan of that name", f"There are {known}.")
    return plan.name


def _asked(form: KeyForm) -> tuple[str, ...]:
    """A key from a terminal, unseen, part by part; else from standard input: `key`, `id:secret`, or a line a part."""
    if sys.stdin.isatty():
        return form.check(tuple(_ask(f"{form.title} {part.name} (not shown): ") for part in form.parts))
    text = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    lines = text.splitlines()
    return form.check(tuple(lines)) if len(lines) == len(form.parts) > 1 else form.read(text)


def _ask(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise ConfigError("A passphrase is needed, and nobody can be asked", "Give it in FINANCEHUB_KEY_PASSPHRASE.")
    try:
        return getpass.getpass(prompt)
    except EOFError:
        raise FinanceHubError("Nothing was typed") from None


def _origin(url: str) -> str:
    """Scheme and host of an address."""
    from urllib.parse import urlsplit

    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc}" if place.netloc else ""


def _date(nanos: int) -> str:
    return f"added {to_datetime(nanos):%Y-%m-%d}"
