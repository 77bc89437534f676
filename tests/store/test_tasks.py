"""Tasks for the operator: each open once a tour, done once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.domain.example import NOON, a_tour
from vendor_app.domain.tasks import Task
from vendor_app.store.store import Store
from vendor_app.store.tasks import OperatorTask

LATER = NOON + timedelta(minutes=1)
CANCEL, VISIT = Task.CANCEL_IN_KNOCK, Task.POST_VISIT


@pytest.fixture(autouse=True)
def two_tours(db: Store) -> None:
    with db.transaction() as tx:
        for name in ("tour_1", "tour_2"):
            tx.tours.insert(a_tour(name))


def ask(db: Store, tour_id: str = "tour_1", what: Task = CANCEL, about: str = "", **detail: Any) -> bool:
    with db.transaction() as tx:
        return tx.tasks.open(tour_id, what, NOON, about, **detail)


def open_tasks(db: Store) -> list[OperatorTask]:
    with db.read() as connection:
        assert connection.tasks.count_open() == len(connection.tasks.list_open())
        return connection.tasks.list_open()


def finish(db: Store, task_id: int) -> Any:
    with db.transaction() as tx:
        return tx.tasks.finish(task_id, LATER)


def test_a_task_is_shown_as_it_was_asked_for(db: Store) -> None:
    assert ask(db, start="noon", units=["204", "ü"])
    (task,) = open_tasks(db)
    assert (task.tour_id, task.what, task.created_at) == ("tour_1", CANCEL, NOON)
    assert task.detail == {"start": "noon", "units": ["204", "ü"]}


def test_what_is_open_is_not_opened_again_and_keeps_its_words(db: Store) -> None:
    assert ask(db, start="noon")
    assert not ask(db, start="noon")
    assert not ask(db, start="one o'clock")
    assert [task.detail for task in open_tasks(db)] == [{"start": "noon"}]


def test_other_tours_and_other_things_have_their_own_tasks_oldest_first(db: Store) -> None:
    assert ask(db, "tour_2")
    assert ask(db, "tour_1")
    assert ask(db, "tour_1", VISIT)
    assert [(task.tour_id, task.what) for task in open_tasks(db)] == [
        ("tour_2", CANCEL),
        ("tour_1", CANCEL),
        ("tour_1", VISIT),
    ]


def test_a_task_is_finished_once(db: Store) -> None:
    ask(db)
    (task,) = open_tasks(db)
    assert finish(db, task.id) == replace(task, done_at=LATER)
    assert finish(db, task.id) is None
    assert finish(db, task.id + 1) is None
    assert open_tasks(db) == []


def test_what_was_done_is_asked_for_again_only_in_other_words(db: Store) -> None:
    ask(db, start="noon", errors=["a", "b"])
    finish(db, open_tasks(db)[0].id)
    assert not ask(db, errors=["a", "b"], start="noon")
    assert open_tasks(db) == []
    assert ask(db, start="noon", errors=["b", "a"])
    assert ask(db, "tour_2", start="noon", errors=["a", "b"])
    assert [task.tour_id for task in open_tasks(db)] == ["tour_1", "tour_2"]


def test_each_thing_of_a_kind_has_its_own_task(db: Store) -> None:
    assert ask(db, about="12345")
    assert ask(db, about="67890")
    assert not ask(db, about="12345")
    assert len(open_tasks(db)) == 2


def test_closing_says_how_many_were_open_and_leaves_the_rest(db: Store) -> None:
    ask(db, "tour_1")
    ask(db, "tour_1", about="another")
    ask(db, "tour_1", VISIT)
    ask(db, "tour_2")

    def close() -> int:
        with db.transaction() as tx:
            return tx.tasks.close("tour_1", CANCEL, "", LATER)

    assert (close(), close()) == (1, 0)
    left = [(task.tour_id, task.what) for task in open_tasks(db)]
    assert left == [("tour_1", CANCEL), ("tour_1", VISIT), ("tour_2", CANCEL)]


def test_the_tours_tasks_of_a_kind_are_told_open_and_done(db: Store) -> None:
    ask(db, n=1)
    finish(db, open_tasks(db)[0].id)
    ask(db, n=2)
    ask(db, "tour_1", VISIT)
    with db.read() as connection:
        told = connection.tasks.of_tour("tour_1", CANCEL)
    assert [(one.detail, one.done_at) for one in told] == [({"n": 1}, LATER), ({"n": 2}, None)]


def test_many_at_once_open_one(db: Store, open_again: Callable[[], Store]) -> None:
    several = [db, *(open_again() for _ in range(3))]
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda number: ask(several[number % 4], n=number), range(12)))
    assert opened.count(True) == 1
    assert len(open_tasks(db)) == 1
