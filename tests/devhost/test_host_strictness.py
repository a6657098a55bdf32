import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from devhost.azurite import DEVELOPMENT_STORAGE
from devhost.errors import HostStartError
from devhost.indexing import index_app
from devhost.settings import load_settings
from tests.devhost.sample_hosts import HOST_JSON, run_host_that_fails, write_app

_HEAD = "import azure.functions as func\napp = func.FunctionApp()\n"
_HTTP = "@app.route(route='a')\n"
_QUEUE = "@app.queue_trigger(arg_name='m', queue_name='q', connection='AzureWebJobsStorage')\n"


def _index(root: Path, app: str, *, host_json: dict[str, Any] | None = None, **settings: str) -> list[str]:
    script = f"app_{uuid.uuid4().hex}.py"  # a module is imported once a process
    write_app(root, app, host_json=host_json, script=script)
    try:
        loaded = load_settings(root, {"PYTHON_SCRIPT_FILE_NAME": script, **settings})
        return [function.name for function in index_app(loaded)]
    finally:
        sys.path[:] = [path for path in sys.path if path != str(root.resolve())]


def test_good_app_is_indexed(tmp_path: Path) -> None:
    app = f"{_HEAD}{_HTTP}def a(req: func.HttpRequest, context: func.Context) -> str: ...\n{_QUEUE}def b(m): ...\n"
    assert _index(tmp_path, app) == ["a", "b"]


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        ("import nothing_of_this_name", r"import of .* failed: ModuleNotFoundError"),
        ("1 / 0", "failed: ZeroDivisionError"),
        ("x = 1", "No top level function app"),
        (f"{_HEAD}other = func.FunctionApp()", "More than one top level function app"),
        (f"{_HEAD}{_HTTP}def a(request): ...", "no binding: .'request'"),
        (f"{_HEAD}{_HTTP}def a(req, more): ...", "no binding: .'more'"),
        (f"{_HEAD}{_HTTP}def a(): ...", "not parameters of the Python function: .'req'"),
        (f"{_HEAD}{_HTTP}def a(req: int): ...", "type of `req`, int, does not fit"),
        (f"{_HEAD}{_HTTP}def a(req) -> int: ...", "return type int does not fit"),
        (f"{_HEAD}{_HTTP}def a(req) -> func.Out[str]: ...", "is not a type"),
        (f"{_HEAD}{_HTTP}def a(req: 'Missing'): ...", "annotations cannot be read"),
        (f"{_HEAD}{_HTTP}def a(req, context: int): ...", "`context` must be of type"),
        (f"{_HEAD}{_QUEUE}def a(m: func.Out[str]): ...", "may not be azure.functions.Out"),
        (
            f"{_HEAD}{_QUEUE}@app.queue_output(arg_name='o', queue_name='p', connection='C')\ndef a(m, o: str): ...",
            "must be azure.functions.Out",
        ),
        (f"{_HEAD}def a(req): ...\napp.function_name('a')(a)", "does not have a trigger"),
        (f"{_HEAD}{_HTTP}def a(req): ...\n{_HTTP}def a(req): ...", "unique function name"),
        (f"{_HEAD}{_HTTP}def a(req): ...\n@app.route(route='b')\ndef A(req): ...", "ignores case"),
        (f"{_HEAD}{_HTTP}def host(req): ...", "not be `host`"),
        (f"{_HEAD}{_HTTP}def _a(req): ...", "must start with a letter"),
        (f"{_HEAD}@app.cosmos_db_trigger('d', 'c', 'db', 'n')\ndef a(d): ...", "does not run the binding type"),
        (f"{_HEAD}@app.queue_trigger('m', '%NOWHERE%', 'C')\ndef a(m): ...", "`NOWHERE` is missing"),
    ],
)
def test_faulty_app_is_not_indexed(tmp_path: Path, app: str, reason: str) -> None:
    with pytest.raises(HostStartError, match=reason):
        _index(tmp_path, app)


def test_script_name_with_a_slash_is_refused(tmp_path: Path) -> None:
    write_app(tmp_path, _HEAD)
    with pytest.raises(HostStartError, match="without slash"):
        index_app(load_settings(tmp_path, {"PYTHON_SCRIPT_FILE_NAME": "functions/app.py"}))


def test_queue_trigger_needs_the_extension_bundle(tmp_path: Path) -> None:
    with pytest.raises(HostStartError, match=r"extensionBundle.*triggers of a"):
        _index(tmp_path, f"{_HEAD}{_QUEUE}def a(m): ...", host_json={"version": "2.0"})


