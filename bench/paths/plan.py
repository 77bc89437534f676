"""What one request of a path does: listened to in this process, for the floor to do the same."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from flask import Flask

from bench.stage.asks import Ask, put
from vendor_app.web.current import collaborators

_WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Plan:
    """The statements outside transactions, those of each transaction, the answer's size, and what is asked of the partner."""

    reads: list[str] = field(default_factory=list)
    transactions: list[list[str]] = field(default_factory=list)
    status: int = 200
    content_type: str = "application/json"
    size: int = 0
    partner_url: str = ""

    def save(self, path: Path) -> None:
        """Write it for the floor's process."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> "Plan":
        """Read it there."""
        return cls(**json.loads(path.read_text()))


def listen(app: Flask, ask: Ask, partner_url: str) -> Plan:
    """Have the application answer, and note what it says to SQLite meanwhile."""
    said: list[str] = []
    with app.app_context(), collaborators().db.read() as db:
        driver = db.connection.engine.conn  # type: ignore[attr-defined]
        driver.set_trace_callback(said.append)
        answer = put(app.test_client(), ask)
        driver.set_trace_callback(None)
    reads, transactions = _sorted(said)
    size = len(answer.get_data())
    return Plan(reads, transactions, answer.status_code, answer.headers["Content-Type"], size, partner_url)


def is_write(statement: str) -> bool:
    """Whether it changes something."""
    return statement.lstrip().upper().startswith(_WRITES)


def _sorted(said: list[str]) -> tuple[list[str], list[list[str]]]:
    reads: list[str] = []
    transactions: list[list[str]] = []
    inside = False
    for statement in said:
        if statement.startswith("--"):  # what a trigger does
            continue
        if statement.startswith("BEGIN"):
            inside = True
            transactions.append([])
        elif statement.startswith(("COMMIT", "ROLLBACK")):
            inside = False
        else:
            (transactions[-1] if inside else reads).append(statement)
    return reads, transactions
