"""What the product has acknowledged, and what everybody else did to it: the campaign's own memory of a run."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox import utcnow

# The only failures that an answer of 503 may declare; a page says the same in words.
DECLARED = frozenset({"knock-unavailable", "busy", "page"})


def booked_by_hand(start: datetime) -> str:
    """What an agent did to a prospect for whom they booked this time."""
    return f"booked by hand for {start.astimezone(UTC).isoformat()}"


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A booking that was answered with 201 or 202. `start` is the one that was asked for."""

    tour_id: str
    token: str
    key: str
    community_id: str
    source_title: str | None
    start: datetime
    units: list[str]
    profile: dict[str, Any]
    at: datetime


@dataclass(frozen=True)
class Act:
    """What a holder of a tour's token was told is done: cancel, check-in, finish, reschedule (to `start`)."""

    tour_id: str
    verb: str
    at: datetime
    start: datetime | None = None


@dataclass(frozen=True)
class Meddling:
    """What an agent in Knock or the lock system did by itself, to an appointment, a prospect, a grant or a community."""

    what: str
    subject: str
    at: datetime


@dataclass
class Ledger:
    """Safe to write to from any thread; read it when nobody writes any more."""

    booked: dict[str, Acknowledged] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    meddling: list[Meddling] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def heard(self, call: str, status: int, problem: str) -> None:
        """An answer of the product's came; `problem` is the type it gives."""
        with self._lock:
            self.answers[f"{call} {status}"] += 1
            if status >= 500 and not (status == 503 and problem in DECLARED):
                self.wrong.append(("answers", call, f"answered with {status} {problem}"))

    def acknowledged(self, booking: Acknowledged) -> None:
        """A booking was answered; a repeated request must name the tour it named before."""
        with self._lock:
            for known in self.booked.values():
                if known.key == booking.key and known.tour_id != booking.tour_id:
                    self.wrong.append(("tours", booking.tour_id, f"the same request had been answered with {known.tour_id}"))
            self.booked.setdefault(booking.tour_id, booking)

    def done(self, tour_id: str, verb: str, start: datetime | None = None) -> None:
        """The product said that this is done."""
        with self._lock:
            self.acts.append(Act(tour_id, verb, utcnow(), start))

    def meddled(self, what: str, subject: str) -> None:
        """Somebody else did this."""
        with self._lock:
            self.meddling.append(Meddling(what, subject, utcnow()))

    def found(self, row: str, subject: str, what: str) -> None:
        """Something was seen that must not be."""
        with self._lock:
            self.wrong.append((row, subject, what))

    def meddled_with(self, subject: str, *what: str) -> bool:
        """Whether somebody did (one of) this to it."""
        return any(one.subject == subject and (not what or one.what in what) for one in self.meddling)

    def acts_of(self, tour_id: str) -> Iterator[Act]:
        """What its holder was told is done, in order."""
        return (one for one in self.acts if one.tour_id == tour_id)
