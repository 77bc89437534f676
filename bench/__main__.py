"""`python -m bench` prints the table; `--help` lists what can be changed."""

import argparse
import logging
import os
import platform
import sys
import tempfile
from pathlib import Path

import psycopg

from bench import bookings, tour_size
from bench.engines import both_engines, versions
from bench.figures import HEADING, figures
from bench.paths import run
from bench.workers import preload

STORE = "store"


def main(arguments: list[str]) -> None:
    """Measure and print."""
    read = argparse.ArgumentParser(prog="python -m bench", description="Paths beside their floors, the store beside the drivers.")
    read.add_argument("--only", choices=("", *run.NAMES, STORE), default="", help="one line of the paths, or the store's table")
    read.add_argument("--count", type=int, default=800, help="bookings and messages a measurement (%(default)s)")
    read.add_argument("--rounds", type=int, default=5, help="measurements of each kind; the median counts (%(default)s)")
    read.add_argument("--directory", help="where the databases are made, for the disk to measure (the temporary directory)")
    read.add_argument("--postgres-url", default="", help="a server to use, instead of starting the one from pip")
    read.add_argument("--tour-size", type=int, metavar="TOURS", help="measure what a tour takes on PostgreSQL instead")
    given = read.parse_args(arguments)
    logging.disable(logging.WARNING)
    print(" ".join(["python -m bench", *arguments]))
    if given.tour_size:
        print("\n".join(tour_size.report(given.tour_size)))
        return
    preload("bench.deliveries", "bench.paths.run")
    print(f"{os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}, psycopg {psycopg.__version__}")
    if given.only != STORE:
        for line in run.report(given.directory, given.only, run.Size(given.rounds)):
            print(line, flush=True)
    if given.only in ("", STORE):
        _compare_store(given)


def _compare_store(given: argparse.Namespace) -> None:
    with (
        tempfile.TemporaryDirectory(dir=given.directory, prefix="bench_") as directory,
        both_engines(Path(directory), given.postgres_url) as urls,
    ):
        print(f"\n{versions(urls)}\n")
        _measure(urls, given.count, given.rounds)


def _measure(urls: dict[str, str], count: int, rounds: int) -> None:
    databases = {engine: bookings.database(url) for engine, url in urls.items()}
    lines = [line for engine, url in urls.items() for line in figures(engine, url, databases[engine], count)]
    for turn in range(rounds):
        for line in lines:
            line.measure(turn)
    print("\n".join([HEADING, *map(str, lines)]))
    print(f"\nmedians of {rounds} rounds, store and driver side by side; {count} of each a measurement")
    for db in databases.values():
        db.close()


if __name__ == "__main__":
    main(sys.argv[1:])
