"""`python -m bench --tour-size 300`: what one tour takes on PostgreSQL, lived through the product and its sandbox partners.

Arrival, booking, grant, check-in, two doors, the end, the visit, and what Knock notifies of: every row is one that production
writes. Sizes are those of tables and indexes as they grow, dead row versions included where nothing has reused their room.
"""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg

from bench.engines import postgres_server
from tests.postgres import new_database
from tests.world import COMMUNITY, World, world

_SIZES = """SELECT relname, n_live_tup, pg_table_size(relid), pg_indexes_size(relid)
            FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC"""
Size = tuple[int, int, int]


def report(tours: int) -> Iterator[str]:
    """Live them; a line a table."""
    with (
        tempfile.TemporaryDirectory(prefix="bench_") as directory,
        postgres_server(Path(directory)) as server,
        new_database(server) as url,
        world(url, bookings_per_hour=100_000) as lived,
    ):
        lived.via.db.migrate()
        before, log_before = _sizes(url)
        for number in range(tours):
            _live_a_tour(lived, number)
        after, log_after = _sizes(url)
    grown = {table: [now - then for now, then in zip(size, before[table], strict=True)] for table, size in after.items()}
    grown["together"] = [sum(column) for column in zip(*grown.values(), strict=True)]
    yield f"{'a tour takes':<18} {'rows':>6} {'table':>7} {'indexes':>8}  bytes"
    for table, size in grown.items():
        if any(size):
            yield f"{table:<18} {size[0] / tours:>6.1f} {size[1] / tours:>7.0f} {size[2] / tours:>8.0f}"
    yield f"write-ahead log: {(log_after - log_before) / tours:.0f} bytes a tour, whole pages after checkpoints included"


def _live_a_tour(lived: World, number: int) -> None:
    start = lived.clock.now.replace(second=0, microsecond=0) + timedelta(minutes=60)
    lived.knock.offer(COMMUNITY, [start])
    arrival = lived.get(f"/doorway/{COMMUNITY}?utm_knock_source_title=Zillow").headers["Location"].rsplit("/", 1)[1]
    who = {"firstName": "Jane", "lastName": "Doe", "email": f"jane{number}@example.com", "phone": f"206555{number:04}"}
    booked = lived.book(f"key-{number}", start, who, arrivalId=arrival).json()
    lived.jobs()
    lived.clock.move(minutes=56)
    code = lived.act(booked, "check-in").json()["code"]
    for door in ("Front entrance", "Apartment 204"):
        lived.lock.type_code(COMMUNITY, door, code)
    lived.clock.move(minutes=25)
    (grant,) = (one for one in lived.lock.grants.values() if one.tour_id == booked["tourId"])
    lived.lock.leave(grant.grant_id)
    lived.jobs()
    lived.clock.move(minutes=10)
    lived.jobs()
    if lived.tour(booked).visit_posted_at is None:
        raise RuntimeError(f"tour {number} ended without a visit")


def _sizes(url: str) -> tuple[dict[str, Size], int]:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("ANALYZE")
        server.execute("SELECT pg_stat_clear_snapshot(), pg_stat_force_next_flush()")
        sizes = {name: (rows, table, indexes) for name, rows, table, indexes in server.execute(_SIZES)}
        (written,) = server.execute("SELECT (pg_current_wal_lsn() - '0/0')::bigint").fetchone() or (0,)
    return sizes, int(written)
