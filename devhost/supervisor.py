"""`python -m devhost run`: the stack in a terminal, until Ctrl-C."""

import os
import signal
import sys
import threading
from pathlib import Path

from devhost.azurite import AzuritePorts
from devhost.errors import StackError
from devhost.stack import Stack

_COLOURS = {"api": 36, "trainer": 35, "azurite": 33}
"""ANSI colours of the process names."""


def run(*, data: Path, port: int | None, script_root: Path) -> None:
    """Run the stack until SIGINT, SIGTERM or SIGHUP.

    Args:
        data: What is kept between runs.
        port: Where the api listens; None takes PORT of the environment, else 7071.
        script_root: The function app.

    Raises:
        StackError: Something is not installed, a port is taken, or a host does not start.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # One way out for all three: KeyboardInterrupt, wherever the start or the wait is. SIGINT too: a shell that
        # starts this in the background has it ignored.
        signal.signal(number, signal.default_int_handler)
    try:
        with Stack(
            data=data,
            port=_port("PORT", 7071) if port is None else port,
            azurite_ports=_azurite_ports(),
            script_root=script_root,
            on_line=_print_line,
        ) as stack:
            print(
                f"\nNerine is ready: {stack.url}  (API documentation: {stack.url}/docs)\n"
                f"  studio: {stack.url}/studio/\n"
                f"  key: {stack.key}\n"
                f"  storage: {stack.connection_string}\n"
                "Stop it with Ctrl-C.\n",
                flush=True,
            )
            threading.Event().wait()
    except KeyboardInterrupt:
        print("stopped", flush=True)


def _azurite_ports() -> AzuritePorts:
    return AzuritePorts(
        blob=_port("AZURITE_BLOB_PORT"), queue=_port("AZURITE_QUEUE_PORT"), table=_port("AZURITE_TABLE_PORT")
    )


def _port(name: str, default: int = 0) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or int(text) > 65535:
        raise StackError(f"{name} is `{text}`, not a port.")
    return int(text)


def _print_line(process: str, line: str) -> None:
    name = f"{process:<8}"
    if sys.stdout.isatty():
        name = f"\033[{_COLOURS.get(process, 32)}m{name}\033[0m"
    print(f"{name}| {line}", flush=True)
