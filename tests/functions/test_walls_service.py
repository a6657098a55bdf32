"""The walls around the service: what may import what, no circles, and an api process without torch."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("functions", "model_tools", "devhost")
HEAVY = {"torch", "transformers", "optimum"}
STORAGE = ("azure.storage", "azure.data.tables")
KEY = "UseDevelopmentStorage=true"


def modules(*packages: str) -> list[Path]:
    return [
        ROOT / "function_app.py",
        *(path for package in packages for path in sorted((ROOT / package).rglob("*.py"))),
    ]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def imports_at_start(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements that run when the module is imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not is_type_checking(node):
            yield from imports_at_start(node)


def names(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, "imports are absolute"
    return [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]


def all_imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    return {name for node in found for name in names(node)}


def is_under(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("path", modules("functions"), ids=name_of)
def test_imports_of_the_service(path: Path) -> None:
    imported = all_imports(path)
    assert not {name for name in imported if is_under(name, "devhost", "tests", *HEAVY)}
    if not is_under(name_of(path), "functions.stores"):
        assert not {name for name in imported if is_under(name, *STORAGE)}
    if not is_under(name_of(path), "functions.http", "function_app"):
        assert not {name for name in imported if is_under(name, "functions.http", "starlette")}


@pytest.mark.parametrize("path", modules("model_tools", "devhost")[1:], ids=name_of)
def test_nothing_below_imports_the_service(path: Path) -> None:
    assert not {name for name in all_imports(path) if is_under(name, "functions", "function_app")}


@pytest.mark.parametrize("path", modules("functions"), ids=name_of)
def test_the_environment_is_read_in_two_places(path: Path) -> None:
    reads = any(
        isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )
    assert reads == (name_of(path) in {"function_app", "functions.services"})


def import_graph() -> dict[str, set[str]]:
    known = {name_of(path): path for path in modules(*PACKAGES)}
    return {
        name: {
            imported
            for node in imports_at_start(ast.parse(path.read_text(encoding="utf-8")))
            for imported in names(node)
            if imported in known and imported != name
        }
        for name, path in known.items()
    }


def test_no_import_circle() -> None:
    graph = import_graph()
    assert sum(map(len, graph.values())) > 200, "the graph has edges"
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import circle: {' -> '.join(error.args[1])}")


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "SYSTEMROOT"}}
    return subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**kept, **environment},
    )


@pytest.mark.parametrize(
    ("role", "has"),
    [
        ("api", {"authoring", "analyze_text", "analyze_text_now", "health", "openapi", "docs", "studio", "ingest_blob", "run_operation",
                 "run_analysis", "run_container", "poisoned_operation", "poisoned_analysis", "poisoned_container",
                 "poisoned_training", "reconcile", "sweep_jobs", "expire_jobs"}),
        ("trainer", {"train"}),
    ],
)  # fmt: skip
def test_a_fresh_process_of_a_role_stays_light(role: str, has: set[str]) -> None:
    program = (
        "import sys, function_app as f\n"
        "print(*[each.get_function_name() for each in f.app.get_functions()])\n"
        "print(*sys.modules)"
    )
    done = run(program, NER_ROLE=role, NerStorage=KEY, NER_AUTHOR_KEYS="0123456789abcdef")
    assert done.returncode == 0, done.stderr
    functions, loaded = (set(line.split()) for line in done.stdout.splitlines())
    assert functions >= has
    assert not HEAVY & loaded


def test_a_process_of_the_api_works_where_torch_is_not_installed() -> None:
    blocked = f"import sys\nfor name in {sorted(HEAVY)}: sys.modules[name] = None\nimport function_app; print('up')"
    done = run(blocked, NER_ROLE="api", NerStorage=KEY)
    assert done.stdout.strip() == "up", done.stderr


@pytest.mark.parametrize(
    ("environment", "key"),
    [({}, "NER_ROLE"), ({"NER_ROLE": "API"}, "NER_ROLE"), ({"NER_ROLE": "api"}, "NerStorage")],
)
def test_a_process_that_is_set_up_wrongly_says_which_setting(environment: dict[str, str], key: str) -> None:
    done = run("import function_app", **environment)
    assert done.returncode != 0
    assert "SettingsError" in done.stderr
    assert key in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("environment", "trigger"),
    [
        ({"NerStorage": KEY}, "blobTrigger"),
        ({f"NerStorage__{service}ServiceUri": "https://x" for service in ("blob", "queue", "table")}, "queueTrigger"),
    ],
)
def test_uploads_are_polled_for_on_azurite_only(environment: dict[str, str], trigger: str) -> None:
    """Flex Consumption refuses a polling blob trigger; Azurite has no events."""
    program = (
        "import function_app as f\n"
        "ingest = next(each for each in f.app.get_functions() if each.get_function_name() == 'ingest_blob')\n"
        "print(ingest.get_trigger().get_binding_name())"
    )
    done = run(program, NER_ROLE="api", **environment)
    assert done.stdout.strip() == trigger, done.stderr
