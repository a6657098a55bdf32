"""What the trainer runs survives a provisioning by a machine that has not built it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.azure_cli import AzureCliError
from scripts.trainer_image import PLACEHOLDER, present_image
from tests.infra.conftest import PutOnPath

ROOT = Path(__file__).parents[2]
IMAGE = "crx.azurecr.io/nerine/trainer:azd-deploy-1"

AZ = """
import sys
image = {image!r}
verb, options = sys.argv[2], dict(zip(sys.argv[3::2], sys.argv[4::2]))
if verb == "list":
    if options["--tag"] != "azd-env-name=nerine-dev":
        sys.exit("Please run 'az login'")
    print("/subscriptions/s/containerApps/ca" if image else "")
else:
    assert options["--ids"] == "/subscriptions/s/containerApps/ca"
    print(image)
"""
AZD = "import json, pathlib, sys\npathlib.Path({log!r}).write_text(json.dumps(sys.argv[1:]))\n"


@pytest.mark.parametrize(("image", "told"), [(IMAGE, IMAGE), (PLACEHOLDER, ""), ("", "")])
def test_the_present_image(image: str, told: str, put_on_path: PutOnPath) -> None:
    put_on_path("az", AZ.format(image=image))
    assert present_image("nerine-dev") == told


def test_the_placeholder_is_that_of_the_bicep() -> None:
    assert f"'{PLACEHOLDER}'" in (ROOT / "infra/bicep/modules/trainer.bicep").read_text(encoding="utf-8")


def test_what_azure_refuses_is_told(put_on_path: PutOnPath) -> None:
    """And is no empty answer, which would take the trainer away."""
    put_on_path("az", AZ.format(image=IMAGE))
    with pytest.raises(AzureCliError, match="az login"):
        present_image("nerine-other")


@pytest.mark.parametrize(
    ("environment", "known", "set_to"),
    [
        ("nerine-dev", "", IMAGE),
        ("nerine-dev", "crx.azurecr.io/nerine/trainer:older", None),
        ("nerine-other", "", None),
    ],
)
def test_the_hook(environment: str, known: str, set_to: str | None, put_on_path: PutOnPath, tmp_path: Path) -> None:
    log = tmp_path / "azd.json"
    put_on_path("az", AZ.format(image=IMAGE))
    put_on_path("azd", AZD.format(log=str(log)))
    done = subprocess.run(
        [shutil.which("sh") or "sh", "infra/hooks/preprovision.sh"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "AZURE_ENV_NAME": environment, "SERVICE_TRAINER_IMAGE_NAME": known},
        check=False,
    )
    assert (done.returncode == 0) == (environment == "nerine-dev")
    told = json.loads(log.read_text()) if log.exists() else None
    assert told == (["env", "set", "SERVICE_TRAINER_IMAGE_NAME", set_to] if set_to else None)
