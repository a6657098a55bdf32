"""A run of `python -m model_tools` as a child process: its progress, its result, and how it ended."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import IO, Any

from functions.lifecycle.job_log import MAX_EVENTS, Event, event
from model_tools.errors import Problem

_COMMAND = [sys.executable, "-m", "model_tools"]
_STOP_SECONDS = 5.0
"""Between asking the child to stop and making it stop."""
_LOG_LINES = 20
"""Of the child's stderr, kept for the reason of a failure."""


@dataclass
class Child:
    """The process and what it said last."""

    process: "subprocess.Popen[str]"
    started: float = field(default_factory=time.monotonic)
    progress: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    """When it came to each phase; at most `MAX_EVENTS`."""
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    log: list[str] = field(default_factory=list)
    readers: list[threading.Thread] = field(default_factory=list)

    @classmethod
    def start(cls, arguments: list[str]) -> "Child":
        """Starts `python -m model_tools` with these arguments; every one is ours or checked."""
        child = cls(
            subprocess.Popen(  # noqa: S603 - no shell
                [*_COMMAND, *arguments, "--stop-with-stdin"],
                # A pipe that closes when this process dies, however it dies: the child then stops.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        )
        assert child.process.stdout is not None
        assert child.process.stderr is not None
        child.readers = [
            threading.Thread(target=child._read_output, args=(child.process.stdout,), daemon=True),
            threading.Thread(target=child._read_log, args=(child.process.stderr,), daemon=True),
        ]
        for reader in child.readers:
            reader.start()
        return child

    def stop(self) -> None:
        """Ends the child, whatever state it is in, and waits for its last words."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()
        for reader in self.readers:
            reader.join(_STOP_SECONDS)

    def failure(self, *, code: str, what: str, advice: str) -> Problem:
        """Why it ended badly: in its own words, or as `code`, with what it was and what to do."""
        if self.error:
            return Problem(self.error["code"], self.error["message"])
        status = self.process.returncode
        how = f"was ended by signal {-status}" if status < 0 else f"ended with exit code {status}"
        if status == -9:
            how += " (out of memory, or killed by somebody)"
        last = f" Its last words: {self.log[-1]}" if self.log else ""
        return Problem(code, f"The {what} process {how}.{last} {advice}")

    def _note(self, progress: dict[str, Any]) -> None:
        if progress["phase"] != self.progress.get("phase") and len(self.events) < MAX_EVENTS:
            self.events.append(event(progress["phase"]))
        self.progress = progress

    def _read_output(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                message = _message(line)
                if message is None:
                    continue
                if "error" in message:
                    self.error = message["error"]
                elif "phase" in message:
                    self._note(message)
                else:
                    self.result = message

    def _read_log(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                # Verbs that print a result on standard output tell their progress here.
                message = _message(line)
                if message is not None and "phase" in message:
                    self._note(message)
                else:
                    self.log = [*self.log, line.rstrip()][-_LOG_LINES:]


def _message(line: str) -> dict[str, Any] | None:
    """The JSON object that the line is, or None."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
