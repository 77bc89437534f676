"""The rounds, and the table of their medians."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from statistics import median

from bench import bookings, deliveries
from bench.workers import rate
from vendor_app.store.store import Store

WORKERS = (1, 2, 4)


@dataclass
class Figure:
    """One line of the table: rates a second through the store and of the bare driver, a pair a round."""

    engine: str
    what: str
    workers: int
    store: Callable[[], float]
    driver: Callable[[], float]
    pairs: list[tuple[float, float]] = field(default_factory=list)

    def measure(self, turn: int) -> None:
        """A round; who goes first takes turns."""
        if turn % 2:
            first = self.driver()
            self.pairs.append((self.store(), first))
        else:
            self.pairs.append((self.store(), self.driver()))

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: what else runs on the machine changes between rounds, less within one."""
        return median(store / driver for store, driver in self.pairs)

    def __str__(self) -> str:
        store, driver = (median(side) for side in zip(*self.pairs, strict=True))
        return f"{self.engine:<11} {self.what:<25} {self.workers:>7} {store:>9.0f} {driver:>9.0f} {self.ratio:>6.0%}"


HEADING = f"{'engine':<11} {'what, a second':<25} {'workers':>7} {'store':>9} {'driver':>9} {'ratio':>6}"


def figures(engine: str, url: str, db: Store, count: int) -> Iterator[Figure]:
    """What is measured of an engine."""
    for workers in WORKERS:
        booked = partial(rate, url=url, total=count, workers=workers, as_processes=False)
        yield Figure(
            engine,
            "bookings, threads",
            workers,
            partial(booked, bookings.through_store(db)),
            partial(booked, bookings.by_driver),
        )
    for workers in WORKERS:
        delivered = partial(_delivered, db, url, count, workers)
        yield Figure(
            engine,
            "claim + finish, processes",
            workers,
            partial(delivered, deliveries.through_store),
            partial(delivered, deliveries.by_driver),
        )


def _delivered(db: Store, url: str, count: int, workers: int, worker: Callable[[str, int], Callable[[], int]]) -> float:
    deliveries.fill(db, url, count)
    return rate(worker, url, count, workers, as_processes=True)
