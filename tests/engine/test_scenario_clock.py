"""The scenario's clock."""

from __future__ import annotations

import asyncio

import pytest

from financehub_tui.clock import ManualClock
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.errors import ConfigError

SECOND = 1_000_000_000


@pytest.fixture
def base():
    return ManualClock(5)


@pytest.fixture
def clock(base):
    return ScenarioClock(100 * SECOND, 200 * SECOND, base=base)


def test_it_runs_at_its_speed(clock, base):
    base.advance(2)
    assert clock.now() == 102 * SECOND
    clock.set_speed(10)
    base.advance(2)
    assert clock.now() == 122 * SECOND


def test_paused_it_stands_and_steps_and_goes_on_from_there(clock, base):
    clock.pause()
    base.advance(50)
    assert clock.now() == 100 * SECOND
    clock.step(7)
    assert clock.now() == 107 * SECOND
    clock.resume()
    base.advance(1)
    assert clock.now() == 108 * SECOND


def test_it_never_runs_backwards_and_ends_where_the_scenario_ends(clock, base):
    clock.seek(150 * SECOND)
    clock.seek(120 * SECOND)
    assert clock.now() == 150 * SECOND
    base.advance(1_000)
    assert clock.now() == 200 * SECOND
    assert clock.ended


def test_a_base_clock_set_back_does_not_matter(clock, base):
    base.advance(10)
    base.set(0)
    assert clock.now() == 110 * SECOND


@pytest.mark.parametrize("speed", [0, 0.5, 101, -1])
def test_speeds_outside_one_to_a_hundred_are_refused(clock, speed):
    with pytest.raises(ConfigError, match="No speed"):
        clock.set_speed(speed)


async def test_waiting_ends_when_the_instant_is_reached_by_a_step(clock):
    clock.pause()
    waiting = asyncio.create_task(clock.wait_until(110 * SECOND))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    clock.step(10)
    assert await asyncio.wait_for(waiting, 1) is True


async def test_waiting_for_an_instant_after_the_end_says_so(clock):
    waiting = asyncio.create_task(clock.wait_until(300 * SECOND))
    await asyncio.sleep(0.01)
    clock.seek(200 * SECOND)
    assert await asyncio.wait_for(waiting, 1) is False
