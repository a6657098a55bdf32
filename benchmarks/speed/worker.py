"""One system in a process of its own: `python -m benchmarks.speed.worker SYSTEM FOLDER THREADS`.

Loads, finds the entities of one text, and says so; then answers requests, one JSON line each, until its input ends.
"""

import gc
import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks.peers.taggers import Tagger, load
from benchmarks.speed.weights import Weights

FIRST_TEXT = "Tesla slid 3% while bitcoin held and USD/JPY climbed."


def main() -> None:
    """Loads the system and serves the parent."""
    system, folder, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    tagger = load(system, Weights(folder), threads)
    _answer({"first": tagger.tag([FIRST_TEXT])[0], "rss": psutil.Process().memory_info().rss})
    for line in sys.stdin:
        request = json.loads(line)
        _answer(_OPERATIONS[request.pop("operation")](tagger, **request))


def _time(tagger: Tagger, *, texts: Sequence[str]) -> list[float]:
    """Seconds of each text, one at a time."""
    gc.collect()
    seconds = []
    for text in texts:
        begun = time.perf_counter()
        tagger.tag([text])
        seconds.append(time.perf_counter() - begun)
    return seconds


def _bulk(tagger: Tagger, *, texts: Sequence[str]) -> float:
    """Seconds for all texts in one call, the quickest way that the system has."""
    gc.collect()
    seconds = []
    for tag in tagger.bulk:
        begun = time.perf_counter()
        tag(texts)
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def _threads(tagger: Tagger, *, texts: Sequence[str], clients: int, seconds: float) -> dict[str, float]:
    """Texts a second when so many threads call at once, each as soon as it has its answer; processor time of a text."""
    gc.collect()
    done = [0] * clients
    begun, busy = time.perf_counter(), time.process_time()

    def call(client: int) -> None:
        while time.perf_counter() < begun + seconds:
            tagger.tag([texts[(client + done[client]) % len(texts)]])
            done[client] += 1

    threads = [threading.Thread(target=call, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "per_second": sum(done) / (time.perf_counter() - begun),
        "server_cpu_ms": 1000 * (time.process_time() - busy) / sum(done),
    }


def _entities(tagger: Tagger, *, texts: Sequence[str]) -> list[list[Any]]:
    return [list(tagger.tag([text])[0]) for text in texts]


def _stages(tagger: Tagger, *, texts: Sequence[str]) -> dict[str, float]:
    """Seconds by stage, of all texts one at a time."""
    assert tagger.stages is not None
    total: dict[str, float] = {}
    for text in texts:
        for stage, seconds in tagger.stages([text]).items():
            total[stage] = total.get(stage, 0.0) + seconds
    return total


def _memory(_tagger: Tagger) -> int:
    """Resident bytes now."""
    return int(psutil.Process().memory_info().rss)


_OPERATIONS: dict[str, Any] = {
    "time": _time,
    "bulk": _bulk,
    "threads": _threads,
    "entities": _entities,
    "stages": _stages,
    "memory": _memory,
}


def _answer(value: object) -> None:
    sys.stdout.write("ANSWER " + json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
