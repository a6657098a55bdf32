"""Azurite, the storage emulator, as a context manager."""

import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from devhost.errors import StackError
from devhost.processes import ChildProcess

_REPOSITORY = Path(__file__).parents[1]
_AZURITE = "node_modules/.bin/azurite"
_START_TIMEOUT = 30.0
"""Seconds; Azurite needs about one."""
_STOP_GRACE = 10.0
"""Seconds; it writes its databases on SIGTERM."""
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at http://[^:]+:(\d+)")
_ACCOUNT = "devstoreaccount1"
_ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Published by Microsoft for the emulator, the same everywhere: not a secret."""


@dataclass(frozen=True, slots=True)
class AzuritePorts:
    """The ports of the three services; 0 lets the system choose a free one."""

    blob: int = 0
    queue: int = 0
    table: int = 0

    @property
    def connection_string(self) -> str:
        """The full connection string of the emulator's account at these ports."""
        services = (("Blob", self.blob), ("Queue", self.queue), ("Table", self.table))
        endpoints = "".join(f"{name}Endpoint=http://127.0.0.1:{port}/{_ACCOUNT};" for name, port in services)
        return f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_ACCOUNT_KEY};{endpoints}"


DEVELOPMENT_STORAGE = AzuritePorts(blob=10000, queue=10001, table=10002).connection_string
"""What `UseDevelopmentStorage=true` stands for."""


def missing_installation() -> str | None:
    """Say what Azurite lacks to run here and the remedy; None when nothing."""
    if shutil.which("node") is None:
        return "Node.js is not installed (no `node` on the PATH); Azurite needs it."
    if not (_REPOSITORY / _AZURITE).exists():
        return "Azurite is not installed: run `make setup`."
    return None


class Azurite:
    """A running Azurite: entered means it answers, left means it is gone."""

    def __init__(
        self,
        *,
        location: Path | None = None,
        in_memory: bool = False,
        ports: AzuritePorts | None = None,
        on_line: Callable[[str], None] = lambda _: None,
    ) -> None:
        if (location is None) != in_memory:
            raise ValueError("give either a location or in_memory=True")
        self._location = location
        self._wanted = ports or AzuritePorts()
        self._on_line = on_line
        self._found: dict[str, int] = {}
        self._output: list[str] = []
        self._changed = threading.Condition()
        self.process: ChildProcess | None = None

    @property
    def connection_string(self) -> str:
        """For the storage clients and for `AzureWebJobsStorage`."""
        return self.ports.connection_string

    @property
    def ports(self) -> AzuritePorts:
        """The ports that are really used."""
        return AzuritePorts(blob=self._found["Blob"], queue=self._found["Queue"], table=self._found["Table"])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait until the three services listen.

        Raises:
            StackError: It is not installed, a port is taken, or it did not come up.
        """
        command = self._command()
        self.process = ChildProcess(command, on_line=self._read)
        threading.Thread(target=self._announce_end, args=(self.process,), daemon=True).start()
        with self._changed:
            self._changed.wait_for(self._is_settled, timeout=_START_TIMEOUT)
            is_ready = len(self._found) == 3
        if not is_ready:
            self.stop()
            raise StackError(self._reason())

    def stop(self) -> None:
        """Stop the process; it saves its data first."""
        if self.process is not None:
            self.process.stop(_STOP_GRACE)
            self.process = None

    def _command(self) -> list[str]:
        if reason := missing_installation():
            raise StackError(reason)
        if self._location is None:
            storage = ["--inMemoryPersistence"]
        else:
            self._location.mkdir(parents=True, exist_ok=True)
            storage = ["--location", str(self._location)]
        return [
            "node",
            str(_REPOSITORY / _AZURITE),
            *storage,
            "--silent",
            "--disableTelemetry",
            # The installed Azurite refuses the newer API version that the Python clients send.
            "--skipApiVersionCheck",
            f"--blobPort={self._wanted.blob}",
            f"--queuePort={self._wanted.queue}",
            f"--tablePort={self._wanted.table}",
        ]

    def _read(self, line: str) -> None:
        with self._changed:
            self._output.append(line)
            if match := _LISTENING.search(line):
                self._found[match[1]] = int(match[2])
            self._changed.notify_all()
        self._on_line(line)

    def _announce_end(self, process: ChildProcess) -> None:
        process.wait()
        with self._changed:
            self._changed.notify_all()

    def _is_settled(self) -> bool:
        return len(self._found) == 3 or self.process is None or self.process.exit_code is not None

    def _reason(self) -> str:
        output = "\n".join(self._output[-5:])
        taken = re.search(r"EADDRINUSE\D*[\d.]+:(\d+)", output)
        if taken:
            return (
                f"Port {taken[1]} is taken, perhaps by another Azurite. Stop that program, or choose other ports with "
                "AZURITE_BLOB_PORT, AZURITE_QUEUE_PORT and AZURITE_TABLE_PORT."
            )
        return f"Azurite did not start within {_START_TIMEOUT:g} s. It said:\n{output}"
