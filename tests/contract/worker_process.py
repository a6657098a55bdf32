"""The worker's side: runs in the worker's environment and puts Microsoft's library behind a pipe.

Every line of standard input is a `StreamingMessage` of the host in protobuf's JSON form, every line of standard output
is the answer. The messages are Microsoft's own, and not look-alikes of ours: so protobuf itself refuses a binding or a
reply that the real channel could not carry.

With `--native`, invocations go past protobuf through the entry that a worker written in Rust calls.
"""

import argparse
import asyncio
import importlib
import os
import sys
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime
from azure_functions_runtime.bindings.datumdef import Datum, datum_as_proto
from azure_functions_runtime.native_invocation import invocation_request_native
from google.protobuf import json_format  # type: ignore[import-untyped]

# The wheel puts these into site-packages under a name that our own tests have in the repository.
protos: Any = importlib.import_module("tests.protos")


async def answer(message: Any, *, native: bool) -> Any:
    """Hands a message to the library's function of the same name."""
    kind = message.WhichOneof("content")
    if native and kind == "invocation_request":
        return await _invoke_native(message.invocation_request)
    request = SimpleNamespace(request=message, properties={"host": "127.0.0.1", "protos": protos})
    return await getattr(runtime, kind)(request)


async def _invoke_native(request: Any) -> Any:
    success, returned, _, error, trace = await invocation_request_native(
        request.invocation_id,
        request.function_id,
        [(binding.name, Datum.from_typed_data(binding.data)) for binding in request.input_data],
        {name: Datum.from_typed_data(value) for name, value in request.trigger_metadata.items()},
    )
    status = protos.StatusResult.Success if success else protos.StatusResult.Failure
    exception = None if success else protos.RpcException(message=error, stack_trace=trace)
    return protos.InvocationResponse(
        invocation_id=request.invocation_id,
        return_value=datum_as_proto(returned, protos) if returned else None,
        result=protos.StatusResult(status=status, exception=exception),
    )


async def main() -> None:
    """Answers until the input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--native", action="store_true")
    native = parser.parse_args().native
    # What the app prints must not get between the answers.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as channel:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        runtime.start_threadpool_executor()
        try:
            while line := await asyncio.to_thread(sys.stdin.readline):
                reply = await answer(json_format.Parse(line, protos.StreamingMessage()), native=native)
                print(json_format.MessageToJson(reply, indent=None), file=channel, flush=True)
        finally:
            runtime.stop_threadpool_executor()


if __name__ == "__main__":
    asyncio.run(main())
