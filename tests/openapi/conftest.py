"""A world whose description is read."""

from collections.abc import Iterator

import pytest

from tests.openapi.description import Description
from tests.world import world


@pytest.fixture(scope="module")
def quick_wiring() -> None:
    """The description is what is tested here."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Description]:
    """The description that a running application serves; its tests change nothing there."""
    with world(f"sqlite:///{tmp_path_factory.mktemp('told')}/vendor.db") as made:
        yield Description(made)
