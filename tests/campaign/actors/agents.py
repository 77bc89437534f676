"""Leasing agents at work in Knock: they cancel, move, mark, book by hand, and write to prospects."""

import random
from datetime import timedelta

from sandbox import Sandbox
from sandbox.knock.model import Appointment, Prospect, Status, TourType
from tests.campaign.actors.partners import moves_may_go_to
from tests.campaign.ledger import Ledger, booked_by_hand

_NEWEST = 60


class Agents:
    """All of them. `may_delete`: whether prospects may still be deleted, which it takes a minute to find out."""

    def __init__(self, sandbox: Sandbox, ledger: Ledger, dice: random.Random) -> None:
        self._sandbox, self._ledger, self._dice = sandbox, ledger, dice
        self._agent, self.may_delete = sandbox.agent, True

    def step(self) -> None:
        """Somebody does something."""
        acts = {
            self._tell_again: 4,
            self._write: 2,
            self._mark: 2,
            self._cancel: 1.5,
            self._move: 1.5,
            self._book: 0.8,
            self._revive: 0.3,
            self._strike_off: 0.4,
        }
        self._dice.choices(list(acts), list(acts.values()))[0]()

    def _appointments(self, *statuses: Status, upcoming: bool | None = None, unlimited: bool = False) -> list[Appointment]:
        now = self._sandbox.clock()
        with self._sandbox.memory.lock:
            newest = list(self._sandbox.knock.appointments.values())[-_NEWEST:]
        return [
            one
            for one in newest
            if one.status in statuses
            and upcoming in (None, one.start > now)
            and (not unlimited or moves_may_go_to(one.community_id))
        ]

    def _one_of(self, found: list[Appointment]) -> Appointment | None:
        return self._dice.choice(found) if found else None

    def _tell_again(self) -> None:
        if one := self._one_of(self._appointments(*Status)):
            self._sandbox.knock.notify(one.appointment_id)

    def _write(self) -> None:
        if one := self._one_of(self._appointments(*Status)):
            self._agent.message(one.prospect_id, "SMS", "See you soon")

    def _mark(self) -> None:
        """As seen, or as not seen; the doors know better."""
        if one := self._one_of(self._appointments(Status.CONFIRMED, upcoming=False)):
            visited = self._dice.random() < 0.5
            self._ledger.meddled("visited" if visited else "no_show", one.appointment_id)
            (self._agent.visited if visited else self._agent.no_show)(one.appointment_id)

    def _cancel(self) -> None:
        if one := self._one_of(self._appointments(Status.CONFIRMED)):
            self._ledger.meddled("cancelled", one.appointment_id)
            self._agent.cancel(one.appointment_id)

    def _move(self) -> None:
        if one := self._one_of(self._appointments(Status.CONFIRMED, upcoming=True, unlimited=True)):
            later = self._dice.choice([timedelta(seconds=10), timedelta(minutes=1), timedelta(days=1)])
            self._ledger.meddled("moved", one.appointment_id)
            self._agent.move(one.appointment_id, one.start + later)

    def _book(self) -> None:
        """By telephone, for somebody we may know; what they had is cancelled."""
        one = self._one_of(self._appointments(Status.CONFIRMED, unlimited=True))
        if one is None:
            return
        prospect = self._sandbox.knock.prospects[one.prospect_id]
        start = self._sandbox.clock().replace(microsecond=0) + timedelta(days=2, minutes=self._dice.randrange(600))
        self._ledger.meddled("booked by hand", prospect.prospect_id)
        self._ledger.meddled(booked_by_hand(start), prospect.prospect_id)
        made = self._agent.book(prospect.community_id, _profile(prospect), start, TourType.IN_PERSON)
        self._ledger.meddled("made by hand", made.appointment_id)

    def _revive(self) -> None:
        if one := self._one_of(self._appointments(Status.CANCELLED, upcoming=True, unlimited=True)):
            self._ledger.meddled("revived", one.appointment_id)
            self._agent.approve(one.appointment_id)

    def _strike_off(self) -> None:
        one = self._one_of(self._appointments(Status.CONFIRMED, upcoming=True))
        if one is None or not self.may_delete:
            return
        gone = self._dice.random() < 0.5
        self._ledger.meddled("struck off", one.prospect_id)
        (self._agent.delete if gone else self._agent.not_a_prospect)(one.prospect_id)


def _profile(prospect: Prospect) -> dict[str, str]:
    named = {"firstName": prospect.first_name, "lastName": prospect.last_name}
    contact = {"email": prospect.email, "phone": prospect.phone}
    return named | {name: value for name, value in contact.items() if value}
