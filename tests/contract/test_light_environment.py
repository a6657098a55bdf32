"""What the api runs on, without torch and on Python 3.13: the tests of the light half pass there too."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from tests.contract.worker_environment import REPOSITORY

HEAVY = ("torch", "transformers", "optimum")

TESTS = (
    "tests/model_tools/test_artifact.py",
    "tests/model_tools/test_documents.py",
    "tests/model_tools/test_offsets.py",
    "tests/model_tools/test_spans.py",
    "tests/model_tools/test_tags.py",
    "tests/model_tools/test_walls.py",
    "tests/model_tools/dataset",
    "tests/model_tools/evaluation",
    "tests/model_tools/extract",
    "tests/model_tools/formats",
    "tests/model_tools/inference",
    "tests/functions/test_http_runtime.py",
)
"""Predictions and all that leads to them. Not all of tests/functions: the contract test covers it in less time."""
_SECONDS = 300.0
"""An upper limit; they take about 15."""


@pytest.fixture(scope="module")
def outcomes(worker_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Counter[tuple[str, str]]:
    """How many tests of each path ended in each way, in the light environment."""
    report = tmp_path_factory.mktemp("light") / "report.xml"
    command = [str(worker_python), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *TESTS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, cwd=REPOSITORY, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    return Counter((_path_of(case), _outcome(case)) for case in ET.parse(report).iter("testcase"))


def _path_of(case: ET.Element) -> str:
    module = case.get("classname", "").replace(".", "/")
    return next((path for path in TESTS if module.startswith(path.removesuffix(".py"))), module)


def _outcome(case: ET.Element) -> str:
    return "skipped" if case.find("skipped") is not None else "passed"


@pytest.mark.parametrize("path", TESTS)
def test_they_pass(path: str, outcomes: Counter[tuple[str, str]]) -> None:
    assert (REPOSITORY / path).exists()
    # What needs a freshly trained model skips here; most must not.
    assert outcomes[path, "passed"] > outcomes[path, "skipped"]


@pytest.mark.parametrize("name", HEAVY)
def test_the_environment_has_no_training_package(name: str, worker_python: Path) -> None:
    program = f"import importlib.util; print(importlib.util.find_spec({name!r}))"
    done = subprocess.run([worker_python, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"


@pytest.mark.parametrize("role", ["api", "trainer"])
def test_an_app_leaves_torch_alone_where_it_is_installed(role: str) -> None:
    """Even the trainer: only its child processes train."""
    program = "import json, sys, function_app; print(json.dumps(sorted(sys.modules)))"
    environment = {"NER_ROLE": role, "NerStorage": "UseDevelopmentStorage=true"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY, env=environment
    )
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "function_app" in loaded
    assert not loaded & set(HEAVY)
