"""A real database in a file, with one community."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.domain.example import NOON
from tests.postgres import new_database
from vendor_app.store.communities import keep_community
from vendor_app.store.engine.database import Database, open_database

ALDER: dict[str, Any] = {
    "community_id": "alder",
    "community_name": "Alder Court",
    "address": {"street": "1 Alder Way"},
    "geolocation": [47.6, -122.3],
    "company_name": "Alder Homes",
    "in_person_tours_enabled": True,
    "live_video_tours_enabled": False,
}


def migrated(url: str) -> Database:
    """A new database."""
    made = open_database(url)
    made.migrate()
    with made.transaction() as tx:
        keep_community(tx, ALDER, NOON)
        keep_community(tx, ALDER | {"community_id": "maple"}, NOON)
    return made


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """The test's own database, on each engine."""
    made = migrated(database_url)
    yield made
    made.close()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared_db(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database of each engine for the many examples of a property."""
    if request.param == "sqlite":
        yield migrated(f"sqlite:///{tmp_path_factory.mktemp('store')}/vendor.db")
        return
    with new_database(request.getfixturevalue("postgres")) as url:
        made = migrated(url)
        yield made
        made.close()


@pytest.fixture
def open_again(database_url: str) -> Iterator[Callable[[], Database]]:
    """Opens the test's database as another process would."""
    opened: list[Database] = []

    def again() -> Database:
        opened.append(open_database(database_url))
        return opened[-1]

    yield again
    for one in opened:
        one.close()
