"""When a message is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta


def growing_pause(first: timedelta, doublings: int, longest: timedelta) -> timedelta:
    """`first`, doubled so many times, and never more than `longest`."""
    return min(first * (1 << min(max(doublings, 0), 30)), longest)


@dataclass(frozen=True)
class RetrySchedule:
    """Waits double from `first` up to `longest`; the message is given up `gives_up_after` it was written.

    However old, it is tried `least_attempts` times, so that an outage of ours does not end it.
    """

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(hours=1)
    gives_up_after: timedelta = timedelta(days=3)
    least_attempts: int = 30
    jitter: float = 0.2

    def is_over(self, attempts: int, since: datetime, at: datetime) -> bool:
        """Whether a message written at `since` and tried `attempts` times is given up at `at`."""
        return at >= since + self.gives_up_after and attempts >= self.least_attempts

    def next_attempt(
        self, attempts: int, since: datetime, now: datetime, chance: float, retry_after: timedelta | None = None
    ) -> datetime | None:
        """When to try after the `attempts`-th failure, or None when it is time to give up.

        `chance` (0 to 1) spreads the waits, so that messages that failed together are not tried together. We wait at least the
        partner's `Retry-After`, up to a day.
        """
        if self.is_over(attempts, since, now):
            return None
        wait = growing_pause(self.first, attempts - 1, self.longest) * (1 + self.jitter * (2 * chance - 1))
        if retry_after is not None:
            wait = max(wait, min(retry_after, timedelta(days=1)))
        return now + wait
