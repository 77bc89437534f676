"""Migrations, transactions, and how values cross the seam."""

import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.example import NOON, a_tour
from tests.processes import until
from tests.store.conftest import migrated
from vendor_app.domain.tours import Status, Tour
from vendor_app.store import arrivals
from vendor_app.store.engine import postgres
from vendor_app.store.engine.migrations import HISTORY
from vendor_app.store.engine.sqlite import SqliteDatabase
from vendor_app.store.engine.sqlite_history import HISTORY_OF_SQLITE
from vendor_app.store.errors import DatabaseTooNew, StoreError, StoreUnavailable
from vendor_app.store.store import Store, open_store
from vendor_app.store.tables import Tables

ALL = list(HISTORY)


def address(path: Path) -> str:
    return f"sqlite:///{path}"


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `count` threads get that all start at the same instant."""
    gate = threading.Barrier(count)

    def start(number: int) -> Any:
        gate.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


# Migrations


def test_migrating_twice_changes_nothing(new_database_url: str) -> None:
    with closing(open_store(new_database_url)) as made:
        assert (made.migrate(), made.migrate(), made.is_current()) == (ALL, [], True)


def test_a_database_that_was_never_migrated_says_so(new_database_url: str) -> None:
    with closing(open_store(new_database_url)) as made:
        assert not made.is_current()


def test_migrating_makes_the_directory_it_needs(tmp_path: Path) -> None:
    assert open_store(address(tmp_path / "deep" / "var" / "vendor.db")).migrate() == ALL


def open_and_migrate(url: str, _number: int) -> list[str]:
    return open_store(url).migrate()


def test_eight_threads_may_migrate_at_once_and_one_of_them_does(tmp_path: Path) -> None:
    for attempt in range(20):
        url = address(tmp_path / f"{attempt}.db")
        assert sorted(at_once(8, partial(open_and_migrate, url))) == [[]] * 7 + [ALL]


def test_ten_that_start_at_once_on_a_new_database_migrate_it_once(new_database_url: str) -> None:
    opened = [open_store(new_database_url) for _ in range(10)]
    try:
        assert sorted(at_once(10, lambda number: opened[number].migrate())) == [[]] * 9 + [ALL]
    finally:
        for one in opened:
            one.close()


_MIGRATE = """
import sys
from vendor_app.store.store import open_store
print("ready", flush=True)
for line in sys.stdin:
    try:
        print(len(open_store(line.strip()).migrate()), flush=True)
    except Exception as error:
        print(repr(error), flush=True)
