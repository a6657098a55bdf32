# ruff: noqa: T201 - what a command prints is its result
"""The author and query keys in Key Vault: made once, shown, and rotated one at a time.

    python -m scripts.keys ensure VAULT --app APP             # makes what is missing; changes nothing that is there
    python -m scripts.keys show VAULT author                  # prints both keys
    python -m scripts.keys rotate VAULT author 2 --app APP    # a new second key; the first stays valid
    python -m scripts.keys refresh APP                        # the app looks the keys up again

APP is the resource id of the function app (API_APP_ID). App Service looks a reference to the vault up when the setting
is made and keeps what it found for a day - that there was no secret yet, too - and a restart does not change that; so
who makes or rotates keys also has them looked up.

Two keys of each kind are valid at a time, so that callers can move to one while the other changes. The secrets
`author-keys` and `query-keys` hold the two, comma-separated, as `NER_AUTHOR_KEYS` and `NER_QUERY_KEYS` take them.
Needs the Azure CLI, signed in as somebody with the roles Key Vault Secrets Officer and, to have them looked up, Website
Contributor.
"""

import argparse
import json
import secrets
import sys
import tempfile
from pathlib import Path

from scripts.azure_cli import AzureCliError, az

KINDS = ("author", "query")
_KEYS_OF_A_KIND = 2
_KEY_BYTES = 32
"""256 random bits."""
_API_VERSION = "2022-03-01"


class NoKeysError(Exception):
    """There is nothing to rotate."""


class Vault:
    """The secrets of one vault, through the Azure CLI."""

    def __init__(self, name: str) -> None:
        self._name = name

    def get(self, kind: str) -> list[str]:
        """The keys of a kind; none where the secret does not exist.

        Raises:
            AzureCliError: the vault cannot be read.
        """
        names = json.loads(self._az("list", "--query", "[].name", "--output", "json"))
        if f"{kind}-keys" not in names:
            return []
        return self._az("show", "--name", f"{kind}-keys", "--query", "value", "--output", "tsv").strip().split(",")

    def put(self, kind: str, keys: list[str]) -> None:
        """Replaces the keys of a kind; the vault keeps the older version.

        Raises:
            AzureCliError: the vault cannot be written.
        """
        # By file and not by argument: arguments show in the list of processes.
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "value"
            file.touch(mode=0o600)
            file.write_text(",".join(keys), encoding="ascii")
            self._az("set", "--name", f"{kind}-keys", "--file", str(file), "--encoding", "utf-8", "--output", "none")

    def _az(self, verb: str, *arguments: str) -> str:
        return az("keyvault", "secret", verb, "--vault-name", self._name, *arguments)


def ensure(vault: Vault) -> list[str]:
    """Makes the keys of every kind that has none, and gives those kinds."""
    made = [kind for kind in KINDS if not vault.get(kind)]
    for kind in made:
        vault.put(kind, [new_key() for _ in range(_KEYS_OF_A_KIND)])
    return made


def rotate(vault: Vault, kind: str, number: int) -> None:
    """Replaces one key of a kind and leaves the other.

    Raises:
        NoKeysError: there are no keys yet.
    """
    keys = vault.get(kind)
    if len(keys) != _KEYS_OF_A_KIND:
        raise NoKeysError(
            f"There are {len(keys)} {kind} keys where {_KEYS_OF_A_KIND} are expected; run `ensure` first."
        )
    keys[number - 1] = new_key()
    vault.put(kind, keys)


def refresh(app: str) -> None:
    """Has App Service look the app's references to the vault up again; the app starts anew with what it finds.

    Raises:
        AzureCliError: it does not.
    """
    # An address without a host is a resource's, in whichever of Azure's clouds one is signed in.
    az(
        "rest",
        "--method",
        "post",
        "--url",
        f"{app}/config/configreferences/appsettings/refresh?api-version={_API_VERSION}",
    )


def new_key() -> str:
    """A random key without a comma."""
    return secrets.token_urlsafe(_KEY_BYTES)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("ensure", "show", "rotate"):
        command = verbs.add_parser(verb)
        command.add_argument("vault")
        if verb != "ensure":
            command.add_argument("kind", choices=KINDS)
        if verb == "rotate":
            command.add_argument("number", type=int, choices=range(1, _KEYS_OF_A_KIND + 1))
        if verb != "show":
            command.add_argument("--app", required=True, help="resource id of the function app")
    verbs.add_parser("refresh").add_argument("app", help="resource id of the function app")
    try:
        _run(parser.parse_args())
    except (AzureCliError, NoKeysError) as error:
        sys.exit(str(error))


def _run(arguments: argparse.Namespace) -> None:
    if arguments.verb == "show":
        print("\n".join(Vault(arguments.vault).get(arguments.kind)))
        return
    if arguments.verb == "ensure":
        print(f"Keys made: {', '.join(ensure(Vault(arguments.vault))) or 'none, they are there already'}.")
    elif arguments.verb == "rotate":
        rotate(Vault(arguments.vault), arguments.kind, arguments.number)
        print(f"{arguments.kind} key {arguments.number} is new.")
    refresh(arguments.app)
    print("The api looks its keys up now.")


if __name__ == "__main__":
    main()
