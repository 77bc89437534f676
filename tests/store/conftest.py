"""A real database in a file, with one community."""

from pathlib import Path
from typing import Any

import pytest

from tests.domain.example import NOON
from vendor_app.store.communities import keep_community
from vendor_app.store.database import Database

ALDER: dict[str, Any] = {
    "community_id": "alder",
    "community_name": "Alder Court",
    "address": {"street": "1 Alder Way"},
    "geolocation": [47.6, -122.3],
    "company_name": "Alder Homes",
    "in_person_tours_enabled": True,
    "live_video_tours_enabled": False,
}


def migrated(directory: Path) -> Database:
    """A new database."""
    made = Database(f"sqlite:///{directory / 'vendor.db'}")
    made.migrate()
    with made.transaction() as tx:
        keep_community(tx, ALDER, NOON)
        keep_community(tx, ALDER | {"community_id": "maple"}, NOON)
    return made


@pytest.fixture
def db(tmp_path: Path) -> Database:
    """The test's own database."""
    return migrated(tmp_path)


@pytest.fixture(scope="module")
def shared_db(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """One database for the many examples of a property."""
    return migrated(tmp_path_factory.mktemp("store"))