"""


def test_four_processes_may_migrate_at_once_and_one_of_them_does(tmp_path: Path) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", _MIGRATE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    try:
        assert [_line(worker) for worker in workers] == ["ready"] * 4
        for attempt in range(60):
            for worker in workers:
                assert worker.stdin
                worker.stdin.write(address(tmp_path / f"{attempt}.db") + "\n")
                worker.stdin.flush()
            assert sorted(_line(worker) for worker in workers) == ["0", "0", "0", str(len(ALL))]
    finally:
        for worker in workers:
            worker.communicate(timeout=30)


def _line(worker: "subprocess.Popen[str]") -> str:
    assert worker.stdout
    return worker.stdout.readline().strip()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(new_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(migrated(new_database_url)) as ours:
        monkeypatch.setitem(HISTORY, "m999_from_the_future", "SELECT 1")
        if new_database_url.startswith("sqlite"):
            with ours.transaction() as tx:
                tx.connection.execute(
                    "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
                    "VALUES ('vendor', 'm999_from_the_future', '2030')"
                )
        else:
            assert ours.migrate() == ["m999_from_the_future"]
        monkeypatch.undo()
        with pytest.raises(DatabaseTooNew, match="m999_from_the_future"):
            ours.migrate()
        with ours.read() as connection:
            assert connection.communities.find("alder")


def test_a_database_of_the_version_before_keeps_its_tours_and_has_them_looked_at(
    new_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_store(new_database_url)) as ours:
        first_version_only(ours, monkeypatch)
        with ours.transaction() as tx:
            tx.connection.execute("INSERT INTO communities (community_id, synced_at) VALUES ('alder', :at)", at=NOON)
            for status in ("confirmed", "completed"):
                insert_as_before(tx, a_tour(status, status=Status(status)))
        assert ours.migrate() == ALL[1:]
        with ours.transaction() as tx:
            assert tx.tours.find("confirmed") == a_tour("confirmed")
            assert tx.due_tours.take_due_check(NOON) == a_tour("confirmed")


def first_version_only(ours: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(ours.database, SqliteDatabase):
        with ours.database.transaction() as tx:
            HISTORY_OF_SQLITE.apply(tx.engine, stop_before=ALL[1])
        return
    with monkeypatch.context() as earlier:
        earlier.setattr(postgres, "HISTORY", {ALL[0]: HISTORY[ALL[0]]})
        assert ours.migrate() == ALL[:1]


def insert_as_before(tx: Tables, tour: Tour) -> None:
    """By the columns that a tour had then."""
    known = tx.connection.tables()["tours"]
    row = {name: value for name, value in vars(tour).items() if name in known}
    row["source_title"] = b"Zillow"
    tx.connection.execute(f"INSERT INTO tours ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})", **row)


# Transactions


def test_a_transaction_that_fails_leaves_nothing_behind(db: Store) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as tx:
        tx.tours.insert(a_tour())
        tx.timeline.note("tour_1", "tour.requested", NOON)
        raise ZeroDivisionError
    with db.read() as connection:
        assert (connection.tours.find("tour_1"), connection.timeline.of_tour("tour_1")) == (None, [])


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_transaction_that_is_interrupted_leaves_nothing_behind(db: Store, stop: type[BaseException]) -> None:
    with pytest.raises(stop), db.transaction() as tx:
        tx.tours.insert(a_tour())
        raise stop
    with db.read() as connection:
        assert connection.tours.find("tour_1") is None


def test_after_a_failed_transaction_the_next_one_works(db: Store) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction():
        raise ZeroDivisionError
    with db.transaction() as tx:
        tx.tours.insert(a_tour())
    with db.read() as connection:
        assert connection.tours.find("tour_1") == a_tour()


def test_what_is_committed_is_seen_by_everybody(db: Store, open_again: Callable[[], Store]) -> None:
    with db.transaction() as tx:
        tx.tours.insert(a_tour())
    with open_again().read() as other:
        assert other.tours.find("tour_1") == a_tour()


def test_what_is_not_committed_is_seen_by_nobody_else(db: Store, open_again: Callable[[], Store]) -> None:
    with db.transaction() as tx:
        tx.tours.insert(a_tour())
        with open_again().read() as other:
            assert other.tours.find("tour_1") is None


def test_a_tour_at_a_community_we_do_not_have_is_refused(db: Store) -> None:
    with pytest.raises(StoreError), db.transaction() as tx:
        tx.tours.insert(a_tour(community_id="nowhere"))


def test_an_answer_we_gave_survives_a_power_cut(tmp_path: Path) -> None:
    with open_store(address(tmp_path / "vendor.db")).read() as connection:
        assert connection.connection.one("PRAGMA journal_mode") == {"journal_mode": "wal"}
        assert connection.connection.one("PRAGMA synchronous") == {"synchronous": 2}  # FULL
        assert connection.connection.one("PRAGMA foreign_keys") == {"foreign_keys": 1}


def _add_a_unit(made: Store, name: str) -> None:
    with made.transaction() as tx:
        tour = tx.tours.lock("tour_1")
        assert tour is not None
        tx.tours.save(replace(tour, unit_names=[*tour.unit_names, name]))


@pytest.mark.parametrize("databases", [1, 8], ids=["of one process", "as of eight processes"])
def test_eight_threads_that_read_and_then_write_never_fail_and_lose_nothing(
    db: Store, open_again: Callable[[], Store], databases: int
) -> None:
    with db.transaction() as tx:
        tx.tours.insert(a_tour())
    opened = [open_again() for _ in range(databases)]

    def work(number: int) -> None:
        for turn in range(25):
            _add_a_unit(opened[number % databases], f"{number}-{turn}")

    at_once(8, work)
    with db.read() as connection:
        tour = connection.tours.find("tour_1")
    assert tour is not None
    assert sorted(tour.unit_names) == sorted(f"{number}-{turn}" for number in range(8) for turn in range(25))


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable), open_store(address(tmp_path / "missing" / "vendor.db")).read() as connection:
        connection.connection.query("SELECT 1")


def test_a_file_that_is_no_database_is_refused_in_our_own_words(tmp_path: Path) -> None:
    (tmp_path / "vendor.db").write_bytes(b"this is no database, only text" * 100)
    with pytest.raises(StoreError):
        open_store(address(tmp_path / "vendor.db")).migrate()


# Values

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# A day away from the ends of the calendar, so that every offset has its UTC time.
ALL_DAY, LAST_DAY = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001 - Hypothesis adds the zone
instants = st.datetimes(ALL_DAY, LAST_DAY, timezones=offsets)


def _through(made: Store, at: datetime) -> datetime:
    with made.read() as connection:
        row = connection.connection.one("SELECT :at AS back_at", at=at)
    assert row is not None
    returned: datetime = row["back_at"]
    return returned


@settings(deadline=None)
@given(at=instants)
def test_a_time_comes_back_as_the_same_instant_in_utc(shared_db: Store, at: datetime) -> None:
    returned = _through(shared_db, at)
    assert returned == at
    assert returned.utcoffset() == timedelta(0)


def test_the_zero_time_of_other_languages_comes_back(shared_db: Store) -> None:
    zero = datetime(1, 1, 1, tzinfo=UTC)
    assert _through(shared_db, zero) == zero


@settings(deadline=None)
@given(one=instants, other=instants)
def test_the_order_of_what_is_stored_is_the_order_of_the_times(shared_db: Store, one: datetime, other: datetime) -> None:
    with shared_db.read() as connection:
        row = connection.connection.one("SELECT :one AS a, :other AS b, :one < :other AS earlier", one=one, other=other)
    assert row is not None
    assert bool(row["earlier"]) == (one < other)
    assert row["a"] == row["b"] or bool(row["earlier"]) == (str(row["a"]) < str(row["b"]))


titles = (
    st.none()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(
        [
            "",
            "\x00",
            "a\x00b",
            "🏠 Zillow 🏠",
            "\ud800",
            "\udfff\ud800",
            "x" * 10_240,
            "%2B+ %00",
            "\u202egnp.exe",
            "é",
            "e\u0301",
        ]
    )
)


@settings(deadline=None)
@given(title=titles)
def test_an_arrivals_source_title_comes_back_character_for_character(shared_db: Store, title: str | None) -> None:
    with shared_db.transaction() as tx:
        tx.connection.execute("DELETE FROM arrivals")
        tx.arrivals.insert("arrival", "alder", title, NOON)
    with shared_db.read() as connection:
        assert connection.arrivals.find("arrival") == arrivals.Arrival(community_id="alder", source_title=title)


@settings(deadline=None)
@given(title=titles)
def test_a_tours_source_title_comes_back_character_for_character(shared_db: Store, title: str | None) -> None:
    tour = a_tour(source_title=title)
    with shared_db.transaction() as tx:
        tx.connection.execute("DELETE FROM tours")
        tx.tours.insert(tour)
    with shared_db.read() as connection:
        assert connection.tours.find("tour_1") == tour


def test_a_tour_comes_back_whole(db: Store) -> None:
    tour = a_tour(
        unit_names=["204", "Ünit 🏠"], visit_posted_at=NOON, arrival_id="a", sms_consent=True, profile={"firstName": "Zoë 🏠"}
    )
    with db.transaction() as tx:
        tx.tours.insert(tour)
    with db.read() as connection:
        assert connection.tours.find("tour_1") == tour


def test_an_address_of_any_shape_comes_back(db: Store) -> None:
    with db.read() as connection:
        known = connection.communities.find("alder")
    assert known is not None
    assert (known.address, known.geolocation) == ({"street": "1 Alder Way"}, [47.6, -122.3])


def test_a_threads_connection_is_closed_when_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "vendor.db"
    database = open_store(address(file))
    gc.disable()  # which would close it at some time
    try:
        thread = threading.Thread(target=database.migrate)
        thread.start()
        thread.join()
        until(lambda: not is_open(file))
    finally:
        gc.enable()


def is_open(file: Path) -> bool:
    return any(one.exists() and one.samefile(file) for one in Path("/proc/self/fd").iterdir())
