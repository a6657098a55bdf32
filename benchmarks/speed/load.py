"""Clients that ask again as soon as they have their answer, all in one process that costs as little as it can.

`python -m benchmarks.speed.load` reads an order as JSON from its input and writes an `Outcome`. Requests are written as
bytes beforehand and answers are not parsed beyond their length: the clients share the cores with what they measure.
"""

import dataclasses
import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from benchmarks.speed.processes import environment

_LENGTH = b"content-length:"
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send where; bodies are taken in turn."""

    url: str
    headers: dict[str, str]
    bodies: list[str]

    def run(self, *, clients: int, seconds: float) -> "Outcome":
        """So many clients for so long, in a process of their own."""
        command = [sys.executable, "-m", "benchmarks.speed.load"]
        process = subprocess.run(
            command,
            input=json.dumps({"plan": dataclasses.asdict(self), "clients": clients, "seconds": seconds}),
            env=environment(1),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return Outcome(**json.loads(process.stdout))

    def requests(self) -> list[bytes]:
        """The bytes of every request."""
        parts = urlsplit(self.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc, "Content-Type": "application/json", **self.headers}
        head = f"POST {target or '/'} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        bodies = [body.encode() for body in self.bodies]
        return [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back."""

    answered: int
    """With 200."""
    refused: int
    """With any other status."""
    elapsed: float
    seconds: list[float]
    """Of every answer with 200."""
    cpu_seconds: float
    """Of the clients."""

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.answered / self.elapsed


@dataclass(slots=True)
class _Client:
    connection: socket.socket
    begun: float = 0.0
    received: bytearray = field(default_factory=bytearray)


def run(plan: Plan, clients: int, seconds: float) -> Outcome:
    """Sends until the time is up, then waits for what is still due."""
    requests = plan.requests()
    parts = urlsplit(plan.url)
    assert parts.hostname is not None
    sent = refused = 0
    busy = time.process_time()
    took: list[float] = []
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            connection = socket.create_connection((parts.hostname, parts.port or 80))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ, _Client(connection))
        begun = time.perf_counter()
        for key in list(selector.get_map().values()):
            _send(key.data, requests[sent % len(requests)])
            sent += 1
        while selector.get_map():
            for key, _ in selector.select():
                client: _Client = key.data
                status = _receive(client)
                if status is None:
                    continue
                now = time.perf_counter()
                if status == 200:
                    took.append(now - client.begun)
                else:
                    refused += 1
                if now - begun < seconds:
                    _send(client, requests[sent % len(requests)])
                    sent += 1
                else:
                    selector.unregister(client.connection)
                    client.connection.close()
    return Outcome(len(took), refused, time.perf_counter() - begun, took, time.process_time() - busy)


def _send(client: _Client, request: bytes) -> None:
    client.received.clear()
    client.begun = time.perf_counter()
    client.connection.sendall(request)


def _receive(client: _Client) -> int | None:
    """The status when the whole answer is there; None before.

    Raises:
        ConnectionError: the server hung up.
    """
    chunk = client.connection.recv(_CHUNK)
    if not chunk:
        raise ConnectionError("The server closed the connection before its answer ended.")
    client.received += chunk
    end = client.received.find(b"\r\n\r\n")
    if end < 0:
        return None
    length = _content_length(client.received[:end].lower().split(b"\r\n"))
    if len(client.received) < end + 4 + length:
        return None
    return int(client.received[9:12])


def _content_length(lines: Sequence[bytearray]) -> int:
    for line in lines:
        if line.startswith(_LENGTH):
            return int(line.removeprefix(_LENGTH))
    raise ConnectionError("The answer does not say how long it is.")


def main() -> None:
    """Reads the order, carries it out, writes the outcome."""
    order = json.load(sys.stdin)
    outcome = run(Plan(**order.pop("plan")), **order)
    print(json.dumps(dataclasses.asdict(outcome)))


if __name__ == "__main__":
    main()
