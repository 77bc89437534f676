"""When to try again: a value, never a sleep."""

from dataclasses import dataclass
from datetime import datetime, timedelta


def growing_pause(first: timedelta, doublings: int, longest: timedelta) -> timedelta:
    """`first`, doubled so many times, and never more than `longest`."""
    return min(first * (1 << min(max(doublings, 0), 30)), longest)


@dataclass(frozen=True)
class RetrySchedule:
    """Doubling waits from `first` up to `longest`, given up `gives_up_after` the message was written.

    Our own outage counts for nothing: whatever its age, a message is tried `least_attempts` times.
    """

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(hours=1)
    gives_up_after: timedelta = timedelta(days=3)
    least_attempts: int = 30
    jitter: float = 0.2

    def is_over(self, attempts: int, since: datetime, at: datetime) -> bool:
        """Whether a message written at `since` and tried so often is given up by then."""
        return at >= since + self.gives_up_after and attempts >= self.least_attempts

    def next_attempt(
        self, attempts: int, since: datetime, now: datetime, chance: float, retry_after: timedelta | None = None
    ) -> datetime | None:
        """When to try after the `attempts`-th failure, or None when it is time to give up.

        `chance` (0 to 1) spreads the waits, so that what failed together does not return together. A partner's
        `Retry-After` is the least we wait, though never longer than a day.
        """
        if self.is_over(attempts, since, now):
            return None
        wait = growing_pause(self.first, attempts - 1, self.longest) * (1 + self.jitter * (2 * chance - 1))
        if retry_after is not None:
            wait = max(wait, min(retry_after, timedelta(days=1)))
        return now + wait
