"""What stands ready before anything is measured: partners, and a database with a tour, an arrival and a community to ask for."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from bench.stage import asks
from bench.stage.asks import Ask, put
from bench.stage.load import Generator
from bench.stage.servers import Running, environ_of, running
from tests.world import free_port
from vendor_app.app import create_app
from vendor_app.config import Config


@dataclass(frozen=True)
class Stage:
    """The application in this process, for what a path does to be listened to; and what requests name."""

    directory: Path
    database: Path
    app: Flask
    partners: Running
    generator: Generator
    known: asks.Known

    def copy(self) -> Path:
        """The database as it stands now, in a folder of its own: what SQLite keeps beside another one would spoil it."""
        copied = Path(tempfile.mkdtemp(dir=self.directory)) / "vendor.db"
        copied.touch(mode=0o600)
        with closing(sqlite3.connect(self.database)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self.database, copied)
        return copied

    @contextmanager
    def product(self, database: Path) -> Iterator[Running]:
        """`make serve` on this database."""
        port = free_port()
        with running(["-m", "vendor_app", "serve"], port, environ_of(str(database), self.partners.url, port)) as server:
            yield server

    @contextmanager
    def jobs(self, database: Path) -> Iterator[Running]:
        """`make jobs` on this database."""
        with running(["-m", "jobs"], 0, environ_of(str(database), self.partners.url, 1)) as worker:
            yield worker


@contextmanager
def stage(directory: Path) -> Iterator[Stage]:
    """The stage, ended with the block."""
    port = free_port()
    database = directory / "prepared.db"
    generator = Generator()
    with running(["-m", "bench.stage.partners", str(port), str(os.getpid())], port) as partners:
        app = create_app(Config.from_env(environ_of(str(database), partners.url, 1)))
        try:
            yield Stage(directory, database, app, partners, generator, _known(app))
        finally:
            app.extensions["vendor_app"].via.close()
            generator.close()


def _known(app: Flask) -> asks.Known:
    """Have somebody arrive and book."""
    client = app.test_client()
    starts: list[dict[str, Any]] = put(client, asks.times(asks.COMMUNITY)).get_json()["times"]
    arrived = put(client, Ask("GET", f"/doorway/{asks.COMMUNITY}?utm_knock_source_title=Zillow"))
    known = asks.Known([one["startTime"] for one in starts], arrived.headers["Location"].rsplit("/", 1)[1], "", "")
    booked = put(client, asks.booking(known, 0)).get_json()
    return asks.Known(known.starts, known.arrival_id, booked["tourId"], booked["tourToken"])
