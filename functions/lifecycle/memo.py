"""Values that are dear to make: made once for all who ask at about the same time."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")

_PARALLEL = 8
"""Values that are made at the same time."""


@dataclass(frozen=True, slots=True)
class _Making(Generic[Value]):
    revision: int
    begun: float
    value: Future[Value]


class Memo(Generic[Value]):
    """The newest value of each key, while it is being made or not older than `max_age` seconds.

    The age counts from when its making began, since that is what it may have missed something after. One that takes
    longer to make than it may be old is still handed to all who ask meanwhile: a second making would only slow it.
    """

    def __init__(self, max_age: float) -> None:
        self._max_age = max_age
        self._lock = threading.Lock()
        self._makings: dict[str, _Making[Value]] = {}
        # In threads of its own, since a future then hands whatever is raised to all who wait.
        self._makers = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="memo")

    def get(self, key: str, revision: int, make: Callable[[], Value]) -> Value:
        """The value of a key as it was at `revision` or later; by `make`, where nobody makes it or has made it.

        What `make` raises comes out for all who wait; who comes later tries again.
        """
        with self._lock:
            now = time.monotonic()
            # Others are forgotten here, so that what is kept is never more than was asked for of late.
            self._makings = {each: making for each, making in self._makings.items() if self._is_good(making, now)}
            making = self._makings.get(key)
            if making is None or making.revision < revision:
                making = self._makings[key] = _Making(revision, now, self._makers.submit(make))
        return making.value.result()

    def _is_good(self, making: _Making[Value], now: float) -> bool:
        if not making.value.done():
            return True
        return making.value.exception() is None and now - making.begun < self._max_age
