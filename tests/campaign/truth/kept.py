"""What is kept of a campaign that went wrong, in lines of JSON: the product's database, and what the partners hold."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.campaign.ledger import Ledger
from tests.campaign.truth.theirs import Theirs
from vendor_app.store.store import open_store


def keep_database(url: str, path: Path) -> None:
    """Every row of every table."""
    database = open_store(url)
    with database.read() as db:
        rows = [(name, row) for name in sorted(db.connection.tables()) for row in db.connection.query(f"SELECT * FROM {name}")]
    database.close()
    _write(path, rows)


def keep_partners(theirs: Theirs, ledger: Ledger, path: Path) -> None:
    """Everything a look at them tells, and what they and everybody else did by themselves."""
    told: dict[str, Iterable[Any]] = {
        "appointment": theirs.appointments.values(),
        "prospect": theirs.prospects.values(),
        "visit": theirs.visits,
        "held": theirs.held,
        "opened": theirs.opened,
        "job": theirs.jobs.values(),
        "meddling": ledger.meddling,
        "act": ledger.acts,
        "booked": ledger.booked.values(),
    }
    _write(path, [(name, asdict(one)) for name, found in told.items() for one in found])


def _write(path: Path, rows: Iterable[tuple[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for name, row in rows:
            file.write(json.dumps({name: row}, default=str) + "\n")
