import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from devhost.azurite import missing_installation
from devhost.errors import StackError
from devhost.stack import Stack
from tests.devhost.sample_hosts import wait_for, write_app

pytestmark = pytest.mark.skipif(missing_installation() is not None, reason="Azurite is not installed")

_REPOSITORY = Path(__file__).parents[2]
_ROLE_APP = """
import os, subprocess, sys
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="setting/{name}")
def setting(req: func.HttpRequest) -> str:
    return os.environ.get(req.route_params["name"], "")


@app.route(route="pid")
def pid(req: func.HttpRequest) -> str:
    return str(os.getpid())


@app.route(route="child")
def child(req: func.HttpRequest) -> str:
    return str(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"]).pid)


@app.route(route="crash")
def crash(req: func.HttpRequest) -> str:
    os._exit(3)
"""


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(tmp_path_factory.mktemp("app"), _ROLE_APP)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def stack(root: Path, lines: list[str]) -> Iterator[Stack]:
    def keep(process: str, line: str) -> None:
        lines.append(f"{process}: {line}")

    data = root / "data"
    with Stack(
        data=data, log=root / "log.txt", environment={"EXTRA": "given"}, script_root=root, on_line=keep
    ) as stack:
        yield stack


@pytest.mark.parametrize("role", ["api", "trainer"])
def test_hosts_get_their_settings(stack: Stack, role: str) -> None:
    url = stack.processes[role].url
    expected = {
        "NER_ROLE": role,
        "NER_AUTHOR_KEYS": stack.key,
        "NER_QUERY_KEYS": stack.key,
        "AzureWebJobsStorage": stack.connection_string,
        "EXTRA": "given",
    }
    assert {name: httpx.get(f"{url}/setting/{name}").text for name in expected} == expected
    assert httpx.get(f"{url}/pid").text == str(stack.processes[role].pid)


def test_url_is_the_first_roles(stack: Stack) -> None:
    assert stack.url == stack.processes["api"].url
    assert stack.url != stack.processes["trainer"].url


def test_killed_host_stays_down_with_its_children_until_restarted(stack: Stack) -> None:
    trainer = stack.processes["trainer"]
    child = int(httpx.get(f"{trainer.url}/child").text)
    before, url = trainer.pid, trainer.url
    assert _is_alive(child)
    stack.kill("trainer")
    assert not trainer.is_running
    with pytest.raises(StackError, match="`trainer` does not run"):
        _ = trainer.pid
    wait_for(lambda: not _is_alive(child))
    stack.restart("trainer")
    assert trainer.pid != before
    assert trainer.url == url


def test_crashed_host_is_started_again(stack: Stack, lines: list[str]) -> None:
    api = stack.processes["api"]
    before = api.pid
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{stack.url}/crash")
    wait_for(lambda: any("api: ended with exit code 3; starts again in 1 s" in line for line in lines))
    wait_for(lambda: api.is_running and api.pid != before)
    wait_for(lambda: _answers(f"{stack.url}/pid"))
    assert httpx.get(f"{stack.url}/pid").text == str(api.pid)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def test_log_has_the_lines_of_every_process(stack: Stack, root: Path) -> None:
    log = (root / "log.txt").read_text()
    assert all(f"{name:<8} " in log for name in ("azurite", "api", "trainer"))


def test_key_is_kept_and_private(tmp_path: Path, root: Path) -> None:
    keys = set()
    for _ in range(2):
        with Stack(data=tmp_path, roles=("api",), script_root=root) as stack:
            keys.add(stack.key)
    assert len(keys) == 1
    assert len(keys.pop()) == 32
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_app_that_does_not_start_is_told_with_its_reason(tmp_path: Path) -> None:
    write_app(tmp_path, "import nothing_of_this_name")
    with (
        pytest.raises(StackError, match=r"(?s)`api` did not start.*nothing_of_this_name"),
        Stack(data=tmp_path / "data", script_root=tmp_path),
    ):
        pass


def test_taken_port_is_told_with_the_remedy(tmp_path: Path, root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(StackError, match=rf"(?s)Port {port} is taken.*--port"),
            Stack(data=tmp_path, port=port, script_root=root),
        ):
            pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_survives_the_supervisor(tmp_path: Path, root: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "devhost", "run", "--data", str(tmp_path), "--script-root", str(root)]
    environment = {**os.environ, "PYTHONPATH": str(_REPOSITORY), "PORT": "0", "NERINE_API_KEY": "my-key"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        output = []
        for line in supervisor.stdout:
            output.append(line)
            if "Stop it with Ctrl-C" in line:
                break
        text = "".join(output)
        assert "key: my-key" in text
        assert "api     | " in text
        children = _descendants(supervisor.pid)
        assert len(children) >= 4  # guardian, Azurite, two hosts
        supervisor.send_signal(number)
        rest = supervisor.stdout.read()
        code = supervisor.wait(20)
    assert code == (-number if number == signal.SIGKILL else 0), rest
    wait_for(lambda: not any(_is_alive(pid) for pid in children))


def _descendants(pid: int) -> list[int]:
    rows = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (row.split() for row in rows.splitlines())}
    found = [child for child, parent in parents.items() if parent == pid]
    return found + [below for child in found for below in _descendants(child)]
