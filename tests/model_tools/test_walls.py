"""The walls around the engine: torch only in training, and no Azure, HTTP or environment anywhere."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[2] / "model_tools"
HEAVY = {"torch", "transformers", "optimum", "onnx", "huggingface_hub", "safetensors"}
OUTSIDE = {"azure", "starlette", "functions", "devhost"}


def modules() -> list[Path]:
    return sorted(ENGINE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_imports_stay_inside_the_walls(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & OUTSIDE
    if "training" not in path.relative_to(ENGINE).parts:
        assert not roots & HEAVY


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_no_module_reads_the_environment(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names = {name.rsplit(".", 1)[-1] for name in imported(path)}
    assert not (attributes | names) & {"environ", "environb", "getenv", "getenvb"}


@pytest.mark.parametrize(
    "module",
    [
        "model_tools.cli",
        "model_tools.artifact",
        "model_tools.inference.predictor",
        "model_tools.evaluation.report",
        # The api lists the recipes.
        "model_tools.training.recipe",
    ],
)
def test_a_fresh_process_stays_light(module: str) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ENGINE.parent
    ).stdout.split()
    assert module in loaded
    assert not HEAVY & set(loaded)
