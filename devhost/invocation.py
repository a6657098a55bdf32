"""Running one function as the worker does: decode the trigger, call, encode what comes back.

Async functions share one event loop, others run in a pool of threads. The loop is in a thread of its own, as the
worker is a process of its own: a function that blocks it holds up other functions, but neither lease renewals nor the
host's answers.
"""

import asyncio
import contextvars
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Any, Generic, TypeVar

import azure.functions as func
from azure.functions.meta import Datum

from devhost.converters import decode, encode
from devhost.indexing import FunctionDefinition

_T = TypeVar("_T")
_EXIT_CODE = 1
_local = threading.local()
"""Where the worker keeps the invocation id of a thread."""


class _Out(func.Out[_T], Generic[_T]):
    def __init__(self) -> None:
        self._value: _T | None = None

    def set(self, val: _T) -> None:
        self._value = val

    def get(self) -> _T:
        return self._value  # type: ignore[return-value]  # None until set, in the worker too


@dataclass(frozen=True, slots=True)
class _TraceContext:
    trace_parent: str = ""
    trace_state: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _RetryContext:
    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


class _Context(func.Context):
    def __init__(self, function: FunctionDefinition) -> None:
        self._function = function
        self._id = str(uuid.uuid4())

    @property
    def invocation_id(self) -> str:
        return self._id

    @property
    def thread_local_storage(self) -> Any:  # noqa: ANN401  the base declares a class, the worker gives the object
        return _local

    @property
    def function_name(self) -> str:
        return self._function.name

    @property
    def function_directory(self) -> str:
        return self._function.directory

    @property
    def trace_context(self) -> Any:  # noqa: ANN401  a plain object of the base's shape, as in the worker
        return _TraceContext()

    @property
    def retry_context(self) -> Any:  # noqa: ANN401  a plain object of the base's shape, as in the worker
        return _RetryContext()


@dataclass(frozen=True, slots=True)
class Result:
    """What one call of a function gives back."""

    returned: Datum | None
    outputs: Mapping[str, Datum]
    """By the name of the output binding; those not set are absent."""


class Worker:
    """The loop and the threads that the functions of one host run on."""

    def __init__(
        self, *, thread_count: int, timeout: timedelta | None, on_timeout: Callable[[FunctionDefinition], None]
    ) -> None:
        self._timeout = timeout
        self._on_timeout = on_timeout
        self._executor = ThreadPoolExecutor(thread_count, thread_name_prefix="function")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="worker", daemon=True)
        self._thread.start()

    async def invoke(self, function: FunctionDefinition, datum: Datum, metadata: Mapping[str, Datum]) -> Result:
        """Call a function with its trigger's value.

        Whatever the function raises comes out as it is.

        Raises:
            TypeError: What the function returns or sets is nothing its bindings can send.
            TimeoutError: It ran longer than `functionTimeout`; the process is about to end.
        """
        started = time.perf_counter()
        log = logging.getLogger(function.id)
        running = asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self._run(function, datum, metadata), self._loop)
        )
        seconds = self._timeout.total_seconds() if self._timeout else None
        # Not `wait_for`: on expiry the function goes on until the process ends, it is never cancelled.
        done, _ = await asyncio.wait({running}, timeout=seconds)
        if not done:
            self._on_timeout(function)
            raise TimeoutError(f"{function.name} exceeded functionTimeout, {self._timeout}")
        milliseconds = (time.perf_counter() - started) * 1000
        if error := running.exception():
            log.error("failed after %.0f ms", milliseconds, exc_info=(type(error), error, _own_traceback(error)))
            raise error
        # A request has a line of its own, written by the HTTP front.
        log.log(
            logging.DEBUG if function.trigger.type == "httpTrigger" else logging.INFO, "done in %.0f ms", milliseconds
        )
        return running.result()

    def stop(self) -> None:
        """Stop the loop and the threads; nothing may be running any more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._executor.shutdown()

    def _serve(self) -> None:
        try:
            self._loop.run_forever()
        except SystemExit as error:
            # A function called sys.exit(): the real worker process ends too.
            logging.getLogger("Host").critical("a function ended the process: exit code %s", error.code)
            os._exit(_EXIT_CODE)
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _run(self, function: FunctionDefinition, datum: Datum, metadata: Mapping[str, Datum]) -> Result:
        trigger = function.trigger
        context = _Context(function)
        outs: dict[str, _Out[object]] = {name: _Out() for name in function.outputs}
        arguments: dict[str, object] = {
            trigger.name: decode(trigger.type, function.annotations.get(trigger.name), datum, metadata),
            **outs,
        }
        if function.takes_context:
            arguments["context"] = context
        returned = await self._call(function, arguments, context)
        if returned is not None and function.return_binding is None:
            raise TypeError(f"{function.name} returned a value but has no $return binding")
        return Result(
            returned=_encode_return(function, returned),
            outputs={
                name: encode(function.outputs[name].type, out.get())
                for name, out in outs.items()
                if out.get() is not None
            },
        )

    async def _call(self, function: FunctionDefinition, arguments: dict[str, object], context: _Context) -> object:
        if function.is_async:
            return await function.call(**arguments)
        variables = contextvars.copy_context()
        return await self._loop.run_in_executor(
            self._executor, lambda: variables.run(_call_in_thread, function, arguments, context)
        )


def _encode_return(function: FunctionDefinition, returned: object) -> Datum | None:
    binding = function.return_binding
    # An HTTP function has to return something; other outputs may stay silent.
    if binding is None or (returned is None and binding.type != "http"):
        return None
    return encode(binding.type, returned)


def _call_in_thread(function: FunctionDefinition, arguments: dict[str, object], context: _Context) -> object:
    _local.invocation_id = context.invocation_id
    try:
        return function.call(**arguments)
    finally:
        _local.invocation_id = None


def _own_traceback(error: BaseException) -> TracebackType | None:
    """The traceback from the function on, without the frames of the host."""
    own = step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == __file__:
            own = step.tb_next or own
        step = step.tb_next
    return own
