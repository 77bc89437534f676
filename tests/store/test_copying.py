"""From SQLite to PostgreSQL: everything arrives as it was, or nothing does."""

import re
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from tests.domain.example import NOON, a_grant, a_tour
from tests.flow.story import book_until_confirmed, cancel_by_prospect, live_the_story
from tests.postgres import new_database
from tests.store.conftest import migrated
from tests.world import COMMUNITY, START, world
from vendor_app import __main__ as launcher
from vendor_app.domain.communities import Door, Verification
from vendor_app.domain.delivery.in_flight import Places
from vendor_app.domain.delivery.outbox import Kind, Lane
from vendor_app.domain.partners.known import Partner
from vendor_app.domain.tasks import Task
from vendor_app.domain.tours import Status, Tour
from vendor_app.domain.verification import Challenge
from vendor_app.store import heartbeats
from vendor_app.store.engine import copying, sqlite
from vendor_app.store.engine.copying import copy_to_postgres
from vendor_app.store.engine.database import Row
from vendor_app.store.engine.migrations import HISTORY
from vendor_app.store.engine.postgres import PostgresConnection
from vendor_app.store.engine.sqlite_history import migrations_of_sqlite
from vendor_app.store.errors import DatabaseTooNew, StoreError
from vendor_app.store.outbox_reports import KeptMessage
from vendor_app.store.partners import migrate_for_partners, remembered_partners
from vendor_app.store.store import Store, open_store
from vendor_app.store.tables import Tables

