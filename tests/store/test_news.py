"""What a transaction announces wakes who listens, in another process too, once it is committed."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from vendor_app.store.errors import StoreUnavailable
from vendor_app.store.store import Store, open_store

LONG, SHORT = 10.0, 0.05


def test_what_is_committed_is_heard_by_others(db: Store, open_again: Callable[[], Store]) -> None:
    with open_again().news() as news:
        with db.transaction() as tx:
            tx.connection.announce()
            assert not news.wait(0)
        assert news.wait(LONG)
        assert not news.wait(SHORT)


def test_the_inbox_announces_too(db: Store) -> None:
    with db.news() as news:
        with db.inbox() as tx:
            tx.connection.announce()
        assert news.wait(LONG)


def test_what_is_undone_is_not_heard(db: Store) -> None:
    with db.news() as news:
        with pytest.raises(ZeroDivisionError), db.transaction() as tx:
            tx.connection.announce()
            raise ZeroDivisionError
        assert not news.wait(SHORT)


def test_a_transaction_that_announces_nothing_wakes_nobody(db: Store) -> None:
    with db.news() as news:
        with db.transaction() as tx:
            tx.connection.announce()
        assert news.wait(LONG)
        with db.transaction():
            pass
        assert not news.wait(SHORT)


def test_many_announcements_wake_once(db: Store) -> None:
    with db.news() as news:
        for _ in range(3):
            with db.transaction() as tx:
                tx.connection.announce()
                tx.connection.announce()
        heard = 0
        while news.wait(SHORT):
            heard += 1
        assert 1 <= heard <= 3


def test_nobody_has_to_listen(db: Store) -> None:
    for _ in range(3):
        with db.transaction() as tx:
            tx.connection.announce()


def test_a_file_in_the_place_of_the_pipe_is_left_alone(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/vendor.db")) as db:
        (tmp_path / "vendor.db-news").write_text("kept")
        with db.transaction() as tx:
            tx.connection.announce()
        with pytest.raises(StoreUnavailable, match="is a file"), db.news():
            pass
    assert (tmp_path / "vendor.db-news").read_text() == "kept"


def test_one_of_two_who_listen_hears_it(db: Store, open_again: Callable[[], Store]) -> None:
    with db.news() as here, open_again().news() as there:
        with db.transaction() as tx:
            tx.connection.announce()
        assert here.wait(LONG) or there.wait(LONG)
