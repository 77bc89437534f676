"""How moments are written on the wire. Inside the sandbox every moment is aware; the clock is always an argument."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utcnow() -> datetime:
    """The real clock; tests pass their own."""
    return datetime.now(UTC)


def zulu(moment: datetime) -> str:
    """As in Knock's answers and notices: `2019-11-19T21:00:00.000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def offset_utc(moment: datetime) -> str:
    """As in Knock's prospects and events: `2021-10-14T18:10:34.515181+00:00`."""
    return moment.astimezone(UTC).isoformat()
