"""The errors of use cases. The web turns each into its answer in one place."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from vendor_app.domain import Span
from vendor_app.store import StoreError, StoreUnavailable

__all__ = [
    "InvalidField",
    "KeyReused",
    "KnockUnavailable",
    "NotNow",
    "NotVerified",
    "SlotClosed",
    "StoreError",
    "StoreUnavailable",
    "TimeTaken",
    "TooManyAttempts",
    "TooManyBookings",
    "UnknownArrival",
    "UnknownCommunity",
    "UnknownTour",
    "UseCaseError",
]


class UseCaseError(Exception):
    """The system cannot do what was asked; the message may be shown to whoever asked."""


class UnknownCommunity(UseCaseError):
    """No such community, or it takes no self-guided tours any more."""


class UnknownArrival(UseCaseError):
    """No such arrival: the link is wrong or very old."""


class UnknownTour(UseCaseError):
    """No tour has this id or token."""


class InvalidField(UseCaseError):
    """A field is well-formed but cannot be right; `field` is its outside name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class TimeTaken(UseCaseError):
    """The time is not open (any more); `times` are those that are, in the property's offset."""

    def __init__(self, message: str, times: Sequence[Span]) -> None:
        super().__init__(message)
        self.times = times


class SlotClosed(UseCaseError):
    """The start is not among the open ones of the list at hand; a fresh list may have it."""


class KnockUnavailable(UseCaseError):
    """Knock could not be asked; nothing was booked."""


class NotNow(UseCaseError):
    """What was asked is not possible in the tour's state, or at this time."""


class NotVerified(NotNow):
    """The community wants the prospect's contact verified before it shows a code."""


class KeyReused(UseCaseError):
    """The Idempotency-Key stands for another request already."""


class TooManyAttempts(UseCaseError):
    """This has been tried often enough for now; `retry_after` says when it may be tried again."""

    def __init__(self, message: str, free_at: datetime, now: datetime) -> None:
        super().__init__(message)
        self.retry_after: timedelta = max(free_at - now, timedelta(seconds=1))


class TooManyBookings(TooManyAttempts):
    """This client address has booked enough for this hour."""
