"""When something happened at the doors, seen from the access it belongs to."""

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
class Access:
    """From when to when the doors were to open for somebody; `asked_at` is when that was arranged, `ended_at` when taken back."""

    opens_at: datetime
    closes_at: datetime
    asked_at: datetime
    ended_at: datetime | None = None

    @classmethod
    def of(cls, tour: Tour, grant: AccessGrant | None) -> "Access":
        """The grant's, or where there is none the tour's own."""
        if grant is None:
            return cls(tour.opens_at, tour.closes_at, tour.created_at)
        return cls(grant.opens_at, grant.closes_at, grant.created_at, grant.closed_at)


def timing_of(occurred_at: datetime, received_at: datetime, access: Access, grace: timedelta) -> Timing:
    """`grace` is how far the lock's clock and ours may differ."""
    if occurred_at > received_at + grace or occurred_at < access.asked_at - grace:
        return Timing.IMPOSSIBLE
    if not access.opens_at - grace <= occurred_at <= access.closes_at + grace:
        return Timing.OUTSIDE
    if access.ended_at is not None and occurred_at > access.ended_at:
        return Timing.AFTER_END
    return Timing.IN_TIME
