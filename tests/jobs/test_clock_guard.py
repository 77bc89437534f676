"""A clock that jumps is not believed for a while."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from jobs.clock_guard import ClockGuard
from tests.domain.example import NOON
from tests.sandbox.stage import Clock


@dataclass
class Machine:
    """Its clock, and the one that only runs forward."""

    clock: Clock = field(default_factory=lambda: Clock(NOON))
    ticks: float = 0.0

    def run(self, seconds: float) -> None:
        self.clock.move(seconds=seconds)
        self.ticks += seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def guard(machine: Machine) -> ClockGuard:
    return ClockGuard(machine.clock, lambda: machine.ticks)


def test_a_clock_that_runs_steadily_is_believed(machine: Machine, guard: ClockGuard) -> None:
    for _ in range(100):
        machine.run(60)
        assert guard.is_believable()


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(minutes=-30)])
def test_after_a_jump_it_is_not_believed_for_ten_minutes(
    machine: Machine, guard: ClockGuard, jump: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    machine.clock.now += jump
    machine.run(1)
    believed = [guard.is_believable()]
    for _ in range(10):
        machine.run(60)
        believed.append(guard.is_believable())
    assert believed == [False] * 10 + [True]
    assert (guard.has_jumped(), guard.has_jumped()) == (True, False)
    assert caplog.text.count("clock jumped") == 1


def test_a_jump_back_starts_the_wait_anew(machine: Machine, guard: ClockGuard) -> None:
    machine.clock.now += timedelta(days=1)
    assert not guard.is_believable()
    machine.run(590)
    machine.clock.now -= timedelta(days=1)
    assert not guard.is_believable()
    machine.run(590)
    assert not guard.is_believable()
    machine.run(20)
    assert guard.is_believable()


def test_small_corrections_are_no_jumps(machine: Machine, guard: ClockGuard) -> None:
    for _ in range(50):
        machine.clock.now += timedelta(seconds=30)
        machine.run(10)
        assert guard.is_believable()
