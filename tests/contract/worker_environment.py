"""A virtual environment with Microsoft's worker library and the api's requirements: no torch, and Python 3.13.

It is kept between runs in `.venv-worker/`, in a folder named after a hash of everything that is pinned.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
_FOLDER = REPOSITORY / ".venv-worker"
_REQUIREMENTS = (REPOSITORY / "requirements.txt", Path(__file__).with_name("requirements-worker.txt"))
_CONSTRAINTS = REPOSITORY / "constraints.txt"
"""requirements.txt names it, so that pip reads it without being told."""
_TEST_TOOLS = {"httpx", "hypothesis", "onnx", "pytest", "pytest-asyncio", "seqeval"}
"""What the tests of the light half need beyond the api's requirements; pinned in the files below."""
_TOOL_PINS = (REPOSITORY / "requirements-train.txt", REPOSITORY / "requirements-dev.txt")
_SERIES = "3.13"
"""The worker library starts there, and so far the project ends there."""
_OVERRIDE = "NERINE_PYTHON313"
_INSTALL_SECONDS = 600.0
"""An upper limit; it takes less than a minute."""


def prepare() -> Path:
    """The interpreter of the environment, which is made when it is missing or its pins have changed.

    Skips the test where there is no Python to make it from; fails it where pip cannot install the pins.
    """
    base = next(_candidates(), None)
    if base is None:
        pytest.skip(
            f"Microsoft's worker library needs Python {_SERIES}: install it (for example with `pyenv install {_SERIES}`)"
            f", or name its interpreter in {_OVERRIDE}."
        )
    _FOLDER.mkdir(exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs at once make one environment
        return _ensure(base)


def _ensure(base: Path) -> Path:
    tools = _tool_pins()
    pins = "\n".join([str(base), tools, *map(_text, (*_REQUIREMENTS, _CONSTRAINTS))])
    home = _FOLDER / hashlib.sha256(pins.encode()).hexdigest()[:12]
    python, complete = home / "bin" / "python", home / "complete"
    if not complete.exists():
        for outdated in filter(Path.is_dir, _FOLDER.iterdir()):
            shutil.rmtree(outdated)
        _run(base, "-m", "venv", str(home))
        (home / "tools.txt").write_text(tools)
        requirements = [part for path in (*_REQUIREMENTS, home / "tools.txt") for part in ("-r", str(path))]
        _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)
        complete.touch()
    return python


def _tool_pins() -> str:
    lines = "\n".join(map(_text, _TOOL_PINS)).splitlines()
    return "\n".join(line for line in lines if line.partition("==")[0] in _TEST_TOOLS)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _run(python: Path, *arguments: str) -> None:
    done = subprocess.run(
        [python, *arguments], capture_output=True, text=True, timeout=_INSTALL_SECONDS, cwd=REPOSITORY, check=False
    )
    if done.returncode:
        pytest.fail(f"`python {' '.join(arguments)}` failed:\n{done.stderr[-2000:]}", pytrace=False)


def _candidates() -> Iterator[Path]:
    """Interpreters of the right series: the named one, this one, those on PATH, those of pyenv."""
    if named := os.environ.get(_OVERRIDE):
        if not _is_right(named):
            pytest.fail(f"{_OVERRIDE}={named} is no Python {_SERIES}.", pytrace=False)
        yield Path(named)
    yield from (Path(path) for path in (sys.executable, shutil.which(f"python{_SERIES}")) if path and _is_right(path))
    # A shim of pyenv fails for a version that is installed but not selected, so pyenv itself is asked.
    for version in _answer("pyenv", "versions", "--bare").split():
        if re.fullmatch(rf"{re.escape(_SERIES)}\.\d+", version):
            yield Path(_answer("pyenv", "prefix", version)) / "bin" / "python"


def _is_right(python: str) -> bool:
    return _answer(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])") == _SERIES


def _answer(*command: str) -> str:
    """What a command prints; nothing where it is missing or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
