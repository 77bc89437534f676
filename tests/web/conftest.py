"""Who visits, and a world for those after whom everything is as before."""

from collections.abc import Iterator

import pytest

from tests.web.visitor import Visitor
from tests.world import World, world


@pytest.fixture
def visitor(the_world: World) -> Iterator[Visitor]:
    """Somebody at a browser, in the world."""
    with Visitor(the_world) as made:
        yield made


@pytest.fixture(scope="module")
def quiet_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for the tests of a module that are refused and change nothing: making it costs more than they do."""
    with world(f"sqlite:///{tmp_path_factory.mktemp('quiet')}/vendor.db") as made:
        yield made


@pytest.fixture
def quiet_visitor(quiet_world: World) -> Iterator[Visitor]:
    """Somebody at a browser who will be refused."""
    with Visitor(quiet_world) as made:
        yield made
