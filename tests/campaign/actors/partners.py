"""What partners do by themselves: act late, call back later, twice, in another order or not for a while, change their habits."""

import random
import time
from collections.abc import Callable

from sandbox import Sandbox
from sandbox.network.faults import Late
from sandbox.propexo.model import State
from tests.campaign.communities import ALL, BY_SEAM, MOST_AT_ONCE, WITHOUT_LOCK
from tests.campaign.ledger import Ledger

_LONGEST_LATE = 20.0
_WITH_HTTP_LOCK = [one for one in ALL if one not in (BY_SEAM, WITHOUT_LOCK)]

Undo = Callable[[], None]


class Partners:
    """One thing at a time; what it switches on it switches off again a moment later."""

    def __init__(self, sandbox: Sandbox, ledger: Ledger, dice: random.Random) -> None:
        self._sandbox, self._ledger, self._dice = sandbox, ledger, dice
        self._ends: list[tuple[float, Undo]] = []

    def step(self) -> None:
        """Whatever happens now. Call it several times a second."""
        self._end_what_is_over(time.monotonic())
        if self._dice.random() < 0.3:
            self.work_off()
        if self._dice.random() < 0.15:
            self._carry_out_orders(0.5)
        if self._dice.random() < 0.2:
            self._decide(0.5)
        if self._dice.random() < 0.25:
            self._dice.choice([self._hold_notices, self._hold_callbacks, self._twice, self._lock_moods, self._seam_moods])()
        if self._dice.random() < 0.1:
            self._dice.choice([self._offline, self._knock_moods, self._propexo_moods, self._odd_events])()

    def work_off(self) -> None:
        """Some of what was put off is done, and whatever has waited long."""
        now, dice = time.monotonic(), self._dice

        def pick(late: Late) -> bool:
            return now - late.since > _LONGEST_LATE or dice.random() < 0.25

        self._sandbox.faults.work_off(backwards=dice.random() < 0.5, pick=pick)

    def clear(self) -> None:
        """Nothing goes wrong from now on, and what was held up goes on."""
        sandbox = self._sandbox
        sandbox.faults.clear()
        self._end_what_is_over(float("inf"))
        for community_id, door in sorted(sandbox.lock.offline):
            sandbox.lock.come_online(community_id, door)
        for device_id in sorted(sandbox.seam.offline):
            sandbox.seam.come_online(device_id)
        sandbox.propexo.outcome = "SUCCESS"

    def settle(self) -> None:
        """Everything that was put off is done, decided and carried out."""
        self._sandbox.faults.work_off(backwards=self._dice.random() < 0.5)
        self._decide(1.0)
        self._carry_out_orders(1.0)

    def _end_what_is_over(self, now: float) -> None:
        for end in [one for one in self._ends if one[0] <= now]:
            self._ends.remove(end)
            end[1]()

    def _for_a_while(self, longest: float, begin: Undo, end: Undo) -> None:
        begin()
        self._ends.append((time.monotonic() + self._dice.uniform(0.5, longest), end))

    def _switch(self, what: object, name: str, longest: float, on: object = True, off: object = False) -> None:
        self._for_a_while(longest, lambda: setattr(what, name, on), lambda: setattr(what, name, off))

    # Notices, callbacks, events

    def _hold_notices(self) -> None:
        knock = self._sandbox.knock

        def go_on() -> None:
            knock.shuffle_notices(self._dice)
            knock.notices_paused = False

        self._for_a_while(6, lambda: setattr(knock, "notices_paused", True), go_on)

    def _hold_callbacks(self) -> None:
        system = self._dice.choice([self._sandbox.lock, self._sandbox.seam])

        def go_on() -> None:
            system.reverse()
            system.callbacks_paused = False

        self._for_a_while(6, lambda: setattr(system, "callbacks_paused", True), go_on)

    def _twice(self) -> None:
        what, name = self._dice.choice(
            [(self._sandbox.knock, "duplicate_notices"), (self._sandbox.lock, "duplicates"), (self._sandbox.seam, "duplicates")]
        )
        self._switch(what, name, 6)

    # Lock systems

    def _lock_moods(self) -> None:
        name, longest = self._dice.choice([("answers_later", 8), ("answers_later", 8), ("hangs_grants", 4), ("fails_grants", 2)])
        self._switch(self._sandbox.lock, name, longest)

    def _seam_moods(self) -> None:
        name, longest = self._dice.choice(
            [("issues_later", 6), ("issues_later", 6), ("deletes_slowly", 5), ("fails_methods", 1.5), ("fails_codes", 1.5)]
        )
        self._switch(self._sandbox.seam, name, longest)

    def _decide(self, share: float) -> None:
        """Grants that hang succeed, or now and then fail."""
        with self._sandbox.memory.lock:
            hanging = [one for one in self._sandbox.lock.grants.values() if one.code is None and not one.revoked]
            waiting = [
                one for one in self._sandbox.seam.grants.values() if one.open_methods and not one.deleted and not one.failed
            ]
        for grant in hanging:
            if self._dice.random() < share:
                succeeds = self._dice.random() < 0.85
                self._ledger.meddled("succeeded late" if succeeds else "failed late", grant.grant_id)
                self._sandbox.lock.decide(grant.grant_id, succeeds)
        for one in waiting:
            if self._dice.random() < share:
                (self._sandbox.seam.issue if self._dice.random() < 0.85 else self._sandbox.seam.fail)(one.access_grant_id)

    def _offline(self) -> None:
        sandbox = self._sandbox
        if self._dice.random() < 0.5:
            community = self._dice.choice(_WITH_HTTP_LOCK)
            door = self._dice.choice(sandbox.lock.doors(community)).name
            sandbox.lock.go_offline(community, door)
            self._for_a_while(6, lambda: None, lambda: sandbox.lock.come_online(community, door))
            return
        device = self._dice.choice([one for one in sandbox.seam.devices.values() if one.community_id == BY_SEAM]).device_id
        sandbox.seam.go_offline(device)
        self._for_a_while(6, lambda: None, lambda: sandbox.seam.come_online(device))

    def _odd_events(self) -> None:
        """A thumb-turn from inside, which proves nothing; or a lock whose clock is wrong."""
        sandbox = self._sandbox
        with sandbox.memory.lock:
            live = [one for one in sandbox.lock.grants.values() if one.works(sandbox.clock())]
        if not live:
            return
        grant = self._dice.choice(live)
        told = {"grantId": grant.grant_id, "tourId": grant.tour_id, "door": "Front entrance"}
        if self._dice.random() < 0.5:
            sandbox.lock.send("access.door_unlocked", {**told, "method": "manual", "occurredAt": sandbox.clock().isoformat()})
            return
        year = self._dice.choice(["2001", "2199"])
        if sandbox.lock.send("access.door_unlocked", {**told, "occurredAt": f"{year}-01-01T00:00:00Z"}) // 100 == 2:
            self._ledger.meddled("wrong clock", grant.tour_id)

    # Knock and Propexo

    def _knock_moods(self) -> None:
        self._sandbox.knock.response_shape = self._dice.choice(["id", "appointmentId", "nested"])
        self._sandbox.knock.answers_prospect_id = self._dice.random() < 0.5

    def _propexo_moods(self) -> None:
        propexo = self._sandbox.propexo
        propexo.polls_until_done = self._dice.randint(0, 3)
        propexo.created_record = self._dice.choice(["appointment", "prospect", "none"])
        outcome = self._dice.choice(["FAILURE", "PARTIAL_SUCCESS"])
        self._switch(propexo, "outcome", 2, on=outcome, off="SUCCESS")

    def _carry_out_orders(self, share: float) -> None:
        """Propexo works without being asked, too."""
        propexo = self._sandbox.propexo
        with self._sandbox.memory.lock:
            queued = [one.job_id for one in propexo.jobs.values() if one.state is State.PENDING]
        for job_id in queued:
            if self._dice.random() < share:
                for _ in range(propexo.polls_until_done + 1):
                    propexo.poll(job_id)


def moves_may_go_to(community_id: str) -> bool:
    """An agent's calendar has no limits, so they do not move or book tours where our rules have one."""
    return community_id not in MOST_AT_ONCE
