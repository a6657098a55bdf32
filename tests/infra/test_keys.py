"""The keys script against an `az` of our own that keeps secrets in a file, as the real one keeps them in a vault."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from functions.settings import Settings
from scripts import keys
from scripts.keys import Vault, VaultError, ensure, rotate

AZ = """#!{python}
import json, pathlib, sys
store = pathlib.Path({store!r})
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


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "secrets.json"
    file.write_text("{}")
    program = tmp_path / "bin" / "az"
    program.parent.mkdir()
    program.write_text(AZ.format(python=sys.executable, store=str(file)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
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
    with pytest.raises(VaultError, match="run `ensure` first"):
        rotate(Vault("kv-test"), "query", 1)


def test_what_the_vault_refuses_is_told(store: Path) -> None:
    with pytest.raises(VaultError, match="Vault not found"):
        ensure(Vault("kv-other"))


def test_without_the_azure_cli_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(VaultError, match="az"):
        ensure(Vault("kv-test"))


def test_the_command_shows_both_keys(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["ensure", "kv-test"], ["show", "kv-test", "query"]):
        monkeypatch.setattr(sys, "argv", ["keys", *arguments])
        keys.main()
    assert tuple(capsys.readouterr().out.split()[-2:]) == accepted(store).query_keys
