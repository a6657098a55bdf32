"""The wire of entity types."""

from msgspec import UNSET, UnsetType

from functions.http.schemas import Wire


class EntityInput(Wire):
    """Body of `POST …/entities`."""

    category: str
    description: str | UnsetType | None = UNSET
    color: str | UnsetType | None = UNSET
    """`#rrggbb`."""
    hotkey: str | UnsetType | None = UNSET
    """One character that no other entity has and no command; absent: the lowest digit that is free."""


class EntityChanges(Wire):
    """Body of `PATCH …/entities/{category}`; null takes away."""

    description: str | UnsetType | None = UNSET
    color: str | UnsetType | None = UNSET
    hotkey: str | UnsetType | None = UNSET


class EntityOutput(Wire):
    """An entity type, and how often it is labelled."""

    category: str
    labels_count: int
    documents_count: int
    description: str | UnsetType = UNSET
    color: str | UnsetType = UNSET
    hotkey: str | UnsetType = UNSET


class RenameInput(Wire):
    """Body of `POST …/entities/{category}/:rename`."""

    new_name: str


class MergeInput(Wire):
    """Body of `POST …/entities/{category}/:merge`."""

    into: str
