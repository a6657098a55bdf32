"""How often this process has written on the rows of each project: what was read before a write is old after it."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Revisions:
    """A number for each project that only grows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def of(self, project: str) -> int:
        """The number of writes that have ended."""
        return self._counts[project]

    @contextmanager
    def write(self, project: str) -> Iterator[None]:
        """One more when the write has ended, however it did: one that failed may have arrived."""
        try:
            yield
        finally:
            with self._lock:
                self._counts[project] += 1
