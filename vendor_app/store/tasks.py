"""Tasks for the operator, at most one open for a tour, kind and `about`, and none opened again with the detail of a done one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vendor_app.domain import Task
from vendor_app.store.engine.database import Row
from vendor_app.store.rows import columns_of
from vendor_app.store.table import Table


@dataclass(frozen=True, kw_only=True)
class OperatorTask:
    """Something to be done by hand; `detail` is what the person needs to know. `done_at` None: it is open."""

    id: int
    tour_id: str
    what: Task
    about: str
    detail: dict[str, Any]
    created_at: datetime
    done_at: datetime | None


_COLUMNS = columns_of(OperatorTask)


class Tasks(Table):
    """Reads and writes operators' tasks."""

    def open(self, tour_id: str, what: Task, now: datetime, about: str = "", **detail: Any) -> bool:
        """Ask for something to be done by hand; False when that was asked for before. Never with codes or contact data.

        What is open already keeps its first `detail`; what was done is asked for again only when `detail` is another.
        """
        if any(one.done_at and one.detail == detail for one in self.of_tour(tour_id, what)):
            return False
        opened = self._db.execute(
            """INSERT INTO operator_tasks (tour_id, what, about, detail, created_at)
               VALUES (:tour_id, :what, :about, :detail, :now)
               ON CONFLICT (tour_id, what, about) WHERE done_at IS NULL DO NOTHING""",
            tour_id=tour_id,
            what=what,
            about=about,
            detail=detail,
            now=now,
        )
        return opened == 1

    def of_tour(self, tour_id: str, what: Task) -> list[OperatorTask]:
        """The tour's tasks of this kind, open and done, oldest first."""
        rows = self._db.query(
            f"SELECT {_COLUMNS} FROM operator_tasks WHERE tour_id = :tour_id AND what = :what ORDER BY id",
            tour_id=tour_id,
            what=what,
        )
        return [_task(row) for row in rows]

    def close(self, tour_id: str, what: Task, about: str, now: datetime) -> int:
        """Close the task: it was done, or is not needed any more; how many were open."""
        return self._db.execute(
            """UPDATE operator_tasks SET done_at = :now
               WHERE tour_id = :tour_id AND what = :what AND about = :about AND done_at IS NULL""",
            tour_id=tour_id,
            what=what,
            about=about,
            now=now,
        )

    def finish(self, task_id: int, now: datetime) -> OperatorTask | None:
        """The operator has done it; the task, or None when no such task is open."""
        row = self._db.one(
            f"UPDATE operator_tasks SET done_at = :now WHERE id = :id AND done_at IS NULL RETURNING {_COLUMNS}",
            id=task_id,
            now=now,
        )
        return _task(row) if row else None

    def list_open(self) -> list[OperatorTask]:
        """The open tasks, oldest first."""
        return [_task(row) for row in self._db.query(f"SELECT {_COLUMNS} FROM operator_tasks WHERE done_at IS NULL ORDER BY id")]

    def count_open(self) -> int:
        """How many are open."""
        row = self._db.one("SELECT count(*) AS n FROM operator_tasks WHERE done_at IS NULL")
        return int(row["n"]) if row else 0


def _task(row: Row) -> OperatorTask:
    return OperatorTask(**{**row, "what": Task(row["what"])})
