"""What a leasing agent does in Knock, on the sandbox's pages and in tests."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox.knock.model import Appointment, Event, Prospect, Status, TourType
from sandbox.knock.rules.calendar import next_times
from sandbox.knock.state import Knock
from sandbox.memory import Memory
from sandbox.times import Clock


class Agent:
    """Ids that do not exist raise KeyError; the vendor hears of appointments, and of nothing else."""

    def __init__(self, knock: Knock, memory: Memory, clock: Clock) -> None:
        self._knock, self._memory, self._clock = knock, memory, clock

    def cancel(self, appointment_id: str) -> Appointment:
        """The property calls the tour off."""
        return self._knock.set_status(appointment_id, Status.CANCELLED)

    def approve(self, appointment_id: str) -> Appointment:
        """The office takes a request that it looks at by hand."""
        return self._knock.set_status(appointment_id, Status.CONFIRMED)

    def no_show(self, appointment_id: str) -> Appointment:
        """The prospect did not come."""
        return self._knock.set_status(appointment_id, Status.NO_SHOW)

    def visited(self, appointment_id: str) -> Appointment:
        """The office marks the tour as taken; that alone makes no visit of it."""
        return self._knock.set_status(appointment_id, Status.VISITED)

    def move(self, appointment_id: str, start: datetime, end: datetime | None = None) -> Appointment:
        """Drag it to another time, free or not; it is CONFIRMED from now on, and as long as before without an `end`."""
        with self._memory.change():
            appointment = self._knock.appointments[appointment_id]
            end = end or start + (appointment.end - appointment.start)
            if end <= start:
                raise ValueError("an appointment must end after it starts")
            appointment.start, appointment.end = start, end
            return self._knock.set_status(appointment_id, Status.CONFIRMED)

    def next_times(self, community_id: str, tour_type: TourType, how_many: int = 3) -> list[datetime]:
        """The next open times for such a tour, in the community's own offset."""
        with self._memory.lock:
            community, taken = self._knock.communities[community_id], self._knock.appointments.values()
            return next_times(community, tour_type is TourType.SELF_GUIDED, taken, self._clock(), how_many)

    def book(
        self,
        community_id: str,
        profile: dict[str, Any],
        start: datetime,
        tour_type: TourType = TourType.IN_PERSON,
        end: datetime | None = None,
        source_title: str | None = None,
    ) -> Appointment:
        """Book for whom `profile` (named as in an appointment request) describes, known or not.

        The calendar is the office's own, so any time will do; an upcoming appointment of the prospect is replaced.
        """
        time = {"startTime": start} | ({"endTime": end} if end else {})
        ask = {
            "communityId": self._knock.communities[community_id].community_id,
            "profile": profile,
            "requestedTimes": [time],
            "sourceTitle": source_title,
            "tourType": tour_type,
        }
        return self._knock.book_by_hand(ask)

    def message(self, prospect_id: str, type: str, description: str, details: dict[str, Any] | None = None) -> None:
        """Something else happened: an SMS, an e-mail, a call; its type is whatever Knock calls it. Nobody is told."""
        with self._memory.change():
            prospect = self._knock.prospects[prospect_id]
            prospect.events.append(Event(type, description, self._clock(), prospect.source_title, details or {}))

    def delete(self, prospect_id: str) -> Prospect:
        """`isDeleted` from now on."""
        return self._mark(prospect_id, is_deleted=True)

    def not_a_prospect(self, prospect_id: str) -> Prospect:
        """`notProspect` from now on: a resident, a vendor, a wrong number."""
        return self._mark(prospect_id, not_prospect=True)

    def remove(self, community_id: str) -> None:
        """The vendor's keys no longer see this community."""
        self._list(community_id, False)

    def restore(self, community_id: str) -> None:
        """They see it again."""
        self._list(community_id, True)

    def toggle(self, community_id: str, tour_type: TourType) -> None:
        """Tour types "can be toggled at any time" (Scheduling API)."""
        with self._memory.change():
            now = set(self._knock.communities[community_id].tour_types) ^ {tour_type}
            self._knock.communities[community_id].tour_types = [one for one in TourType if one in now]

    def _mark(self, prospect_id: str, *, is_deleted: bool = False, not_prospect: bool = False) -> Prospect:
        with self._memory.change():
            before = self._knock.prospects[prospect_id]
            after = replace(
                before,
                is_deleted=before.is_deleted or is_deleted,
                not_prospect=before.not_prospect or not_prospect,
                updated_at=self._clock(),
            )
            self._knock.prospects[prospect_id] = after
            return after

    def _list(self, community_id: str, listed: bool) -> None:
        with self._memory.change():
            self._knock.communities[community_id].listed = listed
