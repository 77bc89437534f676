"""How often Knock is asked about a tour again: about near tours every minute, about far ones as the load allows."""

from datetime import datetime, timedelta

# The job looks every ten seconds for what is due: a near tour is asked about within a minute of the last time.
_OFTEN = timedelta(seconds=50)
_NEAR = timedelta(hours=2)
# Up to so many upcoming tours are each checked once a minute; with more of them each waits longer.
_A_MINUTE = 300
_MINUTE = timedelta(minutes=1)
_EVENTS_NEAR, _EVENTS_FAR = timedelta(minutes=15), timedelta(hours=6)
_EVENTS_OF_A_DAY = timedelta(days=1)


def next_check(starts_at: datetime, upcoming: int, now: datetime) -> datetime:
    """When to ask Knock again whether a tour is valid, with so many upcoming tours in all."""
    if starts_at - now <= _NEAR:
        return now + _OFTEN
    return now + _MINUTE * max(1.0, upcoming / _A_MINUTE)


def next_reading(starts_at: datetime, ends_at: datetime, now: datetime) -> datetime | None:
    """When to read a prospect's events again; None from a day after the tour on."""
    if now > ends_at + _EVENTS_OF_A_DAY:
        return None
    return now + (_EVENTS_NEAR if starts_at - now <= _EVENTS_OF_A_DAY else _EVENTS_FAR)
