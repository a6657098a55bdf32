"""Everything a function needs, built once per process from the settings."""

import os
import threading
from dataclasses import dataclass

from azure.core.credentials import TokenCredential

from functions.lifecycle.admission import Admission
from functions.lifecycle.deployment_directory import DeploymentDirectory
from functions.lifecycle.model_files import ModelFiles
from functions.lifecycle.overviews import Overviews
from functions.lifecycle.predictors import PredictorCache
from functions.lifecycle.serving import Serving
from functions.settings import Settings, StorageSettings
from functions.stores.blobs import BlobStore
from functions.stores.changes import ChangeStore
from functions.stores.connection import StorageConnection
from functions.stores.deployments import DeploymentStore
from functions.stores.documents import DocumentStore
from functions.stores.jobs import JobStore
from functions.stores.labels import LabelStore
from functions.stores.models import ModelStore
from functions.stores.parts import PartStore
from functions.stores.projects import ProjectStore
from functions.stores.quality import QualityStore
from functions.stores.suggestions import SuggestionStore
from functions.stores.tables import Table

_OPENINGS = 8
"""Predictions at once that wait for their deployment to be looked up or their model to be loaded, one of each."""


@dataclass(frozen=True)
class Services:
    """Stores and caches of one process; safe to share between threads."""

    settings: Settings
    storage: StorageConnection
    blobs: BlobStore
    projects: ProjectStore
    documents: DocumentStore
    labels: LabelStore
    changes: ChangeStore
    suggestions: SuggestionStore
    quality: QualityStore
    models: ModelStore
    deployments: DeploymentStore
    jobs: JobStore
    parts: PartStore
    overviews: Overviews
    directory: DeploymentDirectory
    predictors: PredictorCache
    serving: Serving
    admission: Admission
    """Of predictions."""
    openings: Admission
    """Of those that have to wait for storage first."""

    @classmethod
    def build(cls, settings: Settings) -> "Services":
        """Connects, and on Azurite makes the tables, containers and queues that are missing.

        In Azure they were made with the account: the identities have roles on each of them, and may not make more.
        """
        storage = StorageConnection.open(settings.storage, _credential(settings.storage))
        if settings.storage.is_emulated:
            storage.create_missing()

        def table(name: str) -> Table:
            return Table(storage.tables.get_table_client(name))

        blobs = BlobStore(storage.blobs)
        models = ModelStore(table("models"), blobs)
        projects = ProjectStore(table("projects"))
        deployments = DeploymentStore(table("deployments"))
        predictors = PredictorCache(
            models,
            ModelFiles(models, settings.data_dir / "models", capacity=settings.disk_cache_bytes),
            capacity=settings.model_cache_bytes,
            threads=settings.threads,
        )
        documents = DocumentStore(table("documents"), table("contents"), blobs)
        labels = LabelStore(table("labels"), table("labelhistory"))
        directory = DeploymentDirectory(projects, deployments, predictors.start)
        return cls(
            settings=settings,
            storage=storage,
            blobs=blobs,
            projects=projects,
            documents=documents,
            labels=labels,
            changes=ChangeStore(table("changes"), blobs),
            suggestions=SuggestionStore(table("suggestions")),
            quality=QualityStore(table("quality"), blobs),
            models=models,
            deployments=deployments,
            jobs=JobStore(table("jobs"), blobs),
            parts=PartStore(table("jobparts"), blobs),
            overviews=Overviews(documents, labels),
            directory=directory,
            predictors=predictors,
            serving=Serving(directory, predictors),
            admission=Admission("prediction", running=settings.concurrency, waiting=settings.max_waiting),
            openings=Admission("opening", running=_OPENINGS, waiting=settings.max_waiting),
        )


_lock = threading.Lock()
_services: Services | None = None


def get_services() -> Services:
    """The process's services; built by whoever asks first.

    Raises:
        SettingsError: a setting is missing or wrong.
    """
    global _services  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _services is None:
            _services = Services.build(Settings.from_env(os.environ))
        return _services


def _credential(storage: StorageSettings) -> TokenCredential | None:
    if storage.connection_string:
        return None
    # With msal a good part of what a start imports, and only identities need it.
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential  # noqa: PLC0415

    if storage.client_id:
        return ManagedIdentityCredential(client_id=storage.client_id)
    return DefaultAzureCredential()
