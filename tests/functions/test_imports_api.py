"""What a fresh process of the api imports: the list is what start-up time is made of, and no machine's load changes it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = {"function_app", "functions", "model_tools"}
DIRECT = {"azure", "msgspec", "numpy", "onnxruntime", "opentelemetry", "py3langid", "regex", "starlette", "tokenizers"}
"""requirements.txt, without the readers of HTML, PDF and Word."""
BROUGHT_ALONG = {
    "anyio": "starlette",
    "certifi": "requests",
    "charset_normalizer": "requests",
    "cryptography": "azure.storage",
    "cython_runtime": "a name that compiled modules leave",
    "idna": "requests",
    "isodate": "azure.storage",
    "markupsafe": "werkzeug",
    "multidict": "yarl",
    "propcache": "yarl",
    "requests": "azure.core",
    "typing_extensions": "azure.core",
    "urllib3": "requests",
    "werkzeug": "azure.functions",
    "yarl": "azure.data.tables",
}


def imported(program: str) -> set[str]:
    """Top-level packages beyond the standard library, of a fresh process after `program`."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "SYSTEMROOT"}}
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}\nprint(*sys.modules)"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**kept, "NER_ROLE": "api", "NerStorage": "UseDevelopmentStorage=true"},
    )
    assert done.returncode == 0, done.stderr
    packages = {name.partition(".")[0] for name in done.stdout.split()}
    return {name for name in packages if not name.startswith("_") and name not in sys.stdlib_module_names}


def test_the_api_imports_what_it_needs_and_nothing_else() -> None:
    assert imported("import function_app") - OURS - DIRECT <= BROUGHT_ALONG.keys()


def test_prediction_needs_no_web_framework_and_no_cloud() -> None:
    found = imported("from model_tools.inference.predictor import Predictor")
    assert found <= {
        "model_tools",
        "msgspec",
        "numpy",
        "onnxruntime",
        "regex",
        "tokenizers",
        "cython_runtime",
        "typing_extensions",
    }
