"""The smallest web service around a tagger: `python -m benchmarks.peers.server SYSTEM FOLDER THREADS`.

`POST /` with `{"texts": […]}`. As transformers' own documentation of pipelines in a web server has it: one worker takes
the requests in turn, so that threads of one model do not fight for the cores. Prints its port when it is ready.
"""

import asyncio
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.peers.taggers import Tag, load
from benchmarks.speed.weights import Weights
from benchmarks.speed.worker import FIRST_TEXT


def create_app(tag: Tag) -> Starlette:
    """The app around a tagger."""
    worker = ThreadPoolExecutor(max_workers=1)

    async def predict(request: Request) -> JSONResponse:
        texts = (await request.json())["texts"]
        return JSONResponse(await asyncio.get_running_loop().run_in_executor(worker, tag, texts))

    return Starlette(routes=[Route("/", predict, methods=["POST"])])


def main() -> None:
    """Loads, warms up, serves on a free port until it is ended."""
    tag = load(sys.argv[1], Weights(Path(sys.argv[2])), int(sys.argv[3])).tag
    tag([FIRST_TEXT])
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    print(f"PORT {listening.getsockname()[1]}", flush=True)
    server = uvicorn.Server(uvicorn.Config(create_app(tag), lifespan="off", log_config=None, access_log=False))
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
