"""A run that was cut off goes on where it was."""

from pathlib import Path

import msgspec
import pytest

pytest.importorskip("torch", reason="training is not installed")

import torch

from model_tools.documents import Document, read_jsonl
from model_tools.progress import Phase
from model_tools.training.checkpoint import Checkpoint
from model_tools.training.fitting import FittedModel, fit
from model_tools.training.recipe import Recipe, load_recipe

CATEGORIES = ("City", "Name")


class CutOffError(Exception):
    """Stands for whatever ends a process."""


@pytest.fixture
def recipe(toy_recipe_file: Path) -> Recipe:
    # With dropout and validation, so that the random state and the best weights count too.
    return msgspec.structs.replace(
        load_recipe(str(toy_recipe_file)),
        min_steps=12,
        max_steps=12,
        dropout=0.1,
        validations=6,
        early_stopping_min_labels=1,
    )


@pytest.fixture
def documents(toy_data: Path) -> list[Document]:
    return read_jsonl(toy_data)


def trained(documents: list[Document], recipe: Recipe, path: Path | None, *, cut_at: int | None = None) -> FittedModel:
    n_steps = 0

    def progress(phase: Phase, percent: float, seconds_left: float | None) -> None:
        nonlocal n_steps
        n_steps += 1
        if n_steps == cut_at:
            raise CutOffError

    return fit(
        [document for document in documents if document.split == "train"],
        CATEGORIES,
        recipe,
        seed=3,
        held_out=[document for document in documents if document.split == "test"],
        progress=progress,
        checkpoint=None if path is None else Checkpoint(path, "this run", seconds_between=0),
    )


def weights(model: FittedModel) -> dict[str, torch.Tensor]:
    return dict(model.network.state_dict())


@pytest.mark.parametrize("cut_at", [1, 5, 11])
def test_a_resumed_run_ends_with_the_very_same_weights(
    documents: list[Document], recipe: Recipe, tmp_path: Path, cut_at: int
) -> None:
    path = tmp_path / "run.pt"
    with pytest.raises(CutOffError):
        trained(documents, recipe, path, cut_at=cut_at)
    left = Checkpoint(path, "this run").load()
    assert left is not None
    assert left["step"] == cut_at
    resumed, whole = weights(trained(documents, recipe, path)), weights(trained(documents, recipe, None))
    assert resumed.keys() == whole.keys()
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_a_file_of_another_run_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    Checkpoint(path, "one", seconds_between=0).save_if_due(lambda: {"step": 3})
    assert Checkpoint(path, "one").load() == {"step": 3}
    assert Checkpoint(path, "other").load() is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 damaged", b"\x80\x04junk"])
def test_a_damaged_file_is_no_checkpoint(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.pt").write_bytes(content)
    assert Checkpoint(tmp_path / "run.pt", "one").load() is None


def test_a_truncated_file_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    Checkpoint(path, "one", seconds_between=0).save_if_due(lambda: {"weights": torch.ones(1000)})
    path.write_bytes(path.read_bytes()[:-500])
    assert Checkpoint(path, "one").load() is None


def test_a_state_is_not_written_more_often_than_asked(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run.pt", "one", seconds_between=3600)
    checkpoint.save_if_due(lambda: {"step": 1})
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_does_not_end_the_training(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    checkpoint = Checkpoint(tmp_path / "no such folder" / "run.pt", "one", seconds_between=0)
    checkpoint.save_if_due(lambda: {"step": 1})
    assert "without a checkpoint" in caplog.text


def test_a_checkpoint_that_is_done_with_is_removed(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run.pt", "one", seconds_between=0)
    checkpoint.save_if_due(lambda: {"step": 1})
    checkpoint.remove()
    checkpoint.remove()
    assert list(tmp_path.iterdir()) == []
