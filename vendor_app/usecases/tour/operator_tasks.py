"""Leaving something to a person, and taking note that it is done."""

from datetime import datetime
from typing import Any

from vendor_app.domain.tasks import Task
from vendor_app.store import tasks
from vendor_app.store.engine.database import Connection
from vendor_app.store.timeline import note


def ask_operator(tx: Connection, tour_id: str, task: Task, now: datetime, *, about: str = "", **detail: Any) -> bool:
    """Open a task of the tour, one for each thing it is `about`; False when it is open or was done in the same words.

    `detail` is what the person needs to know; never codes or contact data.
    """
    opened = tasks.open_task(tx, tour_id, task, now, about, **detail)
    if opened:
        note(tx, tour_id, "task.opened", now, task=task)
    return opened


def need_no_operator(tx: Connection, tour_id: str, task: Task, now: datetime, *, about: str = "") -> None:
    """It has come about without a person."""
    tasks.close_task(tx, tour_id, task, about, now)
