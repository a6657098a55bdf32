"""The command line: `python -m devhost run` for the whole local stack, `python -m devhost start` for one host."""

import argparse
import asyncio
import os
import sys
import traceback
from pathlib import Path

from devhost import supervisor
from devhost.errors import HostStartError, IndexingError
from devhost.host import Host, HostOptions
from devhost.logs import configure_logging
from devhost.queues import Lease
from model_tools.errors import NerError

_DEFAULT_PORT = 7071


def main() -> int:
    """Run the command that the arguments name and return the exit code."""
    arguments = _parser().parse_args()
    try:
        code: int = arguments.command(arguments)
    except NerError as error:
        if isinstance(error, IndexingError) and error.__cause__ is not None:
            # The fault is in the app's own code: show where.
            traceback.print_exception(error.__cause__)
        print(f"error: {error.message}", file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devhost", description=__doc__)
    commands = parser.add_subparsers(required=True)

    run = commands.add_parser("run", help="run Azurite and both roles until Ctrl-C")
    run.add_argument("--port", type=int, help="where the api listens (default: PORT, else 7071)")
    run.add_argument(
        "--data", type=Path, default=Path(".nerine"), help="what is kept between runs (default: %(default)s)"
    )
    run.add_argument("--script-root", type=Path, default=Path(), help="the folder of function_app.py and host.json")
    run.set_defaults(command=_run)

    start = commands.add_parser("start", help="run one host process for the current environment")
    start.add_argument("--port", type=int, default=_DEFAULT_PORT, help="0 takes a free one (default: %(default)s)")
    start.add_argument("--script-root", type=Path, default=Path(), help="the folder of function_app.py and host.json")
    start.add_argument("--enable-auth", action="store_true", help="check keys; the one key is NERINE_API_KEY")
    start.add_argument("--queue-lease", type=float, default=Lease().duration, help=argparse.SUPPRESS)
    start.add_argument("--scan-interval", type=float, default=1.0, help="seconds between scans for blobs at least")
    start.set_defaults(command=_start)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    supervisor.run(data=arguments.data, port=arguments.port, script_root=arguments.script_root)
    return 0


def _start(arguments: argparse.Namespace) -> int:
    configure_logging()
    key = os.environ.get("NERINE_API_KEY") if arguments.enable_auth else None
    if arguments.enable_auth and not key:
        raise HostStartError("--enable-auth needs a key: set NERINE_API_KEY.")
    options = HostOptions(
        script_root=arguments.script_root.resolve(),
        port=arguments.port,
        key=key,
        lease=Lease(duration=arguments.queue_lease),
        scan_interval=arguments.scan_interval,
    )
    asyncio.run(Host(options, os.environ).serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