@pytest.mark.parametrize(
    ("app", "settings", "reason"),
    [
        (
            f"{_HEAD}@app.route(route='p/{{n}}')\ndef project(req): ...\n@app.route(route='p/x')\ndef special(req): ...",
            {"AzureWebJobsStorage": "UseDevelopmentStorage=true"},
            "functions `project` .* and `special` .* both match GET /p/x",
        ),
        (f"{_HEAD}@app.route(route='administer')\ndef a(req): ...", {}, "function `a`.* reserved"),
        (f"{_HEAD}{_QUEUE}def a(m): ...", {"AzureWebJobsStorage": ""}, "`AzureWebJobsStorage` is missing"),
        (f"{_HEAD}{_QUEUE}def a(m): ...", {"AzureWebJobsStorage": "x"}, "`AzureWebJobsStorage` is no connection"),
        (
            f"{_HEAD}@app.timer_trigger('t', 'never')\ndef a(t): ...",
            {"AzureWebJobsStorage": "UseDevelopmentStorage=true"},
            "schedule `never`",
        ),
        (
            f"{_HEAD}@app.blob_trigger('b', '{{c}}/x', 'AzureWebJobsStorage')\ndef a(b): ...",
            {"AzureWebJobsStorage": "UseDevelopmentStorage=true"},
            "the container must be a fixed",
        ),
    ],
)
def test_host_does_not_start_and_says_why(tmp_path: Path, app: str, settings: dict[str, str], reason: str) -> None:
    write_app(tmp_path, app)
    assert re.search(reason, run_host_that_fails(tmp_path, **settings))


# Settings


def _settings_root(root: Path, **extensions: object) -> Path:
    (root / "host.json").write_text(json.dumps({**HOST_JSON, "extensions": extensions}))
    return root


def test_environment_wins_over_local_settings(tmp_path: Path) -> None:
    _settings_root(tmp_path)
    values = {"A": "local", "B": "local"}
    (tmp_path / "local.settings.json").write_text(json.dumps({"IsEncrypted": False, "Values": values}))
    settings = load_settings(tmp_path, {"A": "real"})
    assert settings.resolve("%A%-%B%") == "real-local"


def test_host_json_is_overridden_by_app_settings(tmp_path: Path) -> None:
    _settings_root(tmp_path, queues={"batchSize": 4, "visibilityTimeout": "00:00:30"})
    settings = load_settings(
        tmp_path,
        {
            "AzureFunctionsJobHost__extensions__queues__batchSize": "1",
            "azurefunctionsjobhost__extensions__http__routePrefix": "v1",
            "AzureFunctionsJobHost__functionTimeout": "-1",
        },
    )
    assert settings.queues.batch_size == 1
    assert settings.queues.visibility_timeout.total_seconds() == 30
    assert settings.route_prefix == "v1"
    assert settings.function_timeout is None


def test_defaults_are_the_hosts(tmp_path: Path) -> None:
    settings = load_settings(_settings_root(tmp_path), {})
    assert settings.route_prefix == "api"
    assert settings.body_limit == 104_857_600
    assert settings.thread_count == 1000
    assert settings.queues.batch_size == 16
    assert settings.queues.max_dequeue_count == 5
    assert settings.queues.visibility_timeout.total_seconds() == 0
    assert settings.function_timeout is not None
    assert settings.function_timeout.total_seconds() == 30 * 60


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"queues": {"batchSize": 33}}, "batchSize` is `33`"),
        ({"queues": {"messageEncoding": "utf8"}}, "messageEncoding"),
        ({"queues": {"visibilityTimeout": "soon"}}, "not a time span"),
    ],
)
def test_bad_host_json_value_is_named(tmp_path: Path, values: dict[str, object], reason: str) -> None:
    with pytest.raises(HostStartError, match=reason):
        load_settings(_settings_root(tmp_path, **values), {})


def test_missing_and_wrong_host_json(tmp_path: Path) -> None:
    with pytest.raises(HostStartError, match=r"no host.json"):
        load_settings(tmp_path, {})
    (tmp_path / "host.json").write_text("{}")
    with pytest.raises(HostStartError, match="version"):
        load_settings(tmp_path, {})


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"AzureWebJobsStorage": "UseDevelopmentStorage=true"}, DEVELOPMENT_STORAGE),
        ({"AzureWebJobsStorage": "AccountName=x"}, "AccountName=x"),
    ],
)
def test_connection_string(tmp_path: Path, environment: dict[str, str], expected: str) -> None:
    assert load_settings(_settings_root(tmp_path), environment).connection_string(None) == expected


def test_identity_connection_is_refused_by_name(tmp_path: Path) -> None:
    settings = load_settings(_settings_root(tmp_path), {"Docs__blobServiceUri": "https://x"})
    with pytest.raises(HostStartError, match="`Docs` is an identity"):
        settings.connection_string("Docs")


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1", True), ("false", False), ("", False)])
def test_disabled_setting(tmp_path: Path, value: str, *, expected: bool) -> None:
    settings = load_settings(_settings_root(tmp_path), {"AzureWebJobs.f.Disabled": value})
    assert settings.is_disabled("f") == expected


@pytest.mark.parametrize(("site", "expected"), [("My-Site", "my-site"), ("s" * 40, "s" * 32)])
def test_host_id_is_the_sites_name(tmp_path: Path, site: str, expected: str) -> None:
    assert load_settings(_settings_root(tmp_path), {"WEBSITE_SITE_NAME": site}).host_id == expected
