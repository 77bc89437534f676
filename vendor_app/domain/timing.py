"""Whether a lock system's event happened within the window of the access it is about: only then it counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vendor_app.domain.access import AccessGrant
from vendor_app.domain.tours import Tour


class Timing(StrEnum):
    """`IN_TIME` is all that counts. `AFTER_END`: inside the window, but access had been ended. `IMPOSSIBLE`: a wrong clock."""

    IN_TIME = "in time"
    OUTSIDE = "outside the window"
    AFTER_END = "after access had ended"
    IMPOSSIBLE = "at a time that cannot be right"


@dataclass(frozen=True)
class AccessPeriod:
    """A window in which doors open for a tour; `asked_at` is when it was asked for, `ended_at` when it was ended early."""

    opens_at: datetime
    closes_at: datetime
    asked_at: datetime
    ended_at: datetime | None = None

    @classmethod
    def of(cls, tour: Tour, grant: AccessGrant | None) -> "AccessPeriod":
        """The grant's window, or where there is no grant the tour's."""
        if grant is None:
            return cls(tour.opens_at, tour.closes_at, tour.created_at)
        return cls(grant.opens_at, grant.closes_at, grant.created_at, grant.closed_at)


def timing_of(occurred_at: datetime, received_at: datetime, access: AccessPeriod, grace: timedelta) -> Timing:
    """Where an event lies; `grace` is how far the lock system's clock and ours may differ."""
    if occurred_at > received_at + grace or occurred_at < access.asked_at - grace:
        return Timing.IMPOSSIBLE
    if not access.opens_at - grace <= occurred_at <= access.closes_at + grace:
        return Timing.OUTSIDE
    if access.ended_at is not None and occurred_at > access.ended_at:
        return Timing.AFTER_END
    return Timing.IN_TIME
