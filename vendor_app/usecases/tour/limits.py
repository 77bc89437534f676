"""How often a client, a tour or an address may do something. All processes count together, in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.store import Tables
from vendor_app.usecases.errors import TooManyAttempts, TooManyBookings

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Limit:
    """At most `most` tries `within` a span. `name` is the first part of the counter's key, `message` what the refused read."""

    name: str
    most: int
    within: timedelta
    message: str


WRONG_TOKENS = Limit("wrong-token", 30, timedelta(minutes=10), "Too many links that lead nowhere. Please try again later.")
CHECK_INS = Limit("check-in", 30, timedelta(minutes=10), "Too many check-ins. Please wait a few minutes, or call for help.")
ARRIVALS = Limit("arrival", 300, timedelta(hours=1), "Too many visits from your address. Please try again later.")
MOVES = Limit("move", 10, timedelta(hours=1), "This tour was moved often enough for now. Please wait, or call the community.")
MAILS = Limit("mail", 10, timedelta(hours=1), "This address was written to often enough for now.")
CODES = Limit(
    "one-time-code", 5, timedelta(hours=1), "We have sent you several codes already. Please use the newest, or wait a while."
)


def note_attempt(tx: Tables, limit: Limit, who: str, now: datetime) -> None:
    """Count one that was made, even over the limit."""
    tx.attempts.note(f"{limit.name}:{who}", now)


def refuse_if_over(db: Tables, limit: Limit, who: str, now: datetime) -> None:
    """Raise TooManyAttempts when `who` has tried often enough."""
    made = db.attempts.since(f"{limit.name}:{who}", now - limit.within)
    if len(made) >= limit.most:
        raise TooManyAttempts(limit.message, made[-limit.most] + limit.within, now)


def count_attempt(tx: Tables, limit: Limit, who: str, now: datetime) -> None:
    """One more try by `who`. Raises TooManyAttempts when that is one too many; a refused one is not counted."""
    bucket = f"{limit.name}:{who}"
    tx.lock(bucket)
    refuse_if_over(tx, limit, who, now)
    tx.attempts.note(bucket, now)


def limit_bookings(db: Tables, client: str, most: int, now: datetime) -> None:
    """Raise TooManyBookings when the client has booked often enough. Refused bookings count too: Knock was asked for them."""
    since = now - _HOUR
    tried = sorted([*db.tours.booked_since(client, since), *db.attempts.since(_refused(client), since)])
    if len(tried) >= most:
        raise TooManyBookings(
            "Too many bookings from your address within an hour. Please try again later.", tried[-most] + _HOUR, now
        )


def note_refused_booking(tx: Tables, client: str, now: datetime) -> None:
    """Count a booking of the client's that was refused."""
    tx.attempts.note(_refused(client), now)


def _refused(client: str) -> str:
    return f"refused-booking:{client}"
