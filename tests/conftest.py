"""Fixtures that more than one folder of tests uses, and how the tests are shared out between two processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from devhost.azurite import Azurite, missing_installation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

# Tests check what comes out, not how long it takes: a machine may be busy with anything.
settings.register_profile("nerine", deadline=None)
settings.load_profile("nerine")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Share out `make test`'s work so that no costly set-up is done twice.

    A process runs a file from end to end, and the same process runs all of `e2e`, which shares a trained model. Only
    what starts in seconds is started by each: the storage emulator, the studio's stack.
    """
    # Not every environment that runs some of these tests has pytest-xdist.
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # the library is not typed
        def _split_scope(self, nodeid: str) -> str:
            return "tests/e2e" if nodeid.startswith("tests/e2e/") else nodeid.partition("::")[0]

    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the whole stack's tests, which take minutes each, so that no process ends long before the other."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("stack") is None)


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """A real Azurite in memory, one for each process of a run: tests choose names that do not collide."""
    if reason := missing_installation():
        pytest.skip(reason)
    with Azurite(in_memory=True) as emulator:
        yield emulator
