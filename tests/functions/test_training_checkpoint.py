"""The state of a training run outlives the host it ran on."""

from pathlib import Path

from functions.lifecycle.training_checkpoint import CheckpointBlob
from functions.services import Services
from functions.stores.jobs import JobKind, new_job


def test_another_host_goes_on_with_what_was_stored(services: Services, tmp_path: Path) -> None:
    job = new_job("checkpointed", JobKind.TRAIN, {})
    first = CheckpointBlob(services, job, tmp_path / "first")
    first.fetch()
    first.store()
    assert not first.path.exists(), "nothing was written yet"
    first.path.write_bytes(b"step 10")
    first.store()
    replaced = tmp_path / "draft"
    replaced.write_bytes(b"step 20")
    replaced.replace(first.path)
    first.store()

    second = CheckpointBlob(services, job, tmp_path / "second")
    second.fetch()
    assert second.path.read_bytes() == b"step 20"
    second.remove()
    second.store()
    third = CheckpointBlob(services, job, tmp_path / "third")
    third.fetch()
    assert not third.path.exists(), "what was fetched is not stored again"


def test_a_checkpoint_goes_with_its_project(services: Services, tmp_path: Path) -> None:
    checkpoint = CheckpointBlob(services, new_job("gone", JobKind.TRAIN, {}), tmp_path / "state")
    checkpoint.path.write_bytes(b"step 10")
    checkpoint.store()
    services.blobs.delete_folder("datasets", "gone/")
    assert list(services.blobs.listing("datasets", "gone/")) == []
