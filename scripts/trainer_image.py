# ruff: noqa: T201 - what a command prints is its result
"""Prints the image that the trainer of an environment runs now; nothing where there is none yet.

    python -m scripts.trainer_image nerine-dev

Provisioning sets the image that it is given. On a machine that has not built it, such as a pipeline's, nobody knows its
name, and the trainer would go back to the placeholder until the next one is built. Needs the Azure CLI, signed in.
"""

import argparse
import sys

from scripts.azure_cli import AzureCliError, az

PLACEHOLDER = "mcr.microsoft.com/k8se/quickstart-functions:latest"
"""Of infra/bicep/modules/trainer.bicep."""


def present_image(environment: str) -> str:
    """The image of the container app; empty where there is no app, or only the placeholder in it.

    Raises:
        AzureCliError: Azure does not say.
    """
    trainers = "[?type=='Microsoft.App/containerApps' && tags.\"azd-service-name\"=='trainer'].id"
    found = az("resource", "list", "--tag", f"azd-env-name={environment}", "--query", trainers, "--output", "tsv")
    if not (ids := found.split()):
        return ""
    image = "properties.template.containers[0].image"
    present = az("resource", "show", "--ids", ids[0], "--query", image, "--output", "tsv").strip()
    return "" if present == PLACEHOLDER else present


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environment")
    arguments = parser.parse_args()
    try:
        print(present_image(arguments.environment))
    except AzureCliError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
