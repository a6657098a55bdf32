"""The whole local system as one object: Azurite and a host for each role, started, watched and always cleaned up."""

import os
import secrets
import threading
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Self

from devhost.azurite import Azurite, AzuritePorts
from devhost.supervised import SupervisedHost

_REPOSITORY = Path(__file__).parents[1]
KEY_SETTING = "NERINE_API_KEY"

_ROLE_SETTINGS: Mapping[str, Mapping[str, str]] = {
    # glibc gives many threads many heaps, and each keeps what its largest text has taken.
    "api": {"MALLOC_ARENA_MAX": "2"},
    # One training at a time, for as long as it takes; the same app settings as in Azure.
    "trainer": {
        "AzureFunctionsJobHost__functionTimeout": "-1",
        "AzureFunctionsJobHost__extensions__queues__batchSize": "1",
        "AzureFunctionsJobHost__extensions__queues__newBatchThreshold": "0",
    },
}

OnLine = Callable[[str, str], None]
"""Gets the name of a process and a line that it wrote."""


class Stack:
    """A running Nerine: entered means every host answers, left means that every process is gone.

    A host that ends by itself is started again. One that `kill` ended stays down until `restart`, so that a test can
    look at what its loss leaves behind.
    """

    def __init__(
        self,
        *,
        data: Path,
        port: int = 0,
        roles: Sequence[str] = ("api", "trainer"),
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
        azurite_ports: AzuritePorts | None = None,
        script_root: Path = _REPOSITORY,
        on_line: OnLine | None = None,
    ) -> None:
        """Describe a stack; nothing starts yet.

        Args:
            data: The folder of Azurite's data, the key and the hosts' caches; kept afterwards.
            port: Where the first role listens; 0 lets the system choose. The others always have a free one.
            roles: A host for each, with the app setting `NER_ROLE`.
            log: A file that every line of every process is appended to.
            environment: Settings for the hosts, over this process's environment.
            azurite_ports: Fixed ports for Azurite.
            script_root: The function app.
            on_line: Gets every line of every process, on a thread of its own.
        """
        self._data = data.resolve()
        self._roles = tuple(roles)
        self._port = port
        self._log = log
        self._given = dict(environment or {})
        self._script_root = script_root.resolve()
        self._on_line = on_line
        self._write_lock = threading.Lock()
        self._hosts: dict[str, SupervisedHost] = {}
        self._cleanup = ExitStack()
        self._azurite = Azurite(
            location=self._data / "azurite", ports=azurite_ports, on_line=lambda line: self._line("azurite", line)
        )
        self.key = ""

    def __enter__(self) -> Self:
        """Start everything and wait until it is ready.

        Raises:
            StackError: Something is not installed, a port is taken, or a host does not start.
        """
        with ExitStack() as cleanup:
            self._data.mkdir(parents=True, exist_ok=True)
            self.key = self._read_key()
            cleanup.enter_context(self._azurite)
            for role in self._roles:
                self._hosts[role] = SupervisedHost(
                    role,
                    environment=self._environment(role),
                    port=self._port if role == self._roles[0] else 0,
                    script_root=self._script_root,
                    on_line=self._line,
                )
                cleanup.callback(self._hosts[role].stop)
                self._hosts[role].start()
            for host in self._hosts.values():
                host.wait_until_ready()
            self._make_storage()
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    @property
    def data(self) -> Path:
        """The folder of everything that is kept."""
        return self._data

    @property
    def url(self) -> str:
        """Where the first role answers, without a slash at the end."""
        return self._hosts[self._roles[0]].url

    @property
    def connection_string(self) -> str:
        """Of the storage account that all hosts share."""
        return self._azurite.connection_string

    @property
    def processes(self) -> Mapping[str, SupervisedHost]:
        """The hosts by role, each with its `pid`, `url` and `is_running`."""
        return MappingProxyType(self._hosts)

    def kill(self, role: str) -> None:
        """End a host and all its children at once, as if its instance were lost; it stays down until `restart`."""
        self._hosts[role].kill()

    def restart(self, role: str) -> None:
        """Stop a host if it runs, start it, and wait until it is ready.

        Raises:
            StackError: It does not start.
        """
        host = self._hosts[role]
        host.stop()
        host.start()
        host.wait_until_ready()

    def _make_storage(self) -> None:
        """The app makes its containers and queues at its first request; people want to upload before that."""
        if "api" in self._hosts and self._script_root == _REPOSITORY:
            with urllib.request.urlopen(f"{self._hosts['api'].url}/health", timeout=30):  # noqa: S310 - our own address
                pass

    def _environment(self, role: str) -> dict[str, str]:
        return {
            **os.environ,
            **_ROLE_SETTINGS.get(role, {}),
            "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
            "AzureWebJobsStorage": self.connection_string,
            "NerStorage": self.connection_string,
            # Two function apps have two host ids, also where they share a folder.
            "AzureFunctionsWebHost__hostid": f"nerine-{role}",
            "NER_DATA_DIR": str(self._data / "cache"),
            "NER_AUTHOR_KEYS": self.key,
            "NER_QUERY_KEYS": self.key,
            **self._given,
            "NER_ROLE": role,
            "PYTHONUNBUFFERED": "1",
            # The hosts import devhost and model_tools from the repository wherever they start.
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_REPOSITORY), os.environ.get("PYTHONPATH")))),
        }

    def _read_key(self) -> str:
        given = self._given.get(KEY_SETTING) or os.environ.get(KEY_SETTING)
        if given:
            return given
        path = self._data / "key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(16) + "\n")
        return path.read_text().strip()

    def _line(self, process: str, line: str) -> None:
        if self._on_line is not None:
            self._on_line(process, line)
        if self._log is not None:
            with self._write_lock, self._log.open("a") as file:
                file.write(f"{process:<8} {line}\n")
