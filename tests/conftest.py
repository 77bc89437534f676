"""The fixtures every test may ask for."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.launch.house import House, house_in
from tests.postgres import empty, migrate, new_database, postgres_server
from tests.wiring import describe_when_asked, remember_routes, remember_templates, remember_versions
from tests.world import World, world
from vendor_app.usecases.communities import community_directory, offered_times

# A busy machine must not make a property fail.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


_IN_MEMORY, _ROOM = Path("/dev/shm"), 2 * 1024**3


def pytest_configure() -> None:
    """Keep the tests' databases in memory where there is room: on a disk they wait for it more than they work."""
    if "TMPDIR" not in os.environ and os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free > _ROOM:
        os.environ["TMPDIR"] = str(_IN_MEMORY)
        tempfile.tempdir = None  # whoever asked before asks again
    # What the tests start need not be compiled anew each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that nobody waits for it alone in the end."""
    items.sort(key=lambda one: one.path.name not in ("test_schemathesis.py", "test_invariants.py"))


@pytest.fixture(autouse=True)
def patient_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor may it make a visitor give up. Tests of giving up have a fixture of this name that leaves everything as it is."""
    monkeypatch.setattr(community_directory, "_WAIT_SECONDS", 20.0)
    monkeypatch.setattr(offered_times, "_WAIT_SECONDS", 20.0)


@pytest.fixture(autouse=True, scope="module")
def quick_wiring() -> Iterator[None]:
    """Applications are made quickly. Tests of their description have a fixture of this name that leaves them as they are."""
    with pytest.MonkeyPatch.context() as patched:
        remember_routes(patched)
        remember_versions(patched)
        remember_templates(patched)
        describe_when_asked(patched)
        yield


@pytest.fixture(scope="session")
def sqlite_with_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied by all tests that do not mind its schema being there already."""
    made = tmp_path_factory.mktemp("schema") / "vendor.db"
    migrate(f"sqlite:///{made}")
    return made


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_database(postgres: str) -> Iterator[str]:
    """One database for all tests that do not mind its schema being there already; emptied after each."""
    with new_database(postgres) as url:
        migrate(url)
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each engine with nothing in it."""
    yield from empty_database(request, tmp_path)


def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """One of the engine that the fixture is asked for."""
    if request.param == "sqlite":
        copied = shutil.copy(request.getfixturevalue("sqlite_with_schema"), tmp_path)
        yield f"sqlite:///{copied}"
        return
    url = request.getfixturevalue("postgres_database")
    yield url
    empty(url)


@pytest.fixture(params=["sqlite", "postgres"])
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each engine that was never migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'vendor.db'}"
        return
    with new_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
def the_world(database_url: str) -> Iterator[World]:
    """The product and its sandbox partners with the default settings on each engine."""
    with world(database_url) as made:
        yield made


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty folder in which the product's commands run."""
    folder = tmp_path / "house"
    folder.mkdir()
    with house_in(folder) as made:
        yield made
