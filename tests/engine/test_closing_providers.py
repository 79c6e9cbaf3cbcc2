"""Providers are closed together, and one that does not come to an end holds nobody up."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from financehub_tui.clock import ManualClock
from financehub_tui.engine import catalog as catalogs
from financehub_tui.engine.catalog import Catalog, Entry
from financehub_tui.engine.health import HealthBoard
from financehub_tui.providers.base import ProviderSpec


@pytest.fixture
def closed():
    return []


@pytest.fixture
def catalog(closed):
    async def hangs():
        await asyncio.Event().wait()

    async def raises():
        raise RuntimeError("no")

    def entry(name, ending):
        async def close():
            if ending is not None:
                await ending()
            closed.append(name)

        spec = ProviderSpec(id=name, title=name, rest_url="https://provider.invalid", capabilities=())
        return Entry(name, name, lambda: SimpleNamespace(spec=spec, close=close))

    made = Catalog([entry("hangs", hangs), entry("raises", raises), entry("good", None)], HealthBoard(ManualClock()))
    for one in made.entries:
        assert made.get(one) is not None
    return made


async def test_a_provider_that_never_closes_is_given_up(catalog, closed, monkeypatch, caplog):
    monkeypatch.setattr(catalogs, "CLOSING", 0.05)
    async with asyncio.timeout(2):
        await catalog.close()
    assert closed == ["good"] and catalog.made() == []
    assert "provider hangs did not close: TimeoutError" in caplog.text
    assert "provider raises did not close: no" in caplog.text
