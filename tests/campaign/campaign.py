"""One campaign: play, let the weather clear, converge, compare."""

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.play.agents import Agents
from tests.campaign.play.calendar import offer
from tests.campaign.truth.comparison import Comparison, compare
from tests.campaign.play.doors import Doors
from tests.campaign.play.ledger import Ledger
from tests.campaign.truth.ours import read_ours, unexpected
from tests.campaign.plan import Plan
from tests.campaign.play.prospects import Prospect
from tests.campaign.stage import Stage, stage
from tests.campaign.play.storm import Storm
from tests.campaign.truth.theirs import look
from tests.campaign.play.visitor import Visitor
from tests.campaign.play.watch import Watch

log = logging.getLogger(__name__)

# No process is killed in the last part of the play: what a killed worker had claimed is free again after 90 seconds.
_KILLS_UNTIL = 0.75
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
    """The actors, each on a thread of its own until the play is over."""

    def __init__(self, plan: Plan, on: Stage) -> None:
        self.plan, self._stage, self.ledger = plan, on, Ledger()
        self._over = threading.Event()
        self._storm = Storm(on.sandbox, self.ledger, plan.dice("storm"))
        self._agents = Agents(on.sandbox, self.ledger, plan.dice("agents"))
        self._watch = Watch(on, self.ledger)
        self._numbers = itertools.count(1)
        self._turn = threading.Lock()
        self._began = time.monotonic()

    def run(self) -> Outcome:
        """Everything, from the first booking to the comparison."""
        offer(self._stage.sandbox, self._stage.sandbox.clock())
        if self.plan.faults:
            self._stage.sandbox.faults.weather(self.plan.faults, self.plan.dice("faults"))
        actors = [
            *(threading.Thread(target=self._people, daemon=True) for _ in range(self.plan.people)),
            self._again_and_again(0.2, self._storm.step),
            self._again_and_again(1.2, self._agents.step),
            self._again_and_again(0.5, self._watch.step),
            self._again_and_again(1.0, self._look_after),
            threading.Thread(target=self._kill, daemon=True),
        ]
        for actor in actors:
            actor.start()
        self._over.wait(self.plan.seconds)
        self._over.set()
        for actor in actors:
            actor.join(timeout=60)
        return self._end()

    def _people(self) -> None:
        while not self._over.is_set():
            number = next(self._numbers)
            visitor = Visitor(self._stage.url, self.ledger, self.plan.dice(f"prospect {number}"), self._over)
            try:
                Prospect(number, self.plan.seed, visitor, Doors(self._stage.sandbox, self.ledger), self._turn).live()
            except Exception as error:
                log.exception("prospect %d", number)
                self.ledger.found("campaign", f"prospect {number}", repr(error))
            finally:
                visitor.close()

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
        offer(self._stage.sandbox, self._stage.sandbox.clock())
        del self._stage.sandbox.calls[:-500]
        self._agents.may_delete = time.monotonic() - self._began < self.plan.seconds * _DELETES_UNTIL

    def _kill(self) -> None:
        dice = self.plan.dice("kills")
        moments = sorted(dice.uniform(0, self.plan.seconds * _KILLS_UNTIL) for _ in range(self.plan.kills))
        for moment in moments:
            self._over.wait(max(0.0, self._began + moment - time.monotonic()))
            dice.choice(self._stage.parts).kill_and_start()

    # The end

    def _end(self) -> Outcome:
        began = time.monotonic()
        offer(self._stage.sandbox, self._stage.sandbox.clock(), soon=False)
        self._storm.clear()
        self._storm.settle()
        self._stage.wait_until_ready()
        self._converge(began + self.plan.patience)
        seconds = time.monotonic() - began
        self._look_at_processes()
        self._look_as_prospects()
        comparison = self._compare()
        kills = {part.name: part.kills for part in self._stage.parts}
        return Outcome(self.plan, comparison, self.ledger, kills, self._watch.looks, seconds)

    def _converge(self, until: float) -> None:
        """Until no look shows a difference or anything that is due, several times running; or until patience ends."""
        calm = 0
        while True:
            time.sleep(1)
            self._storm.settle()
            self._watch.step()
            calm = calm + 1 if self._compare().is_settled else 0
            if calm >= _CALM_LOOKS or time.monotonic() > until:
                return

    def _compare(self) -> Comparison:
        ours = read_ours(self._stage.db, self._stage.keys)
        return compare(ours, look(self._stage.sandbox), self.ledger, self._stage.sandbox.clock())

    def _look_at_processes(self) -> None:
        for part in self._stage.parts:
            if part.deaths or not part.runs():
                self.ledger.found("processes", part.name, "ended by itself; its log says why")
        for said in unexpected([part.log for part in self._stage.parts]):
            self.ledger.found("processes", "log", said)

    def _look_as_prospects(self) -> None:
        """Whoever was told that they have a tour still sees it, as it is."""
        visitor = Visitor(self._stage.url, self.ledger, self.plan.dice("the end"), threading.Event())
        with self._stage.db.read() as db:
            status = {row["tour_id"]: row["status"] for row in db.query("SELECT tour_id, status FROM tours")}
        for booking in self.ledger.booked.values():
            seen = visitor.look({"tourId": booking.tour_id, "tourToken": booking.token})
            if seen is None or seen["status"] != status.get(booking.tour_id):
                self.ledger.found("tours", booking.tour_id, "its holder does not see it as it is")
        visitor.close()


def run(plan: Plan, database_url: str, folder: Path) -> Outcome:
    """Play the plan; what the processes say goes to files in `folder`."""
    with stage(database_url, folder) as on:
        return Campaign(plan, on).run()
