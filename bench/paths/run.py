"""Measures what is asked for, and tells each row as soon as it is known."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.paths import delays, outbox, processes
from bench.paths.rounds import measure
from bench.paths.rows import PATHS
from bench.paths.table import HEADING, Row
from bench.stage.asks import Ask
from bench.stage.stage import Stage, stage

_OTHERS = ("outbox", "grant", "callback", "revocation", "memory-web", "memory-jobs", "start", "imports")
NAMES = (*(path.name for path in PATHS), *_OTHERS)


@dataclass(frozen=True)
class Size:
    """How much is measured: rounds, seconds a turn, messages in the outbox, tours whose delays are taken."""

    rounds: int
    seconds: float = 0.8
    messages: int = 2000
    tours: int = 100


def report(directory: str | None, only: str, size: Size) -> Iterator[str]:
    """The lines of the table, all or one; the databases are made in `directory`."""
    with tempfile.TemporaryDirectory(dir=directory, prefix="bench_") as folder, stage(Path(folder)) as ready:
        yield HEADING
        yield from (str(row) for row in _rows(ready, only, size))
        yield f"\nthe load generator alone, at a server that only answers: {_ceiling(ready, size.seconds):.0f}/s"


def _rows(ready: Stage, only: str, size: Size) -> Iterator[Row]:
    """The delays come first: they need a tour whose window is open, which it is for some minutes."""

    def wants(*names: str) -> bool:
        return not only or only in names

    if wants("grant", "callback", "revocation"):
        yield from (row for row in delays.rows(ready, size.tours) if wants(row.name))
    yield from (measure(ready, path, size.rounds, size.seconds) for path in PATHS if wants(path.name))
    if wants("outbox"):
        yield outbox.row(ready, size.messages, min(size.rounds, 3))
    if wants("memory-web", "memory-jobs"):
        yield from (row for row in processes.memory(ready, size.seconds) if wants(row.name))
    if wants("start"):
        yield processes.start(ready, size.rounds)
    if wants("imports"):
        yield processes.imports(size.rounds)


def _ceiling(ready: Stage, seconds: float) -> float:
    return ready.generator.drive(ready.partners.port, [Ask("GET", "/").raw()], seconds, again=True).rate
