"""Who visits."""

from collections.abc import Iterator

import pytest

from tests.web.visitor import Visitor
from tests.world import World


@pytest.fixture
def visitor(the_world: World) -> Iterator[Visitor]:
    """Somebody at a browser, in the world."""
    with Visitor(the_world) as made:
        yield made
