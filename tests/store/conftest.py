"""A real database in a file, with one community."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.domain.example import NOON
from tests.postgres import new_database
from vendor_app.store.store import Store, open_store

ALDER: dict[str, Any] = {
    "community_id": "alder",
    "community_name": "Alder Court",
    "address": {"street": "1 Alder Way"},
    "geolocation": [47.6, -122.3],
    "company_name": "Alder Homes",
    "in_person_tours_enabled": True,
    "live_video_tours_enabled": False,
}


def migrated(url: str) -> Store:
    """A new database."""
    made = open_store(url)
    made.migrate()
    with made.transaction() as tx:
        tx.communities.keep(ALDER, NOON)
        tx.communities.keep(ALDER | {"community_id": "maple"}, NOON)
    return made


@pytest.fixture
def db(database_url: str) -> Iterator[Store]:
    """The test's own database, on each engine."""
    made = migrated(database_url)
    yield made
    made.close()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared_db(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database of each engine for the many examples of a property."""
    if request.param == "sqlite":
        yield migrated(f"sqlite:///{tmp_path_factory.mktemp('store')}/vendor.db")
        return
    with new_database(request.getfixturevalue("postgres")) as url:
        made = migrated(url)
        yield made
        made.close()


@pytest.fixture
def open_again(database_url: str) -> Iterator[Callable[[], Store]]:
    """Opens the test's database as another process would."""
    opened: list[Store] = []

    def again() -> Store:
        opened.append(open_store(database_url))
        return opened[-1]

    yield again
    for one in opened:
        one.close()
