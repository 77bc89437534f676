"""What a process costs before and after its work: its start, its imports, its memory."""

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from bench.paths.table import Row
from bench.stage import asks
from bench.stage.asks import Ask
from bench.stage.stage import Stage

_IMPORTS = """
import time
begun = time.perf_counter()
import vendor_app.app, vendor_app.server.serve, jobs.runner
print(time.perf_counter() - begun)
"""


def memory(stage: Stage, seconds: float) -> Iterator[Row]:
    """Of web and jobs, after pages, lists and bookings."""
    database, known = stage.copy(), stage.known
    loads = ([asks.times(asks.COMMUNITY)], [Ask("GET", f"/book/{known.arrival_id}")], [Ask("GET", f"/tour/{known.token}")])
    with stage.product(database) as product, stage.jobs(database) as jobs:
        for load in loads:
            stage.generator.drive(product.port, [one.raw() for one in load], seconds, again=True)
        bookings = [asks.booking(known, number).raw() for number in range(1, 400)]
        stage.generator.drive(product.port, bookings, 10 * seconds, again=False)
        time.sleep(3 * seconds)  # the jobs send what the bookings caused
        yield Row("memory-web", product=f"{product.megabytes():.0f} MiB", goal="120 MiB")
        yield Row("memory-jobs", product=f"{jobs.megabytes():.0f} MiB", goal="60 MiB")


def start(stage: Stage, rounds: int) -> Row:
    """From `make serve` to the first answer, everything compiled."""
    database, taken = stage.copy(), []
    for _ in range(rounds):
        begun = time.perf_counter()
        with stage.product(database):
            taken.append(time.perf_counter() - begun)
    return _row("start", taken, "0.4 s")


def imports(rounds: int) -> Row:
    """All that web and jobs import."""
    command = [sys.executable, "-c", _IMPORTS]
    taken = [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(rounds)]
    return _row("imports", taken, "0.3 s")


def _row(name: str, taken: list[float], goal: str) -> Row:
    return Row(name, product=f"{median(taken):.2f} s", spread=f"{min(taken):.2f} to {max(taken):.2f}", goal=goal)
