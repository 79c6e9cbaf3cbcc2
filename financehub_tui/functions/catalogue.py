"""The registry of functions: ours by name, third parties' through the entry point group `financehub_tui.functions`.

Ours are listed here instead of in entry points because scanning the installed distributions takes longer than
importing all of them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from financehub_tui.commands.registry import Registry
from financehub_tui.commands.spec import Call, FunctionSpec

if TYPE_CHECKING:
    from financehub_tui.desk import Desk
    from financehub_tui.report.blocks import Report

GROUP = "financehub_tui.functions"

MODULES = (
    "allq anr apik blp book cache cn cryp des diag dvd ern fa feeds fxc gip gp gpc grab help hp jobq last lay logx "
    "mdm menu mon most netb omon pdf phlt pvnc qr quit quota rply secf tas w wei xsrc"
).split()

_log = logging.getLogger(__name__)


class FunctionModule(Protocol):
    """What a function's module offers."""

    SPEC: FunctionSpec

    def load(self, desk: Desk, call: Call) -> Awaitable[Report]:
        """Answer a call."""
        ...


@cache
def modules() -> dict[str, FunctionModule]:
    """Every function's module by mnemonic. One of a third party that does not load is left out and logged."""
    found: dict[str, FunctionModule] = {}
    for name in MODULES:
        module: FunctionModule = import_module(f"financehub_tui.functions.{name}")
        found[module.SPEC.mnemonic] = module
    for module in _third_party():
        found.setdefault(module.SPEC.mnemonic, module)
    return found


def _third_party() -> list[FunctionModule]:
    from importlib.metadata import entry_points

    found: list[FunctionModule] = []
    for point in entry_points(group=GROUP):
        try:
            module = point.load()
            if not isinstance(module.SPEC, FunctionSpec):
                raise TypeError("SPEC is not a FunctionSpec")
            found.append(module)
        except (Exception, SystemExit):
            _log.exception("function %s of %s does not load", point.name, point.value)
    return found


@cache
def registry() -> Registry:
    """The registry of all functions."""
    return Registry(module.SPEC for module in modules().values())


async def run(desk: Desk, call: Call) -> Report:
    """The Report of a call; `?` as the last tail gives the function's help instead.

    Raises CommandError, DataMissingError, ProviderError, StoreError.
    """
    if call.wants_tails:
        call = Call(mnemonic="HELP", words=(call.mnemonic,), text=call.mnemonic)
    return await modules()[call.mnemonic].load(desk, call)
