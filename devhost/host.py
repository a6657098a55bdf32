"""One host process: it indexes an app, serves its HTTP functions, listens for the others, and drains at the end."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from azure.functions.meta import Datum

from devhost.admin import Admin
from devhost.blobs import FoundBlob
from devhost.errors import HostStartError
from devhost.http import HttpApp
from devhost.indexing import Binding, FunctionDefinition, index_app
from devhost.invocation import Worker
from devhost.outputs import write_outputs
from devhost.queues import Lease
from devhost.routing import Route, Router, create_route
from devhost.settings import HostSettings, load_settings
from devhost.storage import Storage
from devhost.triggers import Listener, TriggerContext, create_listeners, enqueue_blob, fire

_TIMEOUT_GRACE = 2.0
"""Seconds between an exceeded functionTimeout and the end of the process."""
_TIMEOUT_EXIT_CODE = 70
_log = logging.getLogger("Host")


@dataclass(frozen=True, slots=True)
class HostOptions:
    """How a host is started, apart from the app's own settings."""

    script_root: Path
    address: str = "127.0.0.1"
    port: int = 7071
    """0 lets the system choose."""
    key: str | None = None
    """With a key the auth levels are enforced."""
    lease: Lease = field(default_factory=Lease)
    scan_interval: float = 1.0
    """Seconds between two scans for blobs at least."""


class Host:
    """The functions of one app and everything that triggers them."""

    def __init__(self, options: HostOptions, environment: Mapping[str, str]) -> None:
        """Index and check the app; nothing runs yet.

        Raises:
            HostStartError: The app cannot run as it is; the message says why.
        """
        self._options = options
        self._settings = load_settings(options.script_root, environment)
        # The app reads its settings from the environment, as in a worker process.
        os.environ.update(self._settings.environment)
        functions = index_app(self._settings)
        self._functions = {function.name: function for function in functions}
        self._enabled = [function for function in functions if not self._settings.is_disabled(function.name)]
        self._storage = Storage(self._settings)
        self._router = Router(_route(function, self._settings) for function in self._enabled if _is_http(function))
        _check_connections(functions, self._storage)
        self._context = TriggerContext(
            self._settings, self._storage, options.lease, options.scan_interval, run=self._run
        )
        self._listeners: list[Listener] = create_listeners(self._enabled, self._context)
        self._fired: set[asyncio.Task[None]] = set()
        self._is_draining = False

    @property
    def host_id(self) -> str:
        """The name under which the host keeps its state in storage."""
        return self._settings.host_id

    @property
    def state(self) -> str:
        """`Running` or `Draining`."""
        return "Draining" if self._is_draining else "Running"

    @property
    def function_names(self) -> Sequence[str]:
        """Every function, disabled ones included."""
        return list(self._functions)

    async def serve(self) -> None:
        """Run until SIGTERM or SIGINT, then finish what runs.

        Raises:
            HostStartError: The port is taken.
        """
        listening = _bind(self._options.address, self._options.port)
        self._worker = Worker(
            thread_count=self._settings.thread_count,
            timeout=self._settings.function_timeout,
            on_timeout=self._end_after_timeout,
        )
        stopped = asyncio.Event()
        _on_stop_signal(stopped)
        tasks = [asyncio.create_task(listener.run()) for listener in self._listeners]
        server = _Server(uvicorn.Config(self._http_app(), lifespan="off", log_config=None, access_log=False))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        self._announce(listening.getsockname()[1])
        await _first_of(stopped, serving, *tasks)
        self.drain()
        _log.info("draining: finishing what runs")
        await asyncio.gather(*tasks, *self._fired)
        server.should_exit = True
        await serving
        self._worker.stop()
        self._storage.close()
        _log.info("stopped")

    def drain(self) -> None:
        """Stop the listeners; what runs goes on, and HTTP is still answered."""
        self._is_draining = True
        for listener in self._listeners:
            listener.stop()

    def fire(self, function_name: str, text: str) -> bool:
        """Run a function that HTTP does not trigger, in the background; False where there is none of the name."""
        found = [f for f in self._enabled if f.name.lower() == function_name.lower() and not _is_http(f)]
        for function in found:
            task = asyncio.create_task(self._fire(function, text))
            self._fired.add(task)
            task.add_done_callback(self._fired.discard)
        return bool(found)

    async def enqueue_blob(self, blob: FoundBlob) -> None:
        """Hand a blob to its function."""
        await enqueue_blob(blob, self._context)

    async def _fire(self, function: FunctionDefinition, text: str) -> None:
        try:
            await fire(function, text, self._context)
        except Exception:  # noqa: BLE001  the worker has logged what the function raised, and nobody waits for it
            _log.warning("the function %s, fired by hand, failed", function.name)

    async def _run(
        self, function: FunctionDefinition, datum: Datum, metadata: Mapping[str, Datum], names: Mapping[str, str]
    ) -> None:
        result = await self._worker.invoke(function, datum, metadata)
        await write_outputs(function, result, names, storage=self._storage, is_base64=self._settings.queues.is_base64)

    async def _respond(self, function: FunctionDefinition, datum: Datum, names: Mapping[str, str]) -> Datum | None:
        result = await self._worker.invoke(function, datum, {})
        await write_outputs(function, result, names, storage=self._storage, is_base64=self._settings.queues.is_base64)
        return result.returned

    def _http_app(self) -> HttpApp:
        return HttpApp(
            self._router,
            self._functions,
            invoke=self._respond,
            admin=Admin(self),
            body_limit=self._settings.body_limit,
            key=self._options.key,
            has_homepage=self._settings.environment.get("AzureWebJobsDisableHomepage", "").lower() != "true",
        )

    def _end_after_timeout(self, function: FunctionDefinition) -> None:
        _log.error(
            "%s exceeded functionTimeout (%s): the process ends, and every other run in it with it",
            function.name,
            self._settings.function_timeout,
        )
        # No clean-up: the real worker process is killed too.
        asyncio.get_running_loop().call_later(_TIMEOUT_GRACE, os._exit, _TIMEOUT_EXIT_CODE)

    def _announce(self, port: int) -> None:
        for function in sorted(self._functions.values(), key=lambda function: function.name.upper()):
            state = "" if function in self._enabled else "  (disabled)"
            _log.info("  %s: %s%s", function.name, _describe(function, self._settings), state)
        _log.info("Listening on http://%s:%d", self._options.address, port)


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the host decides when it stops."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bind(address: str, port: int) -> socket.socket:
    # The protocol is named because asyncio turns Nagle's delay off only for sockets that say TCP.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise HostStartError(
            f"Port {port} is taken. Stop the program that has it, or choose another with --port (or PORT)."
        ) from error
    return listening


