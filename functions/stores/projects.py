"""Projects: one row each, with the categories and their order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from functions.stores.connection import DOCUMENTS_CONTAINER
from functions.stores.tables import Row, Table, etag_of, pack, unpack
from model_tools.errors import ConflictError, NotFoundError
from model_tools.formats.labels_file import Category

_PARTITION = "projects"


class ProjectNotFoundError(NotFoundError):
    """No project has that name."""

    code = "ProjectNotFound"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no project named '{name}'. Names are case-sensitive.", target="projectName")


@dataclass(frozen=True, slots=True)
class CategoryStyle:
    """How people see and reach a category while they label."""

    color: str | None = None
    """`#rrggbb`."""
    hotkey: str | None = None
    """One character, of one category only."""


@dataclass(frozen=True, slots=True)
class Project:
    """What people configure about a project."""

    name: str
    container: str
    """Name of the storage container that its documents lie in."""
    language: str
    multilingual: bool
    description: str | None
    settings: dict[str, Any]
    """`confidenceThreshold` and whatever else the client stored; wire names."""
    created: datetime
    modified: datetime
    categories: tuple[Category, ...] = ()
    styles: Mapping[str, CategoryStyle] = field(default_factory=dict)
    """By name, of categories that have one."""
    last_trained: datetime | None = None
    last_deployed: datetime | None = None
    training_job: str | None = None
    """Id of the newest training job; the project is locked while that job is not finished."""
    etag: str = field(default="", compare=False)

    @property
    def folder(self) -> str:
        """Where in the container its documents lie: a prefix that ends in `/`, or the root."""
        return f"{self.name}/" if self.container == DOCUMENTS_CONTAINER else ""

    @property
    def confidence_threshold(self) -> float:
        """Entities below it are not returned."""
        return float(self.settings.get("confidenceThreshold") or 0.0)


class ProjectStore:
    """The projects table. One that is being deleted keeps its row, and so its name, but is not to be found."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, name: str) -> Project | None:
        """The project, or None."""
        row = self._table.get(_PARTITION, name)
        return None if row is None or _is_hidden(row) else _from_row(row)

    def is_being_deleted(self, name: str) -> bool:
        """Whether there is only the row left that keeps the name."""
        row = self._table.get(_PARTITION, name)
        return row is not None and _is_hidden(row)

    def get(self, name: str) -> Project:
        """The project.

        Raises:
            ProjectNotFoundError: there is none.
        """
        project = self.find(name)
        if project is None:
            raise ProjectNotFoundError(name)
        return project

    def read_all(self) -> Iterator[Project]:
        """All projects by name."""
        return (_from_row(row) for row in self._table.partition(_PARTITION) if not _is_hidden(row))

    def create(self, project: Project) -> Project:
        """Adds a project.

        Raises:
            ConflictError: the name is taken.
        """
        try:
            return replace(project, etag=self._table.insert(_to_row(project)))
        except ConflictError as error:
            if self.is_being_deleted(project.name):
                raise ConflictError(
                    f"The project '{project.name}' is being deleted. Try again in a moment, or delete it once more.",
                    target="projectName",
                ) from error
            raise

    def update(self, project: Project) -> Project:
        """Replaces the version that was read.

        Raises:
            StaleError: somebody else changed the project meanwhile.
        """
        return replace(project, etag=self._table.replace(_to_row(project), project.etag))

    def hide(self, project: Project) -> None:
        """Makes the version that was read one that is being deleted.

        Raises:
            StaleError: somebody else changed the project meanwhile.
        """
        self._table.replace({**_to_row(project), "deleting": True}, project.etag)

    def delete(self, name: str) -> None:
        """Removes the row."""
        self._table.delete(_PARTITION, name)


def _is_hidden(row: Row) -> bool:
    return bool(row.get("deleting"))


def _to_row(project: Project) -> dict[str, Any]:
    row = {
        "PartitionKey": _PARTITION,
        "RowKey": project.name,
        "container": project.container,
        "language": project.language,
        "multilingual": project.multilingual,
        "created": project.created,
        "modified": project.modified,
        "last_trained": project.last_trained,
        "last_deployed": project.last_deployed,
        "training_job": project.training_job,
        **pack(
            {
                "description": project.description,
                "settings": project.settings,
                "categories": [[c.name, c.description] for c in project.categories],
                "styles": {name: [style.color, style.hotkey] for name, style in project.styles.items()},
            }
        ),
    }
    return {key: value for key, value in row.items() if value is not None}


def _from_row(row: Row) -> Project:
    packed = unpack(row) or {}
    return Project(
        name=row["RowKey"],
        container=row["container"],
        language=row["language"],
        multilingual=row["multilingual"],
        description=packed.get("description"),
        settings=packed.get("settings", {}),
        categories=tuple(Category(name, description) for name, description in packed.get("categories", ())),
        styles={name: CategoryStyle(*style) for name, style in packed.get("styles", {}).items()},
        created=row["created"],
        modified=row["modified"],
        last_trained=row.get("last_trained"),
        last_deployed=row.get("last_deployed"),
        training_job=row.get("training_job"),
        etag=etag_of(row),
    )
