"""@azure/ai-language-text 1.1.0 from npm, in a Node.js process of its own."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from devhost.stack import Stack
from tests.e2e.conftest import Trained

SCRIPT = Path(__file__).parent / "javascript/predict.mjs"
TEXT = "🚀 Cafe\u0301\r\nShares of Apple rose while Bitcoin fell."


@pytest.fixture(scope="module")
def answer(stack: Stack, trained: Trained) -> dict[str, Any]:
    node = shutil.which("node")
    assert node is not None
    command = [node, str(SCRIPT), stack.url, stack.key, trained.project, trained.deployment, TEXT, ""]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert process.returncode == 0, process.stderr
    parsed: dict[str, Any] = json.loads(process.stdout)
    return parsed


@pytest.mark.stack
def test_the_default_unit_is_text_elements(answer: dict[str, Any]) -> None:
    action = answer["actions"][0]
    bitcoin = next(entity for entity in action["results"][0]["entities"] if entity["text"] == "Bitcoin")
    before = TEXT[: TEXT.index("Bitcoin")].replace("\r\n", "\n").replace("e\u0301", "é")
    assert (bitcoin["offset"], bitcoin["length"], bitcoin["category"]) == (len(before), 7, "CRYPTO")


@pytest.mark.stack
def test_utf16_offsets_slice_the_string_as_javascript_counts(answer: dict[str, Any]) -> None:
    units = TEXT.encode("utf-16-le")
    entities = answer["actions"][1]["results"][0]["entities"]
    assert entities
    for entity in entities:
        start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        assert units[start:end].decode("utf-16-le") == entity["text"]


@pytest.mark.stack
def test_an_empty_document_is_an_error_of_its_own(answer: dict[str, Any]) -> None:
    assert answer["actions"][0]["results"][1]["error"]["code"] == "InvalidDocument"


@pytest.mark.stack
def test_a_failed_action_does_not_fail_the_others(answer: dict[str, Any]) -> None:
    assert "nowhere" in answer["actions"][2]["error"]["message"]
