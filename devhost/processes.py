"""Child processes that never outlive their parent and whose output is read line by line."""

import atexit
import functools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from devhost import guardian


class _Guardian:
    """This process's guardian, told of every child group."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and file
            # `-I -S`: no site packages, which keeps it small and quick to start.
            [sys.executable, "-I", "-S", guardian.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        atexit.register(self._close)

    def tell(self, group: int) -> None:
        """Say that a group started, or with a minus sign that it ended."""
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(f"{group}\n")
            self._process.stdin.flush()

    def _close(self) -> None:
        # The end of its input is what the guardian waits for: it kills what is left, and ends.
        with self._lock:
            self._process.communicate()


@functools.cache
def _guardian(_parent: int) -> _Guardian:
    # Keyed by the process id, so that a forked process gets a guardian of its own.
    return _Guardian()


class ChildProcess:
    """One child in its own process group, with standard output and error passed to `on_line`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        on_line: Callable[[str], None],
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        guard = _guardian(os.getpid())
        self._process = subprocess.Popen(  # noqa: S603  the stack's own commands
            list(command),
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._guard = guard
        self._on_line = on_line
        guard.tell(self.pid)
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id, which is the id of its process group too."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code.

        Args:
            timeout: Seconds to wait.

        Raises:
            subprocess.TimeoutExpired: It still runs after `timeout`.
        """
        return self._process.wait(timeout)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill the process and its descendants at once, as the loss of an instance would."""
        self._kill_group()
        self._reap()

    def stop(self, grace: float) -> None:
        """Ask the process to end (SIGTERM) and kill it when it has not within `grace` seconds."""
        if self.exit_code is None:
            self._process.terminate()
        try:
            self.wait(grace)
        except subprocess.TimeoutExpired:
            self._on_line(f"did not stop within {grace:g} s, killed")
        self._kill_group()
        self._reap()

    def _kill_group(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _reap(self) -> None:
        self._process.wait()
        self._reader.join()
        self._guard.tell(-self.pid)

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._on_line(line.rstrip("\n"))
