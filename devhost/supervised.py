"""One host process that is started again when it ends by itself."""

import re
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from devhost.errors import StackError
from devhost.processes import ChildProcess

_READY_TIMEOUT = 60.0
"""Seconds; an app that imports much on a busy machine needs some."""
_STOP_GRACE = 15.0
"""Seconds that running functions have to finish."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_STEADY = 60.0
"""Seconds after which a host counts as healthy again, so that the pauses start anew."""
_LISTENING = re.compile(r"Listening on (http://\S+:(\d+))$")


class SupervisedHost:
    """A host of one role: its process, its address, and a watcher that restarts it."""

    def __init__(
        self,
        role: str,
        *,
        environment: Mapping[str, str],
        port: int,
        script_root: Path,
        on_line: Callable[[str, str], None],
    ) -> None:
        self._role = role
        self._environment = environment
        self._port = port
        self._script_root = script_root
        self._on_line = on_line
        self._lock = threading.Lock()
        self._process: ChildProcess | None = None
        self._is_wanted = threading.Event()
        self._watcher: threading.Thread | None = None
        self._ended = threading.Event()
        self._output: list[str] = []
        self._url: str | None = None

    @property
    def pid(self) -> int:
        """The id of the process that runs now.

        Raises:
            StackError: None runs.
        """
        with self._lock:
            if self._process is None or self._process.exit_code is not None:
                raise StackError(f"The host `{self._role}` does not run.")
            return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether there is a process, ready or not."""
        with self._lock:
            return self._process is not None and self._process.exit_code is None

    @property
    def url(self) -> str:
        """Where the host answers; the same after a restart.

        Raises:
            StackError: It has not said so yet.
        """
        if self._url is None:
            raise StackError(f"The host `{self._role}` does not listen yet.")
        return self._url

    def start(self) -> None:
        """Start the process and its watcher."""
        self._ended.clear()
        self._is_wanted.set()
        self._output.clear()
        self._spawn()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Let what runs finish, then end."""
        self._end(lambda process: process.stop(_STOP_GRACE))

    def kill(self) -> None:
        """End at once, children too."""
        self._end(ChildProcess.kill)

    def wait_until_ready(self) -> None:
        """Wait until the host answers.

        Raises:
            StackError: It ended before, or took too long; the message has its last lines.
        """
        deadline = time.monotonic() + _READY_TIMEOUT
        while time.monotonic() < deadline:
            if self._url is not None and _answers(f"{self._url}/admin/host/status"):
                return
            if not self.is_running:
                self.stop()
                raise StackError(f"The host `{self._role}` did not start:\n{self._tail()}")
            time.sleep(0.05)
        raise StackError(f"The host `{self._role}` was not ready within {_READY_TIMEOUT:g} s:\n{self._tail()}")

    def _spawn(self) -> None:
        command = [sys.executable, "-m", "devhost", "start"]
        options = ["--port", str(self._port), "--script-root", str(self._script_root)]
        with self._lock:
            self._process = ChildProcess([*command, *options], on_line=self._read, environment=self._environment)

    def _end(self, how: Callable[[ChildProcess], None]) -> None:
        self._is_wanted.clear()
        self._ended.set()
        with self._lock:
            process = self._process
        if process is not None:
            how(process)
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        with self._lock:
            # The watcher may have started another one in between.
            if self._process is not None and self._process is not process:
                how(self._process)
            self._process = None

    def _watch(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            started = time.monotonic()
            with self._lock:
                process = self._process
            assert process is not None
            code = process.wait()
            if not self._is_wanted.is_set() or self._url is None:
                # Ended on purpose, or never came up: starting it again would not help.
                return
            process.kill()
            pause = _FIRST_PAUSE if time.monotonic() - started > _STEADY else pause
            self._on_line(self._role, f"ended with exit code {code}; starts again in {pause:g} s")
            if self._ended.wait(pause):
                return
            pause = min(_LONGEST_PAUSE, pause * 2)
            self._spawn()

    def _read(self, line: str) -> None:
        self._output = [*self._output[-19:], line]
        if match := _LISTENING.search(line):
            self._port = int(match[2])
            self._url = match[1]
        self._on_line(self._role, line)

    def _tail(self) -> str:
        return "\n".join(self._output)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
