"""What the vendor's calls do to Knock. Every method that changes something is atomic and saved before it returns."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from sandbox.deliveries.notice_sender import NoticeSender
from sandbox.knock.announcements import Announcements
from sandbox.knock.model import Appointment, Community, Prospect, Status, TourType, Visit
from sandbox.knock.records import Records
from sandbox.knock.refusal import Refusal
from sandbox.knock.rules.booking import check_tour_type, place, times_of, upcoming
from sandbox.knock.rules.calendar import open_times
from sandbox.knock.rules.guest_cards import appointment_created, matching, new_card, updated
from sandbox.memory import Memory
from sandbox.times import Clock
from sandbox.units import known_units


class Knock(Records, Announcements):
    """The tables, the switches for what the documents leave open, and one method a call."""

    response_shape: Literal["id", "appointmentId", "nested"] = "id"
    answers_prospect_id = False
    reviews_requests = False

    def __init__(self, communities: list[Community], memory: Memory, clock: Clock, notices: NoticeSender) -> None:
        Records.__init__(self, communities)
        Announcements.__init__(self, notices)
        self._memory, self._clock = memory, clock
        self.autoresponses: list[str] = []

    def offer(self, community_id: str, starts: list[datetime] | None) -> None:
        """Let a community offer exactly these times, for every tour type; None gives its usual calendar back."""
        with self._memory.change():
            self.communities[community_id].offered = starts

    def times(self, community_id: str, self_guided: bool) -> list[datetime]:
        """The start times that can still be booked; none when the community does not do such tours."""
        with self._memory.lock:
            community = self.community(community_id)
            if self_guided and TourType.SELF_GUIDED not in community.tour_types:
                return []
            return open_times(community, self_guided, self.appointments.values(), self._clock())

    def book(self, ask: dict[str, Any]) -> Appointment:
        """Book a valid request. An upcoming appointment of the same prospect there is cancelled for it."""
        with self._memory.change():
            community = self.community(ask["communityId"])
            check_tour_type(community, ask["tourType"])
            known, replaced = self._before(ask)
            others = [one for one in self.appointments.values() if one is not replaced]
            start, end = place(community, ask, others, self._clock())
            if self.reviews_requests:
                return self._enter(known or self._new_prospect(ask | ask["profile"]), start, end, ask, Status.REQUESTED)
            return self._schedule(ask, known, replaced, start, end)

    def book_by_hand(self, ask: dict[str, Any]) -> Appointment:
        """Book the first requested time, be it offered, free and of a kind that is switched on or not: agents may."""
        with self._memory.change():
            known, replaced = self._before(ask)
            return self._schedule(ask, known, replaced, *times_of(ask["requestedTimes"][0]))

    def cancel(self, appointment_id: str) -> Appointment:
        """Refused unless it is confirmed; what Knock answers to a second cancel is not documented."""
        with self._memory.change():
            appointment = self.appointment(appointment_id)
            if appointment.status not in (Status.CONFIRMED, Status.REQUESTED):
                raise Refusal(400, f"Appointment is already {appointment.status.lower()}.")
            return self._move(appointment, Status.CANCELLED)

    def visit(self, ask: dict[str, Any]) -> Visit:
        """Record a visit each time it is asked, even twice for one appointment."""
        with self._memory.change():
            prospect = self.prospect(ask["prospectId"])
            if ask["visitTime"] >= self._clock():
                raise Refusal(400, "visitTime must be in the past.")
            appointment = self._own_appointment(prospect, ask.get("appointmentId"))
            if appointment:
                self._move(appointment, Status.VISITED)
            return self._new_visit(prospect, ask)

    def add_prospect(self, ask: dict[str, Any]) -> Prospect:
        """The prospect with this e-mail or phone, created when there is none; a known one gets the names and phone given.

        Unless told not to, Knock writes to them.
        """
        with self._memory.change():
            self.community(ask["communityId"])
            known = self._known(ask)
            prospect = updated(known, ask, self._clock()) if known else self._new_prospect(ask)
            self.prospects[prospect.prospect_id] = prospect
            if ask.get("autorespond"):
                self.autoresponses.append(prospect.prospect_id)
            return prospect

    def set_status(self, appointment_id: str, status: Status) -> Appointment:
        """Change an appointment from Knock's side, whatever it was before; the vendor gets a notice."""
        with self._memory.change():
            return self._move(self.appointments[appointment_id], status)

    def notify(self, appointment_id: str, status: Status | None = None) -> None:
        """Send a notice about an appointment, with its own status or another, and change nothing."""
        with self._memory.change():
            self._tell(self.appointments[appointment_id], status)

    def notify_batch(self, appointment_ids: Iterable[str]) -> None:
        """Send one delivery with an edge for each of these appointments, and change nothing."""
        with self._memory.change():
            self._tell_together([self.appointments[one] for one in appointment_ids])

    def _before(self, ask: dict[str, Any]) -> tuple[Prospect | None, Appointment | None]:
        known = self._known({"communityId": ask["communityId"], **ask["profile"]})
        return known, upcoming(self.appointments.values(), known, self._clock())

    def _schedule(
        self, ask: dict[str, Any], known: Prospect | None, replaced: Appointment | None, start: datetime, end: datetime
    ) -> Appointment:
        prospect = known or self._new_prospect(ask | ask["profile"])
        if replaced:
            self._move(replaced, Status.CANCELLED)
        return self._enter(prospect, start, end, ask)

    def _known(self, answers: dict[str, Any]) -> Prospect | None:
        return matching(self.prospects.values(), answers["communityId"], answers.get("email"), answers.get("phone"))

    def _new_prospect(self, answers: dict[str, Any]) -> Prospect:
        prospect = new_card(self.next_prospect_id(), answers, self._clock())
        self.prospects[prospect.prospect_id] = prospect
        return prospect

    def _enter(
        self, prospect: Prospect, start: datetime, end: datetime, ask: dict[str, Any], status: Status = Status.CONFIRMED
    ) -> Appointment:
        appointment = Appointment(
            appointment_id=self.next_appointment_id(),
            prospect_id=prospect.prospect_id,
            community_id=prospect.community_id,
            start=start,
            end=end,
            tour_type=ask["tourType"],
            source_title=ask.get("sourceTitle"),
            status=status,
        )
        self.appointments[appointment.appointment_id] = appointment
        if status is Status.CONFIRMED:
            prospect.events.append(appointment_created(appointment, self._clock()))
            self._tell(appointment)
        return appointment

    def _own_appointment(self, prospect: Prospect, appointment_id: str | None) -> Appointment | None:
        if appointment_id is None:
            return None
        appointment = self.appointment(appointment_id)
        if appointment.prospect_id != prospect.prospect_id:
            raise Refusal(400, f"Appointment {appointment_id} is not this prospect's.")
        return appointment

    def _new_visit(self, prospect: Prospect, ask: dict[str, Any]) -> Visit:
        names = ask.get("unitNames", [])
        visit = Visit(
            visit_id=self.next_visit_id(),
            prospect_id=prospect.prospect_id,
            appointment_id=ask.get("appointmentId"),
            visit_time=ask["visitTime"],
            is_self_guided=ask.get("isSelfGuided", False),
            source_title=ask.get("sourceTitle"),
            unit_names=names,
            units=known_units(names, self.communities[prospect.community_id].units),
        )
        self.visits.append(visit)
        return visit

    def _move(self, appointment: Appointment, status: Status) -> Appointment:
        appointment.status = status
        self._tell(appointment)
        return appointment
