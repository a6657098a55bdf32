"""How many predictions one process runs and lets wait: who comes when it is full is told at once when to come back."""

import asyncio
import contextvars
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from functions import telemetry
from functions.errors import BusyError

Answer = TypeVar("Answer")

_PATIENCE_SECONDS = 10.0
"""Nobody waits longer for a thread, however long the texts in front are: a client's own time-out gives no reason."""

_BUSY_SECONDS = 0.1
"""With sixteen clients an instance answered 8 % fewer requests where only those that were here at once counted."""


class Admission:
    """A number of threads for predictions, and a bounded queue before them.

    Args:
        running: predictions at once; more of them than cores only helps while some wait for storage.
        waiting: requests that may wait for their turn.
        patience: seconds that one may.
    """

    def __init__(self, *, running: int, waiting: int, patience: float = _PATIENCE_SECONDS) -> None:
        self._threads = ThreadPoolExecutor(running, thread_name_prefix="prediction")
        self._lock = threading.Lock()
        self._limit = running + waiting
        self._inside = 0
        self._met = -math.inf
        """When two were here for the last time, by the monotonic clock."""
        self._patience = patience

    @property
    def is_busy(self) -> bool:
        """Whether requests have met here of late, so that none should take more than its share of the cores.

        Of late, since under load the next one is often still being read while one alone is computed.
        """
        return time.monotonic() - self._met < _BUSY_SECONDS

    async def run(self, work: Callable[[], Answer]) -> Answer:
        """What `work` gives, from a thread of its own, when its turn has come.

        Raises:
            BusyError: too many wait already, or it waited too long; the work was not begun.
        """
        self._enter()
        try:
            submitted = self._threads.submit(contextvars.copy_context().run, work)
        except RuntimeError:  # the process is ending
            self._leave()
            raise
        # Not `finally`: where the caller is gone, the work still has its place until it is done.
        submitted.add_done_callback(lambda _: self._leave())
        answer = asyncio.wrap_future(submitted)
        done, _ = await asyncio.wait({answer}, timeout=self._patience)
        if not done and submitted.cancel():
            raise self._refusal()
        return await answer

    def _enter(self) -> None:
        with self._lock:
            if self._inside == self._limit:
                raise self._refusal()
            self._inside += 1
            if self._inside > 1:
                self._met = time.monotonic()

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1

    @staticmethod
    def _refusal() -> BusyError:
        telemetry.request_refused()
        return BusyError("Too many predictions wait here already. Nothing was done; send the request again.")
