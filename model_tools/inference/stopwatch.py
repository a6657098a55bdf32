"""Where the time of a prediction goes."""

import time


class Stopwatch:
    """Adds up wall-clock seconds by stage, as its owner passes from one to the next; for one thread."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.windows = 0
        """That the model ran on: what its time grows with."""
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Counts the time since the last lap, or since the beginning, to `stage`."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now
