"""The floor: a bare Flask handler behind the product's own server: `python -m bench.paths.floor PORT PLAN DATABASE PARENT`.

Each thread has a connection to the database and one to the partner. Statements that read are said as the product said them; for
each that writes, a row is inserted into a table of the floor's own. One transaction at a time writes, as in the product: SQLite
would make those who wait for each other sleep.
"""

import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import requests
from flask import Flask, Response

from bench.paths.plan import Plan, is_write
from vendor_app.parent import end_with
from vendor_app.server.gateway import Gateway
from vendor_app.server.listening import listen
from vendor_app.server.serve import gateway_of, serve

_OF_THREAD = threading.local()
_WRITING = threading.Lock()
_DATABASE_CONNECTIONS = 8
_ASKED = b"{" + b" " * 400 + b"}"
_WRITE = "INSERT INTO of_the_floor (content) VALUES (hex(randomblob(64)))"


def prepare(database: Path) -> None:
    """The table that the floor writes to."""
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("CREATE TABLE of_the_floor (id INTEGER PRIMARY KEY, content TEXT)")


def app_of(plan: Plan, database: str) -> Flask:
    """One handler for every address."""
    app = Flask("vendor_app.web")  # for the templates of the answers that the server gives by itself
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    body = b"x" * plan.size

    @app.route("/", defaults={"_": ""}, methods=["GET", "POST"])
    @app.route("/<path:_>", methods=["GET", "POST"])
    def handle(_: str) -> Response:
        driver = _driver(database)
        for statement in plan.reads:
            driver.execute(statement).fetchall()
        for number, statements in enumerate(plan.transactions):
            if number == 1 and plan.partner_url:
                _ask(plan.partner_url)
            with _WRITING:
                _commit(driver, statements)
        return Response(body, plan.status, content_type=plan.content_type)

    return app


def _commit(driver: sqlite3.Connection, statements: list[str]) -> None:
    driver.execute("BEGIN IMMEDIATE")
    for statement in statements:
        driver.execute(_WRITE if is_write(statement) else statement).fetchall()
    driver.execute("COMMIT")


def _driver(database: str) -> sqlite3.Connection:
    driver: sqlite3.Connection | None = getattr(_OF_THREAD, "driver", None)
    if driver is None:
        driver = _OF_THREAD.driver = sqlite3.connect(database, timeout=20, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            driver.execute(f"PRAGMA {pragma}")
    return driver


def _ask(url: str) -> Any:
    session: requests.Session | None = getattr(_OF_THREAD, "session", None)
    if session is None:
        session = _OF_THREAD.session = requests.Session()
        session.trust_env = False
    return session.post(url, data=_ASKED, timeout=20).json()


def _load() -> Gateway:
    """Runs in the worker."""
    return gateway_of(app_of(Plan.load(Path(sys.argv[2])), sys.argv[3]), _DATABASE_CONNECTIONS)


if __name__ == "__main__":
    end_with(int(sys.argv[4]))
    with listen("127.0.0.1", int(sys.argv[1]), "PORT") as listening:
        sys.exit(serve(listening, 1, _load))
