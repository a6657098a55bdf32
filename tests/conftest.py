"""Fixtures that more than one folder of tests uses."""

from collections.abc import Iterator

import pytest

from devhost.azurite import Azurite, missing_installation


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """A real Azurite in memory, one for the whole run: tests choose names that do not collide."""
    if reason := missing_installation():
        pytest.skip(reason)
    with Azurite(in_memory=True) as emulator:
        yield emulator
