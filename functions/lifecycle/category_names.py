"""What a category is called now, for changes that know it by the name it had when they began."""

from collections.abc import Callable
from itertools import takewhile

from functions.services import Services
from functions.stores.changes import ChangeKind, ChangeStatus

_NAME_AFTER = {ChangeKind.RENAME_ENTITY: "newName", ChangeKind.MERGE_ENTITIES: "into", ChangeKind.DELETE_ENTITY: None}
"""Which detail of a change of categories has the name that labels have after it."""


def names_since(services: Services, project: str, change_id: str) -> Callable[[str], str | None]:
    """From a category's name at the moment of a change id to its name now; None where it was removed since."""
    later = takewhile(lambda change: change.change_id < change_id, services.changes.read_all(project))
    steps = [
        (change.details["category"], change.details[detail] if (detail := _NAME_AFTER[change.kind]) else None)
        for change in later
        if change.kind in _NAME_AFTER and change.status is not ChangeStatus.UNDONE
    ]

    def now(name: str) -> str | None:
        current: str | None = name
        for before, after in reversed(steps):
            if current == before:
                current = after
        return current

    return now
