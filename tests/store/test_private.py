"""What is stored is its owner's only, whatever the umask says."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.conftest import migrated
from vendor_app.store.engine import private
from vendor_app.store.engine.database import open_database
from vendor_app.store.errors import StoreUnavailable


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("umask")
def test_a_database_and_its_folder_are_their_owners_only(tmp_path: Path) -> None:
    with closing(migrated(f"sqlite:///{tmp_path}/deep/var/vendor.db")):
        files = {one.name: mode(one) for one in (tmp_path / "deep" / "var").iterdir()}
    assert files == dict.fromkeys(["vendor.db", "vendor.db-wal", "vendor.db-shm"], 0o600)
    assert [mode(tmp_path / "deep"), mode(tmp_path / "deep" / "var")] == [0o700, 0o700]


@pytest.mark.usefixtures("umask")
def test_one_that_is_made_anew_under_a_running_process_is_too(tmp_path: Path) -> None:
    with closing(open_database(f"sqlite:///{tmp_path}/vendor.db")) as made, made.read() as db:
        db.query("SELECT 1 AS one")
    assert mode(tmp_path / "vendor.db") == 0o600


def test_one_that_was_open_to_others_is_closed_and_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "vendor.db"
    with closing(migrated(f"sqlite:///{path}")) as made:
        for one in tmp_path.iterdir():
            one.chmod(0o644)
        with caplog.at_level(logging.WARNING):
            made.migrate()
        assert {mode(one) for one in tmp_path.iterdir()} == {0o600}
    assert sorted(one.message.partition(" could")[0] for one in caplog.records) == [
        f"{path}{end}" for end in ("", "-shm", "-wal")
    ]
    assert "(mode 644)" in caplog.text


def test_one_that_is_closed_already_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(migrated(f"sqlite:///{tmp_path}/vendor.db")) as made, caplog.at_level(logging.WARNING):
        made.migrate()
    assert caplog.records == []


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o750)
    with closing(migrated(f"sqlite:///{tmp_path}/var/vendor.db")):
        assert mode(tmp_path / "var") == 0o750


def test_a_folder_that_cannot_be_made_is_told_in_our_own_words(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(StoreUnavailable, match=r"vendor\.db"):
        open_database(f"sqlite:///{tmp_path}/var/vendor.db").migrate()


def test_a_file_that_is_there_keeps_its_content(tmp_path: Path) -> None:
    path = tmp_path / "vendor.db"
    with closing(sqlite3.connect(path)) as direct:
        direct.execute("CREATE TABLE theirs (id)")
    private.make_file(path)
    with closing(sqlite3.connect(path)) as direct:
        assert direct.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
