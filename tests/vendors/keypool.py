"""A pool of keys for providers under test, without a keyring."""

from __future__ import annotations

from financehub_tui.clock import Clock
from financehub_tui.providers.keys.catalogue import form_of
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.keys.pool import KeyPool
from financehub_tui.providers.kit.ledger import Ledger


def key_pool(provider: str, clock: Clock, **keys: str) -> KeyPool:
    """Keys by alias, parts joined by a colon; hyphens in an alias are written as underscores."""
    form = form_of(provider)
    ledger = Ledger(clock)
    pool = KeyPool(form, clock, lambda: ledger)
    pool.fill([Key(provider, alias.replace("_", "-"), form.read(text)) for alias, text in keys.items()], {})
    return pool
