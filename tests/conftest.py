"""Fixtures that more than one folder of tests uses."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from devhost.azurite import Azurite, missing_installation

# Tests check what comes out, not how long it takes: a machine may be busy with anything.
settings.register_profile("nerine", deadline=None)
settings.load_profile("nerine")


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """A real Azurite in memory, one for the whole run: tests choose names that do not collide."""
    if reason := missing_installation():
        pytest.skip(reason)
    with Azurite(in_memory=True) as emulator:
        yield emulator
