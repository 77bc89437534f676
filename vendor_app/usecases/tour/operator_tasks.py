"""Opens tasks for an operator, and closes those that are not needed any more."""

from datetime import UTC, datetime
from typing import Any

from vendor_app.domain import Task, Tour
from vendor_app.domain.tasks import checked_detail
from vendor_app.store import Tables


def ask_operator(tx: Tables, tour_id: str, task: Task, now: datetime, *, about: str = "", **detail: Any) -> bool:
    """Open a task of the tour, one for each `about`; False when it is open already, or was done with the same detail.

    `detail` is what the person needs to know, by the keys that domain/tasks.py has for it; never codes or contact data.
    """
    opened = tx.tasks.open(tour_id, task, now, about, **checked_detail(task, detail))
    if opened:
        tx.timeline.note(tour_id, "task.opened", now, task=task)
    return opened


def appointment_detail(tour: Tour, start: datetime) -> dict[str, str]:
    """The detail that says which appointment a task is about: the one that the tour has, or may have, at `start`."""
    return {"start": _as_text(start), "community": tour.community_id}


def ask_about_appointment(tx: Tables, tour: Tour, task: Task, start: datetime, now: datetime, **detail: Any) -> bool:
    """Open a task about the tour's appointment at `start`; see ask_operator."""
    return ask_operator(tx, tour.tour_id, task, now, about=_as_text(start), **appointment_detail(tour, start), **detail)


def close_appointment_task(tx: Tables, tour_id: str, task: Task, start: datetime, now: datetime) -> None:
    """Close the task about the appointment at `start`: it is not needed any more."""
    close_task(tx, tour_id, task, now, about=_as_text(start))


def _as_text(start: datetime) -> str:
    return start.astimezone(UTC).isoformat()


def close_task(tx: Tables, tour_id: str, task: Task, now: datetime, *, about: str = "") -> None:
    """Close the tour's open task: it is not needed any more."""
    tx.tasks.close(tour_id, task, about, now)
