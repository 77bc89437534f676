"""A path and its floor in turns, and what they reached."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path as File
from statistics import median

from bench.paths import floor
from bench.paths.plan import listen
from bench.paths.rows import Path
from bench.paths.table import Row
from bench.stage import asks
from bench.stage.partners import COMMUNITIES
from bench.stage.servers import Running, running
from bench.stage.stage import Stage
from tests.world import free_port

_WARM_SECONDS = 0.3


@dataclass(frozen=True)
class Side:
    """A turn of one side: answers a second, and CPU a request."""

    rate: float
    milliseconds: float


@dataclass
class _Rounds:
    """The turns of a path, a pair a round."""

    path: Path
    pairs: list[tuple[Side, Side]] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Each round's."""
        return sorted(ours.rate / bare.rate for ours, bare in self.pairs)

    @property
    def row(self) -> Row:
        """As it is printed."""
        ours, bare = zip(*self.pairs, strict=True)
        rates = [median(one.rate for one in side) for side in (ours, bare)]
        cpu = [median(one.milliseconds for one in side) for side in (ours, bare)]
        return Row(
            self.path.name,
            product=f"{rates[0]:.0f}/s",
            floor=f"{rates[1]:.0f}/s",
            ratio=f"{median(self.ratios):.2f}",
            spread=f"{self.ratios[0]:.2f} to {self.ratios[-1]:.2f}",
            goal=f"{self.path.goal}",
            cpu=f"{cpu[0]:.2f} ({cpu[1]:.2f}) ms",
        )


def measure(stage: Stage, path: Path, rounds: int, seconds: float) -> Row:
    """The path's row."""
    numbers = count(1)
    line = _Rounds(path)
    with _sides(stage, path, numbers) as (product, bare):
        _turn(stage, path, product, numbers, _WARM_SECONDS)
        _turn(stage, path, bare, numbers, _WARM_SECONDS)
        for turn in range(rounds):
            order = (product, bare) if turn % 2 else (bare, product)
            reached = {server: _turn(stage, path, server, numbers, seconds) for server in order}
            line.pairs.append((reached[product], reached[bare]))
    return line.row


@contextmanager
def _sides(stage: Stage, path: Path, numbers: "count[int]") -> Iterator[tuple[Running, Running]]:
    """The product and its floor, each on a copy of the prepared database."""
    partner_url = f"{stage.partners.url}{path.partner}" if path.partner else ""
    listen(stage.app, path.ask(stage.known, next(numbers)), partner_url)  # what is looked up once only
    plan, database, port = listen(stage.app, path.ask(stage.known, next(numbers)), partner_url), stage.copy(), free_port()
    written = File(stage.directory / "plan.json")
    plan.save(written)
    floor.prepare(database)
    command = ["-m", "bench.paths.floor", str(port), str(written), str(database), str(os.getpid())]
    with stage.product(stage.copy()) as product, running(command, port) as bare:
        yield product, bare


def _turn(stage: Stage, path: Path, server: Running, numbers: "count[int]", seconds: float) -> Side:
    requests = [path.ask(stage.known, next(numbers)).raw() for _ in range(path.each_once or 1)]
    # A list of times is good for five seconds: it is known when the turn begins.
    stage.generator.drive(server.port, [asks.times(one).raw() for one in COMMUNITIES], 10, again=False, connections=1)
    before = server.cpu_seconds()
    outcome = stage.generator.drive(server.port, requests, seconds, again=not path.each_once)
    return Side(outcome.rate, 1000 * (server.cpu_seconds() - before) / outcome.answered)
