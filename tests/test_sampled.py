"""A figure that takes long to reckon is kept for a while."""

import pytest

from vendor_app import sampled
from vendor_app.sampled import Sampled


class Clock:
    def __init__(self, took: float) -> None:
        self.now, self.took, self.reckoned = 0.0, took, 0

    def monotonic(self) -> float:
        return self.now

    def reckon(self) -> int:
        self.now += self.took
        self.reckoned += 1
        return self.reckoned


@pytest.mark.parametrize(("took", "later", "seen"), [(0.01, 0.0, 2), (0.1, 19.0, 1), (0.1, 21.0, 2)])
def test_only_what_took_long_is_kept_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, took: float, later: float, seen: int
) -> None:
    clock, figure = Clock(took), Sampled[int]()
    monkeypatch.setattr(sampled, "time", clock)
    figure.get(clock.reckon)
    clock.now += later
    assert figure.get(clock.reckon) == seen


def test_what_cannot_be_reckoned_is_asked_for_again() -> None:
    figure = Sampled[int]()
    with pytest.raises(ZeroDivisionError):
        figure.get(lambda: 1 // 0)
    assert figure.get(lambda: 1) == 1