def _on_stop_signal(stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        if stopped.is_set():
            # The second signal does not wait for what runs.
            os._exit(128 + number)
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)


async def _first_of(stopped: asyncio.Event, *tasks: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(stopped.wait())
    pending: set[asyncio.Task[None]] | set[asyncio.Task[bool]] = set(tasks)
    while not waiting.done():
        done, _ = await asyncio.wait({waiting, *pending}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {waiting}:
            # A listener ends early only after a drain, or with an error, which ends the host.
            pending.discard(task)
            task.result()


def _is_http(function: FunctionDefinition) -> bool:
    return function.trigger.type == "httpTrigger"


def _route(function: FunctionDefinition, settings: HostSettings) -> Route:
    methods = function.trigger.values.get("methods")
    return create_route(
        function.name,
        function.trigger.text("route"),
        prefix=settings.route_prefix,
        methods=None if not methods else [str(method) for method in methods],
    )


def _check_connections(functions: Sequence[FunctionDefinition], storage: Storage) -> None:
    bindings: list[Binding] = [b for f in functions for b in (f.trigger, *f.outputs.values())]
    bindings += [f.return_binding for f in functions if f.return_binding is not None]
    for binding in bindings:
        if binding.type not in {"httpTrigger", "http"}:
            # Asked for its error: one missing connection stops the whole host, as in Azure.
            storage.blobs(binding.text("connection"))


def _describe(function: FunctionDefinition, settings: HostSettings) -> str:
    trigger = function.trigger
    match trigger.type:
        case "httpTrigger":
            route = _route(function, settings)
            methods = ",".join(sorted(route.methods)) if route.methods else "all methods"
            return f"[{methods}] /{route.template.text}"
        case "queueTrigger":
            return f"queue {trigger.text('queueName')}"
        case "blobTrigger":
            return f"blob {trigger.text('path')} ({trigger.text('source') or 'polling'})"
    return f"timer {trigger.text('schedule')}"
