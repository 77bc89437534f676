"""One campaign: everybody acts, then nothing goes wrong any more, everything converges, and both sides are compared."""

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.actors.agents import Agents
from tests.campaign.actors.calendar import offer
from tests.campaign.actors.client import Client
from tests.campaign.actors.doors import Doors
from tests.campaign.actors.partners import Partners
from tests.campaign.actors.prospects import Prospect
from tests.campaign.actors.watch import Watch
from tests.campaign.kills import kill_at_random
from tests.campaign.ledger import Ledger
from tests.campaign.plan import Plan
from tests.campaign.system import System, running_system
from tests.campaign.truth.comparison import Comparison, compare
from tests.campaign.truth.ours import read_ours, unexpected
from tests.campaign.truth.theirs import look

log = logging.getLogger(__name__)

# It takes the product a minute to find out that a prospect was deleted: late in a campaign nobody is.
_DELETES_UNTIL = 0.5
_CALM_LOOKS = 3


@dataclass(frozen=True)
class Outcome:
    """How a campaign ended. `seconds` is how long it took to converge."""

    plan: Plan
    comparison: Comparison
    ledger: Ledger
    kills: dict[str, int]
    looks: int
    seconds: float


class Campaign:
    """The actors, each on a thread of its own until the time is over."""

    def __init__(self, plan: Plan, system: System) -> None:
        self.plan, self._system, self.ledger = plan, system, Ledger()
        self._over = threading.Event()
        self._partners = Partners(system.sandbox, self.ledger, plan.dice("partners"))
        self._agents = Agents(system.sandbox, self.ledger, plan.dice("agents"))
        self._watch = Watch(system, self.ledger)
        self._numbers = itertools.count(1)
        self._turn = threading.Lock()
        self._began = time.monotonic()

    def run(self) -> Outcome:
        """Everything, from the first booking to the comparison."""
        offer(self._system.sandbox, self._system.sandbox.clock())
        if self.plan.faults:
            self._system.sandbox.faults.weather(self.plan.faults, self.plan.dice("faults"))
        actors = self._actors()
        for actor in actors:
            actor.start()
        self._over.wait(self.plan.seconds)
        self._over.set()
        for actor in actors:
            actor.join(timeout=60)
        return self._end()

    def _actors(self) -> list[threading.Thread]:
        processes = self._system.processes
        return [
            *(threading.Thread(target=self._people, daemon=True) for _ in range(self.plan.people)),
            self._again_and_again(0.2, self._partners.step),
            self._again_and_again(1.2, self._agents.step),
            self._again_and_again(0.5, self._watch.step),
            self._again_and_again(1.0, self._look_after),
            threading.Thread(target=kill_at_random, args=(processes, self.plan, self._over), daemon=True),
        ]

    def _people(self) -> None:
        """One prospect after the other."""
        while not self._over.is_set():
            number = next(self._numbers)
            client = Client(self._system, self.ledger, self.plan.dice(f"prospect {number}"), self._over)
            try:
                Prospect(number, self.plan.seed, client, Doors(self._system.sandbox, self.ledger), self._turn).live()
            except Exception as error:
                log.exception("prospect %d", number)
                self.ledger.found("campaign", f"prospect {number}", repr(error))
            finally:
                client.close()

    def _again_and_again(self, seconds: float, step: Callable[[], None]) -> threading.Thread:
        def go_on() -> None:
            while not self._over.wait(seconds):
                try:
                    step()
                except Exception as error:
                    log.exception("%s", step)
                    self.ledger.found("campaign", step.__qualname__, repr(error))

        return threading.Thread(target=go_on, daemon=True)

    def _look_after(self) -> None:
        offer(self._system.sandbox, self._system.sandbox.clock())
        del self._system.sandbox.calls[:-500]
        self._agents.may_delete = time.monotonic() - self._began < self.plan.seconds * _DELETES_UNTIL

    # The end

    def _end(self) -> Outcome:
        began = time.monotonic()
        offer(self._system.sandbox, self._system.sandbox.clock(), soon=False)
        self._partners.clear()
        self._system.wait_until_ready()
        self._converge(began + self.plan.patience)
        seconds = time.monotonic() - began
        self._look_at_processes()
        self._look_as_prospects()
        comparison = self._converge(max(began + self.plan.patience, time.monotonic() + 60))
        kills = {process.name: process.kills for process in self._system.processes}
        return Outcome(self.plan, comparison, self.ledger, kills, self._watch.looks, seconds)

    def _converge(self, until: float) -> Comparison:
        """Look until several looks running show nothing due, nor what time could mend, or until patience ends; the last look."""
        calm = 0
        while True:
            self._partners.settle()
            self._watch.step()
            found = self._compare()
            calm = calm + 1 if found.is_at_rest else 0
            if calm >= _CALM_LOOKS or time.monotonic() > until:
                return found
            time.sleep(1)

    def _compare(self) -> Comparison:
        ours = read_ours(self._system.db, self._system.keys)
        return compare(ours, look(self._system.sandbox), self.ledger, self._system.sandbox.clock())

    def _look_at_processes(self) -> None:
        for process in self._system.processes:
            if process.deaths or not process.runs():
                self.ledger.found("processes", process.name, "ended by itself; its log says why")
        for said in unexpected([process.log for process in self._system.processes]):
            self.ledger.found("processes", "log", said)

    def _look_as_prospects(self) -> None:
        """Whoever was told that they have a tour still sees it, as it is."""
        client = Client(self._system, self.ledger, self.plan.dice("the end"), threading.Event())
        for booking in self.ledger.booked.values():
            before = self._system.status_of(booking.tour_id)
            seen = client.look({"tourId": booking.tour_id, "tourToken": booking.token})
            if seen is None or seen["status"] not in (before, self._system.status_of(booking.tour_id)):
                self.ledger.found("tours", booking.tour_id, "its holder does not see it as it is")
        client.close()


def run(plan: Plan, database_url: str, folder: Path) -> Outcome:
    """One campaign; what the processes say goes to files in `folder`."""
    with running_system(database_url, folder) as system:
        return Campaign(plan, system).run()
