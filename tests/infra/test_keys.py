"""The keys script against an `az` of our own that keeps secrets in a file, as the real one keeps them in a vault."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.settings import Settings
from scripts import keys
from scripts.azure_cli import AzureCliError
from scripts.keys import NoKeysError, Vault, ensure, rotate
from tests.infra.conftest import PutOnPath

AZ = """
import json, pathlib, sys
store, log = pathlib.Path({store!r}), pathlib.Path({log!r})
if sys.argv[1] == "rest":
    log.write_text(log.read_text() + " ".join(sys.argv[2:]) + "\\n")
    sys.exit()
secrets = json.loads(store.read_text())
_, _, _, verb, *rest = sys.argv
options = dict(zip(rest[::2], rest[1::2]))
if options["--vault-name"] != "kv-test":
    sys.exit("Vault not found")
if verb == "list":
    print(json.dumps(list(secrets)))
elif verb == "show":
    print(secrets[options["--name"]])
else:
    secrets[options["--name"]] = pathlib.Path(options["--file"]).read_text()
    store.write_text(json.dumps(secrets))
"""
APP = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/func-api-x"
REFRESHED = f"--method post --url {APP}/config/configreferences/appsettings/refresh?api-version=2022-03-01"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What was asked of Azure's own REST API."""
    file = tmp_path / "rest.log"
    file.touch()
    return file


@pytest.fixture
def store(tmp_path: Path, log: Path, put_on_path: PutOnPath) -> Path:
    file = tmp_path / "secrets.json"
    file.write_text("{}")
    put_on_path("az", AZ.format(store=str(file), log=str(log)))
    return file


def accepted(store: Path) -> Settings:
    """What the api makes of the secrets."""
    secrets = json.loads(store.read_text())
    return Settings.from_env(
        {
            "NER_ROLE": "api",
            "NerStorage": "UseDevelopmentStorage=true",
            "NER_AUTHOR_KEYS": secrets["author-keys"],
            "NER_QUERY_KEYS": secrets["query-keys"],
        }
    )


def test_two_keys_of_each_kind_are_made_once(store: Path) -> None:
    vault = Vault("kv-test")
    assert ensure(vault) == ["author", "query"]
    first = store.read_text()
    settings = accepted(store)
    every = (*settings.author_keys, *settings.query_keys)
    assert (len(settings.author_keys), len(settings.query_keys), len(set(every))) == (2, 2, 4)
    assert ensure(vault) == []
    assert store.read_text() == first


@pytest.mark.parametrize("number", [1, 2])
def test_a_rotation_leaves_the_other_key(number: int, store: Path) -> None:
    vault = Vault("kv-test")
    ensure(vault)
    before = accepted(store)
    rotate(vault, "author", number)
    after = accepted(store)
    changed = [old != new for old, new in zip(before.author_keys, after.author_keys, strict=True)]
    assert changed == [number == 1, number == 2]
    assert after.query_keys == before.query_keys


def test_there_must_be_keys_to_rotate(store: Path) -> None:
    with pytest.raises(NoKeysError, match="run `ensure` first"):
        rotate(Vault("kv-test"), "query", 1)


def test_what_the_vault_refuses_is_told(store: Path) -> None:
    with pytest.raises(AzureCliError, match="Vault not found"):
        ensure(Vault("kv-other"))


def test_without_the_azure_cli_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AzureCliError, match="az"):
        ensure(Vault("kv-test"))


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def run(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["keys", *arguments])
        keys.main()

    return run


def test_the_command_shows_both_keys(
    store: Path, log: Path, command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command("ensure", "kv-test", "--app", APP)
    log.write_text("")
    command("show", "kv-test", "query")
    assert tuple(capsys.readouterr().out.split()[-2:]) == accepted(store).query_keys
    assert log.read_text() == ""


def test_the_app_looks_up_what_changed(store: Path, log: Path, command: Callable[..., None]) -> None:
    """Also where nothing was missing: the app may have looked before its identity was let in."""
    calls = (
        ("ensure", "kv-test", "--app", APP),
        ("ensure", "kv-test", "--app", APP),
        ("rotate", "kv-test", "author", "1", "--app", APP),
        ("refresh", APP),
    )
    for number, arguments in enumerate(calls, 1):
        command(*arguments)
        assert log.read_text().splitlines() == [REFRESHED] * number


def test_nothing_is_looked_up_where_nothing_was_rotated(store: Path, log: Path, command: Callable[..., None]) -> None:
    with pytest.raises(SystemExit, match="run `ensure` first"):
        command("rotate", "kv-test", "author", "1", "--app", APP)
    assert log.read_text() == ""