OURS = re.findall(r"CREATE TABLE (\w+)", "".join(HISTORY.values()))
TITLES = [
    None,
    "",
    "\x00",
    "a\x00b",
    "🏠 Zillow 🏠",
    "\ud800",
    "\udfff\ud800",
    "\\N",
    "\\x41\t\n",
    "x" * 10_240,
    "e\u0301",
    "%2B+ %00",
]
PROFILE: dict[str, Any] = {
    "firstName": 'Zoë 🏠 "quoted" \\ \t\n',
    "z": [1, 1.0, -0.0, 0.1, 1e16, 1e-7, 2**70, True, False, None, "", {}, []],
    "a": {"1": 1, "true": True},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the source is."""
    return tmp_path / "vendor.db"


@pytest.fixture
def target_url(postgres: str) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with new_database(postgres) as url:
        yield url


@pytest.fixture
def old(file: Path) -> Store:
    """A SQLite database with two communities, a tour, its access, its message and its story."""
    made = migrated(address(file))
    with made.transaction() as tx:
        tx.tours.insert(a_tour(sms_consent=True, unit_names=["204", "Ünit 🏠"]))
        tx.grants.insert(a_grant())
        tx.timeline.note("tour_1", "tour.requested", NOON, units=["204"])
        tx.outbox.enqueue(Kind.POST_VISIT, "tour_1", NOON)
    return made


@pytest.fixture
def opened(target_url: str) -> Iterator[Store]:
    """The target, as the product opens it."""
    made = open_store(target_url)
    yield made
    made.close()


def address(path: Path) -> str:
    return f"sqlite:///{path}"


def tables_in(target_url: str) -> list[str]:
    with psycopg.connect(target_url) as direct:
        return [name for (name,) in direct.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()]


def everything(db: Tables) -> dict[str, list[Any]]:
    """What the store tells, by its own functions."""
    newest = db.tours.newest(10_000)
    ids = [tour.tour_id for tour in newest]
    return {
        "tours": sorted(newest, key=_by_id),
        "timeline": [db.timeline.of_tour(tour_id) for tour_id in sorted(ids)],
        "owed": [db.outbox_reports.pending_messages_of(tour_id) for tour_id in sorted(ids)],
        "grants": [db.grants.of_tour(tour_id) for tour_id in sorted(ids)],
        "doors": [db.access_events.door_openings(tour_id) for tour_id in sorted(ids)],
        "messages": sorted(map(str, db.connection.query("SELECT kind, state, count(*) AS n FROM outbox GROUP BY kind, state"))),
        "dead": db.outbox_reports.dead_messages(),
        "keys": [db.idempotency.find(key) for key in ("key-1", "key-2", "key-3")],
        "notices": sorted(db.notices.unhandled()),
        "prospects": [db.notices.prospect_of_appointment(tour.appointment_id or "") for tour in newest],
        "communities": [db.communities.find(one) for one in ("alder", "maple", COMMUNITY)],
        "arrivals": [db.arrivals.find(f"arrival_{number}") for number in range(len(TITLES))],
        "rules": list(db.community_rules.list_all().items()),
        "consents": [db.consents.of_tour(tour_id) for tour_id in sorted(ids)],
        "told by Knock": [db.prospect_events.of_prospect(tour.prospect_id or "") for tour in sorted(newest, key=_by_id)],
        "tasks": db.tasks.list_open(),
        "gates": [db.verifications.find(tour_id) for tour_id in sorted(ids)],
        "devices": [db.doors.find(device) for device in ("d-1", "d-2")],
        "attempts": db.attempts.since("check-in:tour", NOON - timedelta(days=1)),
    }


def a_challenge(tour_id: str) -> Challenge:
    return Challenge(tour_id=tour_id, contact=Verification.EMAIL, code_mac="mac", sealed_code="sealed", created_at=NOON)


def _by_id(tour: Tour) -> str:
    return tour.tour_id


def assert_same(one: Store, other: Store) -> None:
    with one.read() as left, other.read() as right:
        assert everything(left) == everything(right)


# What arrives


def test_after_a_whole_story_everything_is_the_same_in_postgres(file: Path, target_url: str, opened: Store) -> None:
    with world(address(file)) as played:
        played.rules(tour_minutes=30, hours={"wed": "09:00-19:00", "thu": "09:00-19:00"})
        live_the_story(played, book_until_confirmed(played))
        jack = {"firstName": "Jack", "lastName": "Roe", "email": "jack@example.com", "phone": "2065550000"}
        cancelled = book_until_confirmed(played, key="key-2", start=START + timedelta(days=1), profile=jack)
        cancel_by_prospect(played, cancelled)
        assert played.get(f"/doorway/{COMMUNITY}?utm_knock_source_title=a%00%F0%9F%8F%A0").status_code == 302
        with played.via.db.transaction() as tx:
            tx.notices.keep_unreadable("unreadable", ["é", None, {"n": 1.5}], "not an object", NOON)
            tx.doors.replace([("alder", Door(name="Front", device="d-1")), ("alder", Door(name="A 2", device="d-2", unit="2"))])
            tx.attempts.note("check-in:tour", NOON)
            tx.verifications.insert(a_challenge(cancelled["tourId"]))
            tx.tasks.open(cancelled["tourId"], Task.LOOK_FOR_NEWER_APPOINTMENT, NOON, start="é")
            tx.heartbeats.beat(heartbeats.WEB, NOON)
            tx.partner_outcomes.keep("VENDOR_KNOCK_PROSPECT_KEY", "é", True, NOON)
    # After its end: what the world still does late, such as answering a notice, would be written while it is copied.
    copied = {table.name: table.rows for table in copy_to_postgres(address(file), target_url)}
    assert all(copied.values()), copied
    with closing(open_store(address(file))) as source:
        assert_same(source, opened)


def test_a_story_begun_on_sqlite_ends_on_postgres(file: Path, target_url: str) -> None:
    with world(address(file)) as before:
        booked = before.book().json()
        due = [one.kind for one in _pending(before.via.db, booked["tourId"])]
    copy_to_postgres(address(file), target_url)
    after = open_store(target_url)
    with after.transaction() as tx:
        (claimed,) = tx.outbox.claim_due(Lane.ACCESS, Places(), NOON + timedelta(hours=1))
    assert (claimed.subject_id, claimed.kind in due) == (booked["tourId"], True)
    after.close()


def _pending(db: Store, tour_id: str) -> list[KeptMessage]:
    with db.read() as connection:
        return connection.outbox_reports.pending_messages_of(tour_id)


def test_odd_source_titles_and_profiles_arrive_as_they_are(file: Path, old: Store, target_url: str, opened: Store) -> None:
    with old.transaction() as tx:
        for number, title in enumerate(TITLES):
            tx.arrivals.insert(f"arrival_{number}", "alder", title, NOON + timedelta(microseconds=number))
            tx.tours.insert(a_tour(f"odd_{number}", source_title=title, profile=PROFILE))
    copy_to_postgres(address(file), target_url)
    assert_same(old, opened)
    with sqlite3.connect(file) as one, psycopg.connect(target_url) as other:
        command = "SELECT arrival_id, source_title FROM arrivals"
        assert dict(one.execute(command).fetchall()) == dict(other.execute(command).fetchall())
    one.close()


@pytest.mark.usefixtures("old")
def test_values_have_the_types_of_postgres(file: Path, target_url: str) -> None:
    copy_to_postgres(address(file), target_url)
    with psycopg.connect(target_url) as direct:
        row = direct.execute(
            "SELECT starts_at = '2026-06-10T19:30Z'::timestamptz, profile->>'firstName', sms_consent, in_person_tours_enabled, "
            "live_video_tours_enabled, source_title = 'Zillow'::bytea FROM tours JOIN communities USING (community_id)"
        ).fetchone()
    assert row == (True, "Jane", True, True, False, True)


def test_numbers_go_on_after_the_highest(file: Path, old: Store, target_url: str, opened: Store) -> None:
    with old.transaction() as tx:
        tx.connection.execute("UPDATE outbox SET id = 41")
    copy_to_postgres(address(file), target_url)
    with opened.transaction() as tx:
        tx.outbox.enqueue(Kind.POST_VISIT, "tour_1", NOON)
        tx.timeline.note("tour_1", "tour.begun", NOON)
        assert [one.id for one in tx.outbox_reports.pending_messages_of("tour_1")] == [41, 42]
        assert [line.what for line in tx.timeline.of_tour("tour_1")] == ["tour.requested", "tour.begun"]


def test_a_database_without_rows_can_be_moved_too(file: Path, target_url: str, opened: Store) -> None:
    open_store(address(file)).migrate()
    assert {(table.rows, table.checksum) for table in copy_to_postgres(address(file), target_url)} == {(0, "0" * 64)}
    assert opened.is_current()
    with opened.transaction() as tx:
        tx.communities.keep({"community_id": "alder", **_NOTHING}, NOON)
        tx.tours.insert(a_tour())
        tx.outbox.enqueue(Kind.POST_VISIT, "tour_1", NOON)
        assert [one.id for one in tx.outbox_reports.pending_messages_of("tour_1")] == [1]


_NOTHING = dict.fromkeys(
    ("community_name", "address", "geolocation", "company_name", "in_person_tours_enabled", "live_video_tours_enabled")
)


@pytest.mark.usefixtures("old")
def test_every_table_of_the_history_is_copied_after_those_it_refers_to(file: Path, target_url: str) -> None:
    names = [table.name for table in copy_to_postgres(address(file), target_url)]
    assert sorted(names) == sorted(OURS)
    for before, after in [
        ("communities", "arrivals"),
        ("communities", "tours"),
        ("tours", "appointments"),
        ("tours", "timeline"),
    ]:
        assert names.index(before) < names.index(after)


def test_a_table_of_a_later_migration_comes_along(file: Path, target_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    later = """CREATE TABLE a_visitors_dogs (tour_id TEXT NOT NULL REFERENCES tours, name TEXT NOT NULL, payload {json},
               seen_at TIMESTAMPTZ, good BOOLEAN, PRIMARY KEY (tour_id, name))"""
    monkeypatch.setitem(HISTORY, "m999_dogs", later)
    monkeypatch.setattr(sqlite, "HISTORY_OF_SQLITE", migrations_of_sqlite())
    made = migrated(address(file))
    with made.transaction() as tx:
        tx.tours.insert(a_tour())
        tx.connection.execute(
            "INSERT INTO a_visitors_dogs VALUES ('tour_1', 'Rex', :payload, :at, :good)", payload={"b": [1]}, at=NOON, good=True
        )
    assert {table.name: table.rows for table in copy_to_postgres(address(file), target_url)}["a_visitors_dogs"] == 1
    with psycopg.connect(target_url) as direct:
        assert direct.execute("SELECT * FROM a_visitors_dogs").fetchone() == ("tour_1", "Rex", {"b": [1]}, NOON, True)


def test_twenty_thousand_rows_take_seconds(file: Path, old: Store, target_url: str, opened: Store) -> None:
    with old.transaction() as tx:
        for number in range(20_000):
            tx.timeline.note("tour_1", "message.retried", NOON, number=number)
    began = time.monotonic()
    copied = {table.name: table.rows for table in copy_to_postgres(address(file), target_url)}
    assert copied["timeline"] == 20_001
    assert time.monotonic() - began < 90
    assert_same(old, opened)


# The source


def test_the_source_is_not_changed(file: Path, old: Store, target_url: str) -> None:
    log = file.with_name("vendor.db-wal")
    before = (file.read_bytes(), log.read_bytes())
    assert before[1], "what was written last is still in the log"
    copy_to_postgres(address(file), target_url)
    assert (file.read_bytes(), log.read_bytes()) == before
    assert old.is_current()


@pytest.mark.usefixtures("old")
def test_what_a_killed_process_left_in_the_log_is_copied(file: Path, target_url: str, tmp_path: Path) -> None:
    left = tmp_path / "left behind" / "50% #1?.db"
    left.parent.mkdir()
    shutil.copy(file, left)
    shutil.copy(file.with_name("vendor.db-wal"), left.with_name(f"{left.name}-wal"))
    before = left.read_bytes()
    assert {table.name: table.rows for table in copy_to_postgres(address(left), target_url)}["tours"] == 1
    assert left.read_bytes() == before


def test_a_source_that_was_written_to_meanwhile_is_not_the_whole(
    file: Path, old: Store, target_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = copying._continue_numbers

    def write_beside(new: PostgresConnection) -> None:
        with old.transaction() as tx:
            tx.timeline.note("tour_1", "tour.begun", NOON)
        last(new)

    monkeypatch.setattr(copying, "_continue_numbers", write_beside)
    with pytest.raises(StoreError, match="written to meanwhile: stop every process"):
        copy_to_postgres(address(file), target_url)
    assert tables_in(target_url) == []


def test_a_source_that_is_not_migrated_is_refused(file: Path, target_url: str) -> None:
    sqlite3.connect(file).close()
    with pytest.raises(StoreError, match="make migrate"):
        copy_to_postgres(address(file), target_url)
    assert tables_in(target_url) == []


def test_a_source_of_a_newer_version_is_refused(file: Path, old: Store, target_url: str) -> None:
    with old.transaction() as tx:
        tx.connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('vendor', 'm999', '2030')"
        )
    with pytest.raises(DatabaseTooNew, match="m999"):
        copy_to_postgres(address(file), target_url)


def test_a_table_added_by_hand_is_not_left_behind_in_silence(file: Path, old: Store, target_url: str) -> None:
    with old.transaction() as tx:
        tx.connection.execute("CREATE TABLE remarks (remark TEXT)")
    with pytest.raises(StoreError, match="remarks"):
        copy_to_postgres(address(file), target_url)
    assert tables_in(target_url) == []


def test_a_file_that_is_not_there_is_not_made(file: Path, target_url: str) -> None:
    with pytest.raises(StoreError, match="there is no database at"):
        copy_to_postgres(address(file), target_url)
    assert not file.exists()


# The target


@pytest.mark.usefixtures("old")
def test_a_target_with_rows_is_refused_and_left_alone(file: Path, target_url: str, opened: Store) -> None:
    opened.migrate()
    with opened.transaction() as tx:
        tx.communities.keep({"community_id": "theirs", **_NOTHING}, NOON)
    with pytest.raises(StoreError, match=r"TO is not empty \(communities\)"):
        copy_to_postgres(address(file), target_url)
    with opened.read() as db:
        assert db.communities.find("theirs")
        assert db.tours.newest(10) == []


@pytest.mark.usefixtures("old")
def test_copying_twice_is_refused(file: Path, target_url: str) -> None:
    copy_to_postgres(address(file), target_url)
    with pytest.raises(StoreError, match="TO is not empty"):
        copy_to_postgres(address(file), target_url)


@pytest.mark.usefixtures("old")
def test_a_target_that_is_migrated_and_empty_will_do(file: Path, target_url: str, opened: Store) -> None:
    opened.migrate()
    copy_to_postgres(address(file), target_url)
    with opened.read() as db:
        assert db.tours.find("tour_1")


KNOCK = {Partner.KNOCK: "https://knock.example"}


def test_a_target_that_was_used_with_the_same_partners_and_is_empty_will_do(
    file: Path, old: Store, target_url: str, opened: Store
) -> None:
    both = {**KNOCK, Partner.HTTP: "https://locks.example"}
    migrate_for_partners(old.database, both)
    migrate_for_partners(opened.database, KNOCK)
    copy_to_postgres(address(file), target_url)
    with opened.read() as db:
        assert (remembered_partners(db.connection), db.tours.find("tour_1")) == (
            both,
            a_tour(sms_consent=True, unit_names=["204", "Ünit 🏠"]),
        )


def test_a_target_that_was_used_with_other_partners_is_refused(file: Path, old: Store, target_url: str, opened: Store) -> None:
    migrate_for_partners(old.database, KNOCK)
    migrate_for_partners(opened.database, {Partner.KNOCK: "https://stage.example"})
    with pytest.raises(StoreError, match=r"TO is not empty \(partners\)"):
        copy_to_postgres(address(file), target_url)
    with opened.read() as db:
        assert remembered_partners(db.connection) == {Partner.KNOCK: "https://stage.example"}


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("name", ["somebody_elses", "tours"])
def test_a_target_with_tables_of_somebody_else_is_refused(file: Path, target_url: str, name: str) -> None:
    with psycopg.connect(target_url) as direct:
        direct.execute(f"CREATE TABLE {name} (id int)")
    with pytest.raises(StoreError, match=rf"not ours \({name}\)"):
        copy_to_postgres(address(file), target_url)
    assert tables_in(target_url) == [name]


@pytest.mark.usefixtures("old")
def test_a_target_of_a_newer_version_is_refused(file: Path, target_url: str, opened: Store) -> None:
    opened.migrate()
    with opened.transaction() as tx:
        tx.connection.execute("INSERT INTO vendor_migrations VALUES ('m999', now())")
    with pytest.raises(DatabaseTooNew, match="m999"):
        copy_to_postgres(address(file), target_url)


# All or nothing


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("failure", [StoreError("no more"), KeyboardInterrupt(), SystemExit()], ids=repr)
@pytest.mark.parametrize("number", [0, 1, 5, len(OURS) - 1])
def test_an_interrupted_copy_leaves_nothing(
    file: Path, target_url: str, monkeypatch: pytest.MonkeyPatch, failure: BaseException, number: int
) -> None:
    _before_table(number, monkeypatch, _raise(failure))
    with pytest.raises(type(failure)):
        copy_to_postgres(address(file), target_url)
    assert tables_in(target_url) == []
    monkeypatch.undo()
    assert len(copy_to_postgres(address(file), target_url)) == len(OURS)


@pytest.mark.usefixtures("old")
def test_a_connection_that_is_cut_leaves_nothing(file: Path, target_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut() -> None:
        with psycopg.connect(target_url, autocommit=True) as direct:
            direct.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    _before_table(6, monkeypatch, cut)
    with pytest.raises(StoreError, match="did not answer"):
        copy_to_postgres(address(file), target_url)
    assert tables_in(target_url) == []


def _raise(failure: BaseException) -> Any:
    def fail() -> None:
        raise failure

    return fail


def _before_table(number: int, monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Do that before this many tables were copied."""
    really, seen = PostgresConnection.insert_all, list[str]()

    def insert_all(self: PostgresConnection, table: str, columns: list[str], rows: Iterable[Row]) -> None:
        if len(seen) == number:
            act()
        seen.append(table)
        really(self, table, columns, rows)

    monkeypatch.setattr(PostgresConnection, "insert_all", insert_all)


def _spoil(monkeypatch: pytest.MonkeyPatch, spoil: Any) -> None:
    """Let the rows of `tours` arrive otherwise than they left."""
    really = PostgresConnection.insert_all

    def insert_all(self: PostgresConnection, table: str, columns: list[str], rows: Iterable[Row]) -> None:
        really(self, table, columns, spoil(rows) if table == "tours" else rows)

    monkeypatch.setattr(PostgresConnection, "insert_all", insert_all)


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize(
    "change",
    [
        {"source_title": b"zillow"},
        {"source_title": None},
        {"starts_at": NOON + timedelta(minutes=30, microseconds=1)},
        {"sms_consent": 0},
        {"profile": {"firstName": "Jane"}},
        {"unit_names": ["Ünit 🏠", "204"]},
        {"utc_offset": 0},
        {"status": Status.REQUESTED.value},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_row_that_arrives_otherwise_is_noticed(
    file: Path, target_url: str, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    _spoil(monkeypatch, lambda rows: ({**row, **change} for row in rows))
    with pytest.raises(StoreError, match="the table tours is not the same"):
        copy_to_postgres(address(file), target_url)
    assert tables_in(target_url) == []


@pytest.mark.usefixtures("old")
def test_a_row_that_does_not_arrive_is_noticed(file: Path, target_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _spoil(monkeypatch, lambda rows: list(rows)[1:])
    with pytest.raises(StoreError, match=r"the table tours is not the same in TO: 1 rows .* 0 with"):
        copy_to_postgres(address(file), target_url)


def test_a_value_that_postgres_does_not_take_names_the_table_and_not_the_value(file: Path, old: Store, target_url: str) -> None:
    with old.transaction() as tx:
        tx.connection.execute("UPDATE tours SET sms_consent = 20655")
    with pytest.raises(StoreError, match="the table tours cannot be copied") as told:
        copy_to_postgres(address(file), target_url)
    assert "20655" not in str(told.value)
    assert tables_in(target_url) == []


def test_text_that_the_seam_would_have_mended_is_not_mended_in_silence(file: Path, old: Store, target_url: str) -> None:
    with old.transaction() as tx:
        tx.connection.execute("UPDATE tours SET reason = 'a' || char(0) || 'b'")
    with pytest.raises(StoreError, match="the table tours is not the same"):
        copy_to_postgres(address(file), target_url)


def test_the_checksum_does_not_ask_for_the_order_but_for_each_row() -> None:
    rows = [{"id": number, "payload": {"a": number, "b": [True]}} for number in range(3)]
    assert _sum(rows) == _sum(rows[::-1])
    assert len({_sum(rows), _sum(rows[1:]), _sum([*rows, rows[0]]), _sum([*rows, rows[0], rows[0]])}) == 4
    assert _sum([{"payload": 1}]) == _sum([{"payload": True}])
    assert _sum([{"payload": [1]}]) != _sum([{"payload": [True]}])


@pytest.mark.parametrize(
    ("of_sqlite", "of_postgres"), [(1e300, 10**300), (1e16, 10**16), (-0.0, 0.0), (-0.0, 0), (1.0, 1), (-2.5e-8, -0.000000025)]
)
def test_numbers_that_jsonb_spells_otherwise_are_the_same(of_sqlite: float, of_postgres: float) -> None:
    assert _sum([{"payload": of_sqlite}]) == _sum([{"payload": of_postgres}])


def _sum(rows: list[Row]) -> str:
    counted = copying._Sum()
    for row in rows:
        counted.add(row)
    return counted.checksum


# The command


def _run(*options: str) -> Any:
    return CliRunner().invoke(launcher.commands, ["copy-to-postgres", *options])


@pytest.mark.usefixtures("old")
def test_the_command_prints_a_line_a_table_and_needs_no_settings(file: Path, target_url: str) -> None:
    lines = _run("--from", address(file), "--to", target_url).output.splitlines()
    assert sorted(line.split()[0] for line in lines[:-1]) == sorted(OURS)
    assert re.search(r"^tours +1 rows  [0-9a-f]{12}$", "\n".join(lines), re.MULTILINE)
    assert lines[-1].startswith("copied and compared")


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://vendor:hidden@127.0.0.1:1/vendor",
        "postgresql://vendor:hid/den@127.0.0.1:1/vendor",
        "postgresql://vendor:hid%zzden@127.0.0.1:1/vendor",
        "mysql://vendor:hidden@127.0.0.1/vendor",
    ],
)
def test_nothing_tells_the_password(
    file: Path, url: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["vendor_app", "copy-to-postgres", "--from", address(file), "--to", url])
    with pytest.raises(SystemExit) as ended:
        launcher.main()
    told = capfd.readouterr()
    assert (ended.value.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert "hid" not in told.err


def test_the_source_must_be_sqlite(target_url: str) -> None:
    with pytest.raises(StoreError, match="FROM must be sqlite:///path"):
        copy_to_postgres(target_url, target_url)
