"""What a category is called now, for changes that know it by the name it had when they looked."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from functions.services import Services
from functions.stores.changes import Change, ChangeKind, ChangeStatus
from functions.stores.projects import Project

_NAME_AFTER = {ChangeKind.RENAME_ENTITY: "newName", ChangeKind.MERGE_ENTITIES: "into", ChangeKind.DELETE_ENTITY: None}
"""Which detail of a change of categories has the name that labels have after it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """Labels of one name got another, or went."""

    at: datetime
    before: str
    after: str | None


class CategoryNames:
    """The categories that a project has, and what became of those that it had.

    Args:
        declared: names of the project's categories.
        changes: all changes of the project; read when a name is asked for.
    """

    def __init__(self, declared: frozenset[str], changes: Iterable[Change]) -> None:
        self.declared = declared
        self._changes = changes

    @classmethod
    def read(cls, services: Services, project: Project) -> "CategoryNames":
        """Those of a project."""
        declared = frozenset(category.name for category in project.categories)
        return cls(declared, services.changes.read_all(project.name))

    def since(self, moment: datetime, name: str) -> str | None:
        """What a category of this name at that moment is called now; None where it was removed since."""
        return self._follow(name, [step for step in self._steps if step.at >= moment])

    def of_gone(self, name: str) -> str | None:
        """What labels have to be called whose category is not declared; None where they have to go.

        The last step from that name is the one that took it away. Where there is none, a rename may be on its way back.
        """
        last = max((i for i, step in enumerate(self._steps) if step.before == name), default=None)
        if last is not None:
            found = self._follow(name, self._steps[last:])
            return found if found in self.declared else None
        renames = (step for change, step in self._all_steps if change.kind is ChangeKind.RENAME_ENTITY)
        return next((each.before for each in renames if each.after == name and each.before in self.declared), None)

    @cached_property
    def _all_steps(self) -> list[tuple[Change, _Step]]:
        return [(change, step) for change in self._changes if change.kind in _NAME_AFTER for step in _steps(change)]

    @cached_property
    def _steps(self) -> list[_Step]:
        """In order, without those that were not taken."""
        left = {step.before for _, step in self._all_steps}
        return sorted((step for change, step in self._all_steps if self._was_taken(change, step, left)), key=_at)

    def _was_taken(self, change: Change, step: _Step, left: Container[str]) -> bool:
        """Whether a change that has not ended has come as far as the names; it may have failed before them."""
        is_taken = step.after is None or step.after in self.declared or step.after in left
        return change.status is not ChangeStatus.RUNNING or (step.before not in self.declared and is_taken)

    @staticmethod
    def _follow(name: str, steps: list[_Step]) -> str | None:
        current: str | None = name
        for step in steps:
            if step.before == current:
                current = step.after
        return current


def _at(step: _Step) -> datetime:
    return step.at


def _steps(change: Change) -> Iterator[_Step]:
    detail = _NAME_AFTER[change.kind]
    before, after = change.details["category"], change.details[detail] if detail else None
    is_rename = change.kind is ChangeKind.RENAME_ENTITY
    if change.status is not ChangeStatus.UNDONE or is_rename:
        yield _Step(change.created, before, after)
    # The way back of a rename takes all labels of the new name, that of others what they changed and nothing else.
    if is_rename and change.undone is not None and after is not None:
        yield _Step(change.undone, after, before)
