"""Projects to test on: made through the stores, so that a test of one operation does not rest on all the others."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from functions.lifecycle.ingest import Source, ingest
from functions.services import Services
from functions.stores.connection import DOCUMENTS_CONTAINER
from functions.stores.deployments import Deployment
from functions.stores.documents import StoredDocument
from functions.stores.labels import Annotation
from functions.stores.models import TrainedModel
from functions.stores.projects import Project
from model_tools.artifact import Artifact
from model_tools.dataset.snapshot import Snapshot
from model_tools.documents import Document
from model_tools.formats.labels_file import Category, Dataset
from model_tools.spans import Label

CATEGORIES = ("City", "Person")
TEST_DOCUMENTS = (
    Document("e1.txt", "Ana Li saw Rome.", (Label(0, 6, "Person"), Label(11, 15, "City")), "en", "test"),
    Document("e2.txt", "😀 In Oslo and Paris", (Label(5, 9, "City"), Label(14, 19, "City")), "en", "test"),
)
"""What the tests' model was evaluated on: three entities found, one missed."""


def unique(prefix: str = "p") -> str:
    """A name that no other test has: all share one Azurite."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


@dataclass(frozen=True)
class World:
    """Makes what a test needs to be there already."""

    services: Services
    artifact: Path
    """A model folder."""

    def project(
        self,
        name: str | None = None,
        *,
        categories: tuple[str, ...] = CATEGORIES,
        container: str = DOCUMENTS_CONTAINER,
        settings: Mapping[str, Any] | None = None,
    ) -> str:
        """Makes a project and gives its name."""
        now = datetime.now(UTC)
        project = Project(
            name or unique(),
            container=container,
            language="en",
            multilingual=False,
            description=None,
            settings=dict(settings or {}),
            created=now,
            modified=now,
            categories=tuple(map(Category, categories)),
        )
        return self.services.projects.create(project).name

    def container(self) -> str:
        """Makes a container of its own and gives its name."""
        name = unique("c")
        self.services.storage.create_container(name)
        return name

    def upload(self, project: str, location: str, content: bytes | str) -> None:
        """Puts a file where the project's documents lie; nobody is told."""
        target = self.services.projects.get(project)
        data = content.encode() if isinstance(content, str) else content
        self.services.blobs.put(target.container, target.folder + location, data, "application/octet-stream")

    def document(self, project: str, location: str, content: bytes | str) -> StoredDocument:
        """Uploads a file and ingests it."""
        self.upload(project, location, content)
        document = ingest(self.services, Source.of(self.services.projects.get(project)), location)
        assert document is not None
        return document

    def labelled(
        self,
        project: str,
        location: str,
        text: str,
        *labels: Label,
        dataset: Dataset | None = None,
        done: bool | None = None,
    ) -> StoredDocument:
        """A document with labels; without any, it is done unless said otherwise."""
        document = self.document(project, location, text)
        annotation = Annotation(
            location, tuple(sorted(labels)), document.content_hash, dataset, done=not labels if done is None else done
        )
        etag = self.services.labels.get(project, location).etag
        self.services.labels.save(project, annotation, etag=etag, by="test")
        return document

    def model(
        self, project: str, label: str = "m", *, snapshot: Snapshot | None = None, folder: Path | None = None
    ) -> TrainedModel:
        """A trained model under a label; `folder` has another artifact than most tests need."""
        model_id, artifact = unique(label), Artifact.open(folder or self.artifact)
        self.services.models.upload(project, model_id, artifact.paths)
        dataset = f"{project}/{model_id}"
        for name, content in (snapshot or Snapshot(TEST_DOCUMENTS, CATEGORIES)).to_files().items():
            self.services.blobs.put("datasets", f"{dataset}/{name}", content, "application/octet-stream")
        model = TrainedModel(
            project=project,
            label=label,
            model_id=model_id,
            manifest_sha256=artifact.manifest_sha256,
            training_config="latest",
            trained=datetime.now(UTC),
            training_seconds=7,
            dataset=dataset,
            evaluation_options={"kind": "manual"},
        )
        self.services.models.save(model)
        return model

    def deployment(self, project: str, name: str = "d", model: TrainedModel | None = None) -> Deployment:
        """A deployment of a model, or of a new one."""
        model = model or self.model(project)
        now = datetime.now(UTC)
        deployment = Deployment(
            project=project,
            name=name,
            model_label=model.label,
            model_id=model.model_id,
            manifest_sha256=model.manifest_sha256,
            training_config=model.training_config,
            trained=model.trained,
            deployed=now,
        )
        self.services.deployments.put(deployment)
        self.services.directory.forget()
        return self.services.deployments.get(project, name)
