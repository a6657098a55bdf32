"""The Azure CLI, for the scripts that need it."""

import subprocess


class AzureCliError(Exception):
    """The Azure CLI is not there, or did not do what it was asked."""


def az(*arguments: str) -> str:
    """What `az` prints.

    Raises:
        AzureCliError: with what it said instead.
    """
    try:
        done = subprocess.run(["az", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607 - no shell
    except FileNotFoundError as error:
        raise AzureCliError("The Azure CLI (az) is not on PATH.") from error
    if done.returncode:
        raise AzureCliError(done.stderr.strip())
    return done.stdout
