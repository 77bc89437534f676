"""The fixtures every test may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.world import World, world

# A busy machine must not make a property fail.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture
def the_world(tmp_path: Path) -> Iterator[World]:
    """The product and its sandbox partners with the default settings and a one second timeout."""
    with world(tmp_path) as made:
        yield made
