"""`python -m tests.campaign` prints one table an engine, and ends with 0 only when nothing differs; see `--help`."""

import argparse
import logging
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.campaign.campaign import Outcome, run
from tests.campaign.plan import Plan
from tests.campaign.truth.kept import keep_database, keep_partners
from tests.campaign.truth.table import details, table
from tests.postgres import new_database, postgres_server


def main(arguments: list[str]) -> int:
    """The exit status."""
    given = _arguments(arguments)
    logging.basicConfig(level=logging.ERROR)
    seed = given.seed if given.seed is not None else secrets.randbelow(10**6)
    engines = ["sqlite", "postgresql"] if given.engine == "both" else [given.engine]
    plans = [
        Plan(
            engine=engine,
            seed=seed,
            seconds=given.minutes * 60,
            faults=given.faults,
            kills=given.kills,
            people=given.people,
            patience=given.patience,
        )
        for engine in engines
    ]
    print("\n".join(map(str, plans)), flush=True)
    with ThreadPoolExecutor(len(plans)) as side_by_side:
        ends = list(side_by_side.map(_run, plans))
    for plan in plans:
        print(plan)
    return 0 if all(ends) else 1


def _arguments(arguments: list[str]) -> argparse.Namespace:
    read = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    read.add_argument("--engine", choices=["sqlite", "postgresql", "both"], default="both", help="both: side by side")
    read.add_argument("--minutes", type=float, default=1.0, help="how long people come (%(default)s)")
    read.add_argument("--faults", type=float, default=0.2, help="the chance that a partner's call goes wrong (%(default)s)")
    read.add_argument("--kills", type=int, default=0, help="how often a process is killed (%(default)s)")
    read.add_argument("--people", type=int, default=10, help="prospects about at once (%(default)s)")
    read.add_argument("--patience", type=float, default=420.0, help="seconds to converge in at most (%(default)s)")
    read.add_argument("--seed", type=int, help="tell a run again; only its timing will be another")
    return read.parse_args(arguments)


def _run(plan: Plan) -> bool:
    """Run it, print what came of it; whether all is well. Logs and database of one that went wrong are kept."""
    folder = Path(tempfile.mkdtemp(prefix=f"campaign-{plan.engine}-"))
    with _database(plan.engine, folder) as url:
        outcome = run(plan, url, folder)
        is_well = outcome.comparison.is_settled
        if not is_well:
            keep_database(url, folder / "database.jsonl")
            keep_partners(outcome.comparison.theirs, outcome.ledger, folder / "partners.jsonl")
    report = [*_heading(outcome), *table(outcome.comparison), *details(outcome.comparison)]
    (folder / "report.txt").write_text("\n".join(report), encoding="utf-8")
    _say(report if is_well else [*report, f"\nlogs, report, database.jsonl and partners.jsonl are in {folder}"])
    return is_well


def _heading(outcome: Outcome) -> Iterator[str]:
    yield f"\n{outcome.plan}"
    answers = sum(outcome.ledger.answers.values())
    killed = ", ".join(f"{name} {count} times" for name, count in outcome.kills.items())
    yield f"{answers} answers, {len(outcome.ledger.meddling)} doings of others, killed {killed}, {outcome.looks} looks"
    yield f"converged after {outcome.seconds:.0f} s"


_printing = threading.Lock()


def _say(lines: list[str]) -> None:
    with _printing:
        print("\n".join(lines), flush=True)


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'vendor.db'}"
        return
    with postgres_server() as server, new_database(server) as url:
        yield url


if __name__ == "__main__":
    began = time.monotonic()
    status = main(sys.argv[1:])
    print(f"{time.monotonic() - began:.0f} s in all")
    sys.exit(status)
