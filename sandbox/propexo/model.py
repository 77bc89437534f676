"""What Propexo keeps: one job for each order it took."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """`write_status` of a job."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    PARTIAL_SUCCESS = "PARTIAL_SUCCESS"
    FAILURE = "FAILURE"


@dataclass
class Job:
    """An order and what became of it. `body` is kept as it came; `polls` is how often somebody asked."""

    job_id: str
    body: dict[str, Any]
    created_at: datetime
    state: State = State.PENDING
    errors: list[str] = field(default_factory=list)
    record_id: str | None = None
    polls: int = 0

    def __post_init__(self) -> None:
        self.state = State(self.state)
