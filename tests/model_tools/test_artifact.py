"""The model folder: what opens, what does not, and that nothing half-written is left."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from model_tools.artifact import Artifact, Split, refuse_to_overwrite, writing
from model_tools.errors import ArtifactError, ConflictError
from model_tools.manifest import Calibration, EncoderRecord, Manifest

MANIFEST = Manifest(
    categories=("City",),
    tags=("O", "B-City", "I-City"),
    inputs=("input_ids",),
    window=64,
    overlap=16,
    tagging_unit="word",
    dtype="fp32",
    calibration=Calibration(1.5, 0),
    encoder=EncoderRecord("package:x", "0" * 64),
    recipe={"name": "default"},
    seed=0,
    dataset_sha256="0" * 64,
    n_train_documents=1,
    versions={"torch": "2"},
    created=datetime(2026, 1, 1, tzinfo=UTC),
    training_seconds=1.0,
)
FILES = ("model.onnx", "tokenizer.json", "evaluation.json")


def fill(folder: Path, content: bytes = b"content") -> Artifact:
    for name in FILES:
        (folder / name).write_bytes(content)
    return Artifact.seal(folder, MANIFEST)


def write_and_die(goal: Path) -> None:
    with writing(goal) as draft:
        fill(draft, b"new")
        raise SystemExit(143)


def test_what_is_sealed_opens_equal(tmp_path: Path) -> None:
    sealed = fill(tmp_path)
    opened = Artifact.open(tmp_path)
    assert opened == sealed
    assert opened.size_bytes == len(FILES) * len(b"content")
    assert (opened.model.name, opened.tokenizer.name, opened.evaluation.name) == FILES


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    fill(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ArtifactError, match=name):
        Artifact.open(tmp_path)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"CONTENT", b"conten", b""])
def test_an_altered_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    fill(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ArtifactError, match=name):
        Artifact.open(tmp_path)
    assert Artifact.open(tmp_path, verify=False).manifest.seed == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        msgspec.json.encode(msgspec.structs.replace(MANIFEST, schema_version=2)),
    ],
)
def test_a_manifest_that_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    fill(tmp_path)
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"manifest\.json"):
        Artifact.open(tmp_path)


def test_a_manifest_that_was_changed_together_with_its_files(tmp_path: Path) -> None:
    written = fill(tmp_path).manifest_sha256
    assert Artifact.open(tmp_path, manifest_sha256=written).manifest_sha256 == written
    other = fill(tmp_path, b"other").manifest_sha256
    assert other != written
    Artifact.open(tmp_path)
    with pytest.raises(ArtifactError, match=rf"manifest\.json .* SHA-256 {other}, not {written}"):
        Artifact.open(tmp_path, manifest_sha256=written)


def test_a_file_the_manifest_does_not_list(tmp_path: Path) -> None:
    Artifact.seal(tmp_path, MANIFEST)
    with pytest.raises(ArtifactError, match=r"does not list model\.onnx"):
        Artifact.open(tmp_path)


def test_writing_leaves_the_folder_alone_until_the_end(tmp_path: Path) -> None:
    goal = tmp_path / "models" / "one"
    with writing(goal) as draft:
        fill(draft)
        assert not goal.exists()
    assert Artifact.open(goal).folder == goal
    assert list(goal.parent.iterdir()) == [goal]


def test_a_failure_leaves_the_old_model_and_no_draft(tmp_path: Path) -> None:
    goal = tmp_path / "one"
    with writing(goal) as draft:
        fill(draft, b"old")
    with pytest.raises(SystemExit):
        write_and_die(goal)
    assert Artifact.open(goal).model.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [goal]


def test_a_new_model_replaces_the_old_one(tmp_path: Path) -> None:
    goal = tmp_path / "one"
    for content in (b"old", b"new"):
        with writing(goal) as draft:
            fill(draft, content)
    assert Artifact.open(goal).model.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [goal]


def test_a_folder_that_is_no_model_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    with pytest.raises(ConflictError, match="left alone"), writing(tmp_path):
        pass
    with pytest.raises(ConflictError):
        refuse_to_overwrite(tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "ten years of work"


def test_the_split_comes_back_and_a_model_without_one_knows_no_document(tmp_path: Path) -> None:
    artifact = fill(tmp_path)
    assert artifact.read_split() == Split((), (), ())
    split = Split(("a", "b"), (), ("c",))
    artifact.split.write_bytes(split.to_json())
    assert artifact.read_split() == split
    artifact.split.write_bytes(b"[")
    with pytest.raises(ArtifactError, match="cannot be read"):
        artifact.read_split()
