"""What may happen to some tours, in any order: steps for a state machine of Hypothesis, over a world of its own each time."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, precondition, rule
from hypothesis.strategies import booleans, integers, lists, sampled_from

from sandbox.knock.model import Appointment, Status
from sandbox.lock.model import Grant
from tests.world import COMMUNITY, START, World

STARTS = [START + timedelta(minutes=30 * number) for number in range(8)]
PEOPLE = [
    {"firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com"},
    {"firstName": "Sam", "lastName": "Poe", "email": "sam@example.com"},
    {"firstName": "Ann", "lastName": "Roe", "email": "ann@example.com"},
]
DOORS = ["Front entrance", "Apartment 204", "Apartment 101"]
# Those that take no real time.
FAULTS = ["500", "500_after", "429", "503", "404", "drop_before", "drop_after", "garbage", "late"]
CALLS = [
    "GET /communities",
    "GET /community/available-times",
    "POST /appointment/request",
    "PUT /appointment/cancel",
    "POST /visit",
    "POST /prospect",
    "GET /prospect",
    "POST /lock access.grant_requested",
    "POST /lock access.revoke_requested",
]
# A visit whose answer was lost is sent again when Knock was silent for 20 minutes: it repeats its notices sooner than that.
LONGEST_SILENCE = timedelta(minutes=10)
SECONDS_A_STEP = [5, 61, 125, 5 * 60, 12 * 60, 31 * 60]
WHICH = integers(min_value=0, max_value=9)

Tour = dict[str, Any]


def has_code(grant: Grant) -> bool:
    """Whether there ever was a code, be it revoked."""
    return grant.code is not None


def is_inside(grant: Grant) -> bool:
    """Whether its holder has opened a door and not left yet."""
    return grant.inside


class Lives(RuleBasedStateMachine):
    """Every step is what somebody does: prospects, agents, doors, the lock system, the network, and the clock."""

    booked = Bundle("booked")

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        url = f"sqlite:///{Path(self._folder.name) / 'vendor.db'}"
        self.world = World(url, bookings_per_hour=1000)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.known: list[Tour] = []
        self._silent_since = self.world.clock.now
        self._keys = 0

    def teardown(self) -> None:
        """Let everything come to its end, look once more, and end the world."""
        try:
            self.come_to_an_end()
        finally:
            self.world.close()
            self._folder.cleanup()

    def come_to_an_end(self) -> None:
        """For subclasses: what must be true in the end."""

    # The prospects

    @initialize(target=booked, early=sampled_from(STARTS[:2]))
    def somebody_has_booked(self, early: Any) -> Tour:
        self.world.knock.offer(COMMUNITY, STARTS)
        return self._keep(self.world.book("key-0", early, PEOPLE[0]))

    @rule(target=booked, who=sampled_from(PEOPLE), start=sampled_from(STARTS), again=booleans())
    def book(self, who: dict[str, str], start: Any, again: bool) -> Any:
        self._keys += not again
        answer = self.world.book(f"key-{self._keys}", start, who)
        assert answer.status_code in (201, 202, 409, 422, 503), answer.text
        return self._keep(answer) if answer.status_code in (201, 202) else multiple()

    @rule(tour=booked, verb=sampled_from(["cancel", "check-in", "check-in", "finish"]))
    def act(self, tour: Tour, verb: str) -> None:
        assert self.world.act(tour, verb).status_code in (200, 409, 429)

    @rule(tour=booked, start=sampled_from(STARTS))
    def reschedule(self, tour: Tour, start: Any) -> None:
        assert self.world.move(tour, start).status_code in (200, 202, 409, 422, 429, 503)

    @rule(tour=booked, door=sampled_from(DOORS))
    def go_there_and_open_a_door(self, tour: Tour, door: str) -> None:
        self._open(tour, door)

    @rule(tour=booked, doors=lists(sampled_from(DOORS), min_size=1, max_size=2))
    def take_the_tour(self, tour: Tour, doors: list[str]) -> None:
        self.world.jobs()
        for door in doors:
            self._open(tour, door)
            self._pass(timedelta(minutes=1))
        assert self.world.act(tour, "finish").status_code in (200, 409)

    @precondition(lambda self: self._grants(has_code))
    @rule(which=WHICH, door=sampled_from(DOORS))
    def type_any_code_there_was(self, which: int, door: str) -> None:
        self._type(self._one_of(self._grants(has_code), which), door)

    @precondition(lambda self: self._grants(is_inside))
    @rule(which=WHICH)
    def leave(self, which: int) -> None:
        grant = self._one_of(self._grants(is_inside), which)
        self.world.lock.leave(grant.grant_id)
        self.told.append(("access.tour_ended", self._about(grant)))

    # The leasing team

    @precondition(lambda self: self.world.standing())
    @rule(which=WHICH)
    def agent_cancels(self, which: int) -> None:
        self.world.sandbox.agent.cancel(self._one_of(self.world.standing(), which).appointment_id)

    @precondition(lambda self: self._upcoming())
    @rule(which=WHICH, start=sampled_from(STARTS))
    def agent_moves(self, which: int, start: Any) -> None:
        if start > self.world.clock.now:
            self.world.sandbox.agent.move(self._one_of(self._upcoming(), which).appointment_id, start)

    # The lock system

    @rule(how=sampled_from(["answers_later", "fails_grants", "hangs_grants", "duplicates"]), on=booleans())
    def lock_behaves(self, how: str, on: bool) -> None:
        setattr(self.world.lock, how, on)

    @precondition(lambda self: self.world.lock.grants)
    @rule(which=WHICH, succeeds=booleans())
    def lock_decides_late(self, which: int, succeeds: bool) -> None:
        self.world.lock.decide(self._one_of(list(self.world.lock.grants.values()), which).grant_id, succeeds)

    @rule(door=sampled_from(DOORS), offline=booleans())
    def door_loses_or_finds_its_connection(self, door: str, offline: bool) -> None:
        (self.world.lock.go_offline if offline else self.world.lock.come_online)(COMMUNITY, door)

    @precondition(lambda self: self.told)
    @rule(which=WHICH, message_id=sampled_from([None, "msg_again"]))
    def callback_comes_again(self, which: int, message_id: str | None) -> None:
        event_type, told = self.told[which % len(self.told)]
        assert self.world.lock.send(event_type, told, message_id=message_id) == 200

    # The network and the clock

    @rule(paused=booleans())
    def callbacks_wait(self, paused: bool) -> None:
        self.world.lock.callbacks_paused = paused

    @rule()
    def callbacks_turn_around(self) -> None:
        self.world.lock.reverse()

    @rule(paused=booleans())
    def notices_wait(self, paused: bool) -> None:
        if paused and not self.world.knock.notices_paused:
            self._silent_since = self.world.clock.now
        self.world.knock.notices_paused = paused

    @rule(twice=booleans())
    def notices_are_duplicated(self, twice: bool) -> None:
        self.world.knock.duplicate_notices = twice

    @precondition(lambda self: self.world.knock.appointments)
    @rule(which=WHICH)
    def notice_comes_again(self, which: int) -> None:
        self.world.knock.notify(self._one_of(list(self.world.knock.appointments), which))

    @rule(call=sampled_from(CALLS), fault=sampled_from(FAULTS))
    def call_goes_wrong(self, call: str, fault: str) -> None:
        self.world.faults.set(call, fault, seconds=1)

    @rule(backwards=booleans())
    def partners_do_what_they_had_put_off(self, backwards: bool) -> None:
        self.world.faults.work_off(backwards)

    @rule()
    def jobs_run(self) -> None:
        self.world.jobs()

    @rule(seconds=sampled_from(SECONDS_A_STEP))
    def time_passes(self, seconds: int) -> None:
        self._pass(timedelta(seconds=seconds))

    def all_is_well(self) -> None:
        """Nothing goes wrong from now on, and what was held up goes on."""
        self.world.faults.clear()
        self.world.faults.work_off()
        self.world.lock.callbacks_paused = self.world.knock.notices_paused = False
        for _, door in sorted(self.world.lock.offline):
            self.world.lock.come_online(COMMUNITY, door)

    def _pass(self, span: timedelta) -> None:
        """As in life, the jobs run; Knock is not silent for long."""
        if self.world.clock.now + span > self._silent_since + LONGEST_SILENCE:
            self.world.knock.notices_paused = False
        self.world.jobs()
        self.world.clock.now += span
        self.world.jobs()

    def _keep(self, answer: requests.Response) -> Tour:
        tour: Tour = answer.json()
        if tour["tourId"] not in [one["tourId"] for one in self.known]:
            self.known.append(tour)
        return tour

    def _open(self, tour: Tour, door: str) -> None:
        opens_at = self.world.tour(tour).opens_at
        if self.world.tour(tour).status == "confirmed" and opens_at > self.world.clock.now:
            self._pass(opens_at - self.world.clock.now)
        answer = self.world.act(tour, "check-in")
        assert answer.status_code in (200, 409, 429)
        if code := answer.json().get("code"):
            self._type(next(one for one in self.world.lock.grants.values() if one.code == code), door)

    def _type(self, grant: Grant, door: str) -> None:
        if self.world.lock.type_code(COMMUNITY, door, grant.code or ""):
            unit = {"unitName": door.removeprefix("Apartment ")} if door.startswith("Apartment") else {}
            self.told.append(("access.door_unlocked", {**self._about(grant), "door": door, "method": "keycode", **unit}))

    def _grants(self, suits: Callable[[Grant], bool]) -> list[Grant]:
        return [one for one in self.world.lock.grants.values() if suits(one)]

    def _upcoming(self) -> list[Appointment]:
        return [one for one in self.world.standing() if one.status is Status.CONFIRMED]

    @staticmethod
    def _one_of(all_of_them: list[Any], which: int) -> Any:
        return all_of_them[which % len(all_of_them)]

    def _about(self, grant: Grant) -> dict[str, Any]:
        now = self.world.clock.now.isoformat()
        return {"grantId": grant.grant_id, "tourId": grant.tour_id, "occurredAt": now}
