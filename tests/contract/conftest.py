"""The worker's environment, prepared once a run: a failure to make it is not repeated by every test."""

from pathlib import Path

import pytest

from tests.contract.worker_environment import prepare


@pytest.fixture(scope="session")
def worker_python() -> Path:
    """An interpreter with Microsoft's worker library and the api's requirements, or a skip that says what is missing."""
    return prepare()
