"""How many predictions one process runs and lets wait: who comes when it is full is told at once when to come back."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from functions import telemetry
from functions.errors import BusyError

Answer = TypeVar("Answer")

_PATIENCE_SECONDS = 10.0
"""Nobody waits longer for a thread, however long the texts in front are: a client's own time-out gives no reason."""


class Admission:
    """A number of threads for predictions, and a bounded queue before them.

    Args:
        running: predictions at once; more of them than cores only helps while some wait for storage.
        waiting: requests that may wait for their turn.
        patience: seconds that one may.
    """

    def __init__(self, *, running: int, waiting: int, patience: float = _PATIENCE_SECONDS) -> None:
        self._threads = ThreadPoolExecutor(running, thread_name_prefix="prediction")
        self._places = threading.BoundedSemaphore(running + waiting)
        self._patience = patience

    async def run(self, work: Callable[[], Answer]) -> Answer:
        """What `work` gives, from a thread of its own, when its turn has come.

        Raises:
            BusyError: too many wait already, or it waited too long; the work was not begun.
        """
        if not self._places.acquire(blocking=False):
            raise self._refusal()
        try:
            submitted = self._threads.submit(contextvars.copy_context().run, work)
        except RuntimeError:  # the process is ending
            self._places.release()
            raise
        # Not `finally`: where the caller is gone, the work still has its place until it is done.
        submitted.add_done_callback(lambda _: self._places.release())
        answer = asyncio.wrap_future(submitted)
        done, _ = await asyncio.wait({answer}, timeout=self._patience)
        if not done and submitted.cancel():
            raise self._refusal()
        return await answer

    @staticmethod
    def _refusal() -> BusyError:
        telemetry.request_refused()
        return BusyError("Too many predictions wait here already. Nothing was done; send the request again.")
