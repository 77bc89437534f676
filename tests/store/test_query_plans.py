"""No query of the product reads a table that grows for ever from end to end."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.flow.story import book_until_confirmed, live_the_story
from tests.world import START, World, world
from vendor_app.store.engine.sqlite import SqliteConnection
from vendor_app.usecases.operators import operate
from vendor_app.usecases.operators.tidy import tidy

# A row more for each tour, visitor or call, and kept.
GROWING = {
    *("tours", "appointments", "appointment_requests", "access_grants", "access_events", "timeline", "consents", "verifications"),
    *("outbox", "operator_tasks", "knock_notices", "prospect_events", "idempotency_keys", "arrivals", "attempts"),
}
# These list only what is open, and that does not grow; or are read from one end, up to a limit.
BOUNDED = {
    *("outbox_due", "outbox_by_subject", "outbox_dead", "operator_tasks_open", "access_events_unhandled"),
    *(
        "knock_notices_unhandled",
        "access_grants_unrevoked",
        "access_events_unmatched",
        "operator_tasks_waiting",
        "tours_by_booking",
    ),
}
# Counted seldom, and kept (vendor_app/sampled.py); or one row at a start.
ALLOWED = {"SELECT status, count(*) AS n FROM tours GROUP BY status", "SELECT 1 AS found FROM tours LIMIT 1"}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans") / "vendor.db"


@pytest.fixture(scope="module")
def asked(file: Path) -> Iterator[set[str]]:
    """Every statement that is run while tours are lived and looked at."""
    run, seen = SqliteConnection._run, set[str]()

    def noted(self: SqliteConnection, sql: str, params: dict[str, object]) -> sqlite3.Cursor:
        seen.add(" ".join(sql.split()))
        return run(self, sql, params)

    with pytest.MonkeyPatch.context() as patch, world(f"sqlite:///{file}") as lived:
        patch.setattr(SqliteConnection, "_run", noted)
        lived.via.migrate_database()
        live(lived)
        yield seen


def live(lived: World) -> None:
    lived.jobs()
    live_the_story(lived, book_until_confirmed(lived))
    lived.converge(hours=0.2)
    tomorrow = START.replace(day=11)
    other = book_until_confirmed(lived, key="key-2", start=tomorrow)
    lived.move(other, tomorrow.replace(hour=20))
    lived.jobs()
    lived.act(other, "cancel")
    lived.converge(hours=0.5)
    operate.list_newest_tours(lived.via, 50)
    operate.list_dead_messages(lived.via)
    operate.list_failing_messages(lived.via)
    operate.list_tasks(lived.via)
    operate.tell_tour(lived.via, other["tourId"])
    tidy(lived.via, lived.clock())
    for path in ("/metrics", "/readyz"):
        assert requests.get(f"{lived.url}{path}", timeout=30).status_code == 200


def plan(opened: sqlite3.Connection, sql: str) -> list[str]:
    params = dict.fromkeys(re.findall(r":(\w+)", sql))
    return [row[3] for row in opened.execute(f"EXPLAIN QUERY PLAN {sql}", params)]


def reads_all(step: str) -> bool:
    """Whether this step of a plan reads a growing table from end to end."""
    found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
    return found is not None and found[1] in GROWING and found[2] not in BOUNDED


def test_no_query_reads_a_growing_table_whole(file: Path, asked: set[str]) -> None:
    statements = [sql for sql in sorted(asked) if re.match("(SELECT|UPDATE|DELETE|WITH|INSERT)", sql) and sql not in ALLOWED]
    assert len(statements) > 80
    opened = sqlite3.connect(file)
    plans = {sql: plan(opened, sql) for sql in statements}
    assert {sql: steps for sql, steps in plans.items() if any(map(reads_all, steps))} == {}
