"""A copy that is the database at one instant, or none."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.domain.example import NOON, a_tour
from tests.launch.house import House, settings
from tests.store.conftest import migrated
from vendor_app.domain.partners.known import Partner
from vendor_app.store.engine import backup
from vendor_app.store.engine.backup import back_up
from vendor_app.store.errors import OtherPartners, StoreError
from vendor_app.store.partners import migrate_for_partners
from vendor_app.store.store import Store, open_store

OURS = {Partner.KNOCK: "https://knock.example"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "vendor.db"


@pytest.fixture
def db(file: Path) -> Iterator[Store]:
    """A database with a tour and its story."""
    with closing(migrated(url(file))) as made:
        migrate_for_partners(made.database, OURS)
        with made.transaction() as tx:
            tx.tours.insert(a_tour())
            tx.timeline.note("tour_1", "tour.requested", NOON)
        yield made


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_a_copy_has_everything(file: Path, db: Store, tmp_path: Path) -> None:
    counted = back_up(url(file), tmp_path / "copy.db", OURS)

    assert (counted["tours"], counted["timeline"], counted["partners"]) == (1, 1, 1)
    with closing(open_store(url(tmp_path / "copy.db"))) as copy, copy.read() as here, db.read() as there:
        assert copy.is_current()
        assert here.tours.find("tour_1") == there.tours.find("tour_1") == a_tour()


@pytest.mark.usefixtures("db")
def test_a_copy_is_one_file_that_only_its_owner_can_read(file: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    back_up(url(file), tmp_path / "kept" / "copy.db", OURS)
    assert [(one.name, one.stat().st_mode & 0o777, one.stat().st_nlink) for one in (tmp_path / "kept").iterdir()] == [
        ("copy.db", 0o600, 1)
    ]


def test_a_copy_made_while_others_write_is_of_one_instant(file: Path, db: Store, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with closing(open_store(url(file))) as other:
            while not stop.is_set():
                with other.transaction() as tx:  # always two lines at once
                    tx.timeline.note("tour_1", "message.retried", NOON, padding="x" * 2000)
                    tx.timeline.note("tour_1", "message.retried", NOON)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for one in writers:
        one.start()
    try:
        counts = [back_up(url(file), tmp_path / f"copy{number}.db", OURS)["timeline"] for number in range(5)]
    finally:
        stop.set()
        for one in writers:
            one.join()
    assert [count % 2 for count in counts] == [1] * 5  # the first line, and pairs
    assert counts == sorted(counts)
    with closing(open_store(url(tmp_path / "copy4.db"))) as copy, copy.read() as connection:
        assert len(connection.timeline.of_tour("tour_1")) == counts[4]


@pytest.mark.usefixtures("db")
def test_what_stands_only_in_the_log_is_copied(file: Path, tmp_path: Path) -> None:
    assert file.with_name("vendor.db-wal").stat().st_size > 0
    back_up(url(file), tmp_path / "copy.db", OURS)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as direct:
        assert direct.execute("SELECT count(*) FROM tours").fetchone() == (1,)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("what", ["file", "folder", "link to nothing"])
def test_nothing_is_overwritten(file: Path, tmp_path: Path, what: str) -> None:
    there = tmp_path / "there"
    match what:
        case "file":
            there.write_text("mine")
        case "folder":
            there.mkdir()
        case _:
            there.symlink_to(tmp_path / "nowhere")
    with pytest.raises(StoreError, match="there already"):
        back_up(url(file), there, OURS)
    assert not (tmp_path / "nowhere").exists()
    assert what != "file" or there.read_text() == "mine"


@pytest.mark.usefixtures("db")
def test_a_name_that_somebody_takes_meanwhile_is_left_to_them(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = backup._verify

    def taken_meanwhile(*arguments: Any) -> None:
        verify(*arguments)
        (tmp_path / "copy.db").write_text("theirs")

    monkeypatch.setattr(backup, "_verify", taken_meanwhile)
    with pytest.raises(StoreError, match="nothing was backed up"):
        back_up(url(file), tmp_path / "copy.db", OURS)
    assert (tmp_path / "copy.db").read_text() == "theirs"
    assert list(tmp_path.glob("*.unfinished")) == []


@pytest.mark.usefixtures("db")
def test_a_copy_that_lacks_rows_is_not_kept(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_rows(copy: Path) -> None:
        with closing(sqlite3.connect(copy)) as direct, direct:
            direct.execute("DELETE FROM timeline")

    _spoil(monkeypatch, lose_rows)
    with pytest.raises(StoreError, match="not the same rows in timeline"):
        back_up(url(file), tmp_path / "copy.db", OURS)
    assert sorted(one.name for one in tmp_path.iterdir() if "copy" in one.name) == []


@pytest.mark.usefixtures("db")
def test_a_copy_that_is_damaged_is_not_kept(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def damage(copy: Path) -> None:
        content = bytearray(copy.read_bytes())
        content[4096 * 3 : 4096 * 3 + 64] = b"\xff" * 64
        copy.write_bytes(content)

    _spoil(monkeypatch, damage)
    with pytest.raises(StoreError, match=r"damaged|nothing was backed up"):
        back_up(url(file), tmp_path / "copy.db", OURS)
    assert sorted(one.name for one in tmp_path.iterdir() if "copy" in one.name) == []


def _spoil(monkeypatch: pytest.MonkeyPatch, spoil: Any) -> None:
    verify = backup._verify

    def spoilt(copy: Path, tables: Any) -> None:
        spoil(copy)
        verify(copy, tables)

    monkeypatch.setattr(backup, "_verify", spoilt)


@pytest.mark.usefixtures("db")
def test_a_database_of_other_partners_is_not_taken_for_ours(file: Path, tmp_path: Path) -> None:
    with pytest.raises(OtherPartners):
        back_up(url(file), tmp_path / "copy.db", {Partner.KNOCK: "https://stage.example"})
    assert not (tmp_path / "copy.db").exists()


def test_a_database_from_before_partners_were_remembered_can_be_copied(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as direct:
        direct.execute("CREATE TABLE tours (tour_id)")
    assert back_up(url(file), tmp_path / "copy.db", OURS) == {"tours": 0}


def test_a_file_that_is_not_there_is_not_made(file: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database at"):
        back_up(url(file), tmp_path / "copy.db", OURS)
    assert list(tmp_path.iterdir()) == []


# The command


def test_the_command_copies_and_says_what(tmp_path: Path, file: Path, db: Store) -> None:
    given = {**settings("https://knock.example"), "VENDOR_DATABASE_URL": url(file)}
    with db.transaction() as tx:  # somebody is writing
        tx.timeline.note("tour_1", "tour.begun", NOON)
        made = House(tmp_path).run("vendor_app", "backup", "--to", "copy.db", **given)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("copy.db: ")
    again = House(tmp_path).run("vendor_app", "backup", "--to", "copy.db", **given)
    assert (again.returncode, again.stderr) == (2, "copy.db is there already: a backup overwrites nothing\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [([], "say which file: make backup TO=…"), (["--to", "no/where/copy.db"], "there is no folder no/where")],
)
@pytest.mark.usefixtures("db")
def test_the_command_says_what_it_needs(tmp_path: Path, file: Path, arguments: list[str], said: str) -> None:
    given = {**settings("https://knock.example"), "VENDOR_DATABASE_URL": url(file)}
    ended = House(tmp_path).run("vendor_app", "backup", *arguments, **given)
    assert (ended.returncode, ended.stderr) == (2, f"{said}\n")


def test_for_postgres_the_command_names_its_own_tool(tmp_path: Path) -> None:
    given = {**settings(), "VENDOR_DATABASE_URL": "postgresql://vendor:hidden@127.0.0.1:1/vendor"}
    ended = House(tmp_path).run("vendor_app", "backup", "--to", "copy.db", **given)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "pg_dump" in ended.stderr
    assert "hidden" not in ended.stderr
