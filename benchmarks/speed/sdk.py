"""Microsoft's unmodified Python client, alone or several at once."""

import threading
import time
from collections.abc import Mapping, Sequence

from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential

from benchmarks.speed.results import percentiles
from benchmarks.speed.served import DEPLOYMENT, PROJECT, LocalStack


class SdkCaller:
    """A job for each text, two round trips.

    Args:
        local: is asked.
        texts: by length.
    """

    def __init__(self, local: LocalStack, texts: Mapping[str, Sequence[str]]) -> None:
        self._local = local
        self._texts = texts
        self._client = self._new_client()

    def call(self, text: str) -> float:
        """Seconds from the call to its entities."""
        return _seconds(self._client, text)

    def burst(self, length: str, clients: int, seconds: float) -> dict[str, float]:
        """As `Asked.burst`, with so many threads of this process: the SDK's own work shares one interpreter."""
        texts = self._texts[length]
        took: list[list[float]] = [[] for _ in range(clients)]
        process, begun, busy = self._local.predicting, time.perf_counter(), time.process_time()
        server_busy = process.cpu_seconds

        def ask(number: int) -> None:
            client, mine = self._new_client(), took[number]
            while not mine or time.perf_counter() < begun + seconds:
                mine.append(_seconds(client, texts[(number + len(mine)) % len(texts)]))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answered = [one for mine in took for one in mine]
        return {
            "per_second": len(answered) / (time.perf_counter() - begun),
            "server_cpu_ms": 1000 * (process.cpu_seconds - server_busy) / len(answered),
            "client_cpu_ms": 1000 * (time.process_time() - busy) / len(answered),
            "refused": 0,
            **percentiles(answered),
        }

    def _new_client(self) -> TextAnalyticsClient:
        return TextAnalyticsClient(self._local.url, AzureKeyCredential(self._local.key))


def _seconds(client: TextAnalyticsClient, text: str) -> float:
    begun = time.perf_counter()
    poller = client.begin_recognize_custom_entities([text], project_name=PROJECT, deployment_name=DEPLOYMENT)
    (result,) = poller.result()
    took = time.perf_counter() - begun
    assert not result.is_error, result
    return took
