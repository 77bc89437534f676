"""Leaving something to a person, and taking note that it is done."""

from datetime import UTC, datetime
from typing import Any

from vendor_app.domain import Task, Tour
from vendor_app.domain.tasks import told
from vendor_app.store import Tables


def ask_operator(tx: Tables, tour_id: str, task: Task, now: datetime, *, about: str = "", **detail: Any) -> bool:
    """Open a task of the tour, one for each thing it is `about`; False when it is open or was done in the same words.

    `detail` is what the person needs to know, by the keys that domain/tasks.py has for it; never codes or contact data.
    """
    opened = tx.tasks.open(tour_id, task, now, about, **told(task, detail))
    if opened:
        tx.timeline.note(tour_id, "task.opened", now, task=task)
    return opened


def about_time(tour: Tour, start: datetime) -> dict[str, str]:
    """What a person needs to know of an appointment that the tour has, or may have, at `start`."""
    return {"start": _written(start), "community": tour.community_id}


def ask_about_time(tx: Tables, tour: Tour, task: Task, start: datetime, now: datetime, **detail: Any) -> bool:
    """Open a task about the tour's appointment at `start`; see ask_operator."""
    return ask_operator(tx, tour.tour_id, task, now, about=_written(start), **about_time(tour, start), **detail)


def need_nobody_at(tx: Tables, tour_id: str, task: Task, start: datetime, now: datetime) -> None:
    """What was asked about the appointment at `start` has come about without a person."""
    need_no_operator(tx, tour_id, task, now, about=_written(start))


def _written(start: datetime) -> str:
    return start.astimezone(UTC).isoformat()


def need_no_operator(tx: Tables, tour_id: str, task: Task, now: datetime, *, about: str = "") -> None:
    """It has come about without a person."""
    tx.tasks.close(tour_id, task, about, now)
