"""An `az` of our own, in front of the real one."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PutOnPath = Callable[[str, str], None]


@pytest.fixture
def put_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PutOnPath:
    """Makes a program of a name and a source in Python the first that is found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def put(name: str, source: str) -> None:
        program = folder / name
        program.write_text(f"#!{sys.executable}\n{source}")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return put
