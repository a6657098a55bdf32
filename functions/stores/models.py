"""Trained models: one row per label, and the artifact's files as blobs that never change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from functions.errors import ModelGoneError
from functions.stores.blobs import BlobStore
from functions.stores.tables import Row, Table, pack, unpack
from model_tools.errors import NotFoundError

_MODELS = "models"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """Where the files of a model lie, and which they are."""

    project: str
    model_id: str
    """Unique for ever; names the folder of the artifact, so that a label can be trained again."""
    manifest_sha256: str | None
    """Binds what storage holds to the row that names it: see `Manifest.from_json`. None for models that were trained
    before rows had it, which are taken as they are."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What a training job left behind under a label."""

    project: str
    label: str
    model_id: str
    manifest_sha256: str | None
    """See `ModelVersion`."""
    training_config: str
    """The recipe as the caller named it."""
    trained: datetime
    training_seconds: int
    dataset: str
    """Folder of the snapshot that it was trained and tested on, in the datasets container."""
    evaluation_options: dict[str, Any]
    """As the caller gave them; wire names."""

    @property
    def version(self) -> ModelVersion:
        """What is loaded to serve it."""
        return ModelVersion(self.project, self.model_id, self.manifest_sha256)


class ModelStore:
    """The models table and container."""

    def __init__(self, table: Table, blobs: BlobStore) -> None:
        self._table = table
        self._blobs = blobs

    def get(self, project: str, label: str) -> TrainedModel:
        """The model.

        Raises:
            NotFoundError: in the words of the real service.
        """
        model = self.find(project, label)
        if model is None:
            raise NotFoundError(
                f"Model `{label}` is not trained. Please train the model first.", target="trainedModelLabel"
            )
        return model

    def read_all(self, project: str) -> Iterator[TrainedModel]:
        """All models of a project by label."""
        return map(_from_row, self._table.partition(project))

    def save(self, model: TrainedModel) -> None:
        """Writes the row, replacing an older model of that label."""
        self._table.put(
            {
                "PartitionKey": model.project,
                "RowKey": model.label,
                "model_id": model.model_id,
                "manifest_sha256": model.manifest_sha256 or "",
                "training_config": model.training_config,
                "trained": model.trained,
                "training_seconds": model.training_seconds,
                "dataset": model.dataset,
                **pack(model.evaluation_options),
            }
        )

    def delete(self, model: TrainedModel) -> None:
        """Removes the row and the artifact."""
        self._table.delete(model.project, model.label)
        self.discard(model.project, model.model_id)

    def discard(self, project: str, model_id: str) -> None:
        """Removes an artifact that no row names."""
        self._blobs.delete_folder(_MODELS, f"{project}/{model_id}/")

    def find(self, project: str, label: str) -> TrainedModel | None:
        """The model, or None."""
        row = self._table.get(project, label)
        return _from_row(row) if row else None

    def delete_project(self, project: str) -> None:
        """Removes every model of a project."""
        self._table.delete_partition(project)
        self._blobs.delete_folder(_MODELS, f"{project}/")

    def upload(self, project: str, model_id: str, files: list[Path]) -> None:
        """Stores the files of an artifact; the same files again change nothing."""
        for file in files:
            self._blobs.put(_MODELS, f"{project}/{model_id}/{file.name}", file.read_bytes(), "application/octet-stream")

    def size(self, project: str, model_id: str) -> int:
        """Bytes of an artifact's files; 0 where there are none."""
        return sum(blob.size for blob in self._blobs.listing(_MODELS, f"{project}/{model_id}/"))

    def download(self, project: str, model_id: str, folder: Path) -> None:
        """Fetches an artifact's files into `folder`.

        Raises:
            ModelGoneError: they are not all there.
        """
        prefix = f"{project}/{model_id}/"
        try:
            names = [blob.name.removeprefix(prefix) for blob in self._blobs.listing(_MODELS, prefix)]
            if not names:
                raise ModelGoneError(model_id)
            for name in names:
                # An artifact has no folders; what somebody put there under `../` must not leave this one.
                if "/" not in name:
                    (folder / name).write_bytes(self._blobs.get(_MODELS, prefix + name))
        except NotFoundError as error:
            raise ModelGoneError(model_id) from error

    def read_file(self, project: str, model_id: str, name: str) -> bytes:
        """One file of an artifact.

        Raises:
            NotFoundError: it is gone.
        """
        return self._blobs.get(_MODELS, f"{project}/{model_id}/{name}")


def _from_row(row: Row) -> TrainedModel:
    return TrainedModel(
        project=row["PartitionKey"],
        label=row["RowKey"],
        model_id=row["model_id"],
        manifest_sha256=row.get("manifest_sha256") or None,
        training_config=row["training_config"],
        trained=row["trained"],
        training_seconds=int(row["training_seconds"]),
        dataset=row["dataset"],
        evaluation_options=unpack(row) or {},
    )
