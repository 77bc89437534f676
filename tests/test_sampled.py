"""A value that is slow to compute is kept for a while."""

import pytest

from vendor_app import sampled
from vendor_app.sampled import Sampled


class Clock:
    def __init__(self, took: float) -> None:
        self.now, self.took, self.computed = 0.0, took, 0

    def monotonic(self) -> float:
        return self.now

    def compute(self) -> int:
        self.now += self.took
        self.computed += 1
        return self.computed


@pytest.mark.parametrize(("took", "later", "seen"), [(0.01, 0.0, 2), (0.1, 19.0, 1), (0.1, 21.0, 2)])
def test_only_what_took_long_is_kept_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, took: float, later: float, seen: int
) -> None:
    clock, figure = Clock(took), Sampled[int]()
    monkeypatch.setattr(sampled, "time", clock)
    figure.get(clock.compute)
    clock.now += later
    assert figure.get(clock.compute) == seen


def test_what_cannot_be_computed_is_asked_for_again() -> None:
    figure = Sampled[int]()
    with pytest.raises(ZeroDivisionError):
        figure.get(lambda: 1 // 0)
    assert figure.get(lambda: 1) == 1
