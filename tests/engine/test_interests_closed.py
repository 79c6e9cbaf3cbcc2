"""An interest that is closed stays closed, whatever is set on it afterwards."""

from __future__ import annotations

import asyncio

import pytest
from vendors.sources import Source, stock

AAPL, MSFT = stock("AAPL"), stock("MSFT")


async def test_what_is_set_on_a_closed_interest_is_not_wanted(make_desk):
    source = Source(stream=True)
    desk = make_desk(source)
    interest = desk.subscribe([AAPL])
    other = desk.subscribe([AAPL])
    await asyncio.sleep(0.01)
    interest.close()
    interest.set([MSFT])
    await asyncio.sleep(0.01)
    assert [one.symbol for one in desk.watched()] == ["AAPL"]
    assert desk.live.quote(MSFT.key) is None
    interest.close()
    other.close()
    await asyncio.sleep(0.01)
    assert desk.watched() == []


@pytest.mark.parametrize("turns", [0, 1])
async def test_nothing_is_asked_for_an_interest_closed_before_it_is_set(make_desk, turns):
    source = Source()
    desk = make_desk(source)
    interest = desk.subscribe([])
    await asyncio.sleep(0)
    interest.close()
    for _ in range(turns):
        await asyncio.sleep(0.01)
    interest.set([MSFT])
    await asyncio.sleep(0.02)
    assert source.calls == []


async def test_an_interest_outlives_no_desk(make_desk):
    desk = make_desk(Source())
    interest = desk.subscribe([AAPL])
    await desk.close()
    interest.set([AAPL, MSFT])
    assert desk.watched() == [] and desk.subscribe([AAPL]) and desk.watched() == []
