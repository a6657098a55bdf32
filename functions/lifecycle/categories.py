"""The entity types of a project, and what happens to labels when one gets another name, is merged or goes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from functions.errors import StaleError
from functions.lifecycle import changes
from functions.lifecycle.rules import category_faults
from functions.services import Services
from functions.stores.changes import Change, ChangeKind
from functions.stores.jobs import Job
from functions.stores.projects import CategoryStyle, Project
from model_tools.errors import ConflictError, InvalidInputError, NotFoundError
from model_tools.formats.labels_file import Category

RESERVED_KEYS = frozenset("lxnp?[]{}")
"""Keys that mean something else where people label: the one-character commands of the studio's commands.ts."""


class CategoryNotFoundError(NotFoundError):
    """The project has no such category, perhaps because somebody else removed it."""

    code = "EntityNotFound"

    def __init__(self, name: str) -> None:
        super().__init__(f"The project has no category '{name[:60]}'; perhaps it was renamed.", target="category")


def find_category(project: Project, name: str) -> Category:
    """The declared category.

    Raises:
        CategoryNotFoundError: there is none of that name.
    """
    for category in project.categories:
        if category.name == name:
            return category
    raise CategoryNotFoundError(name)


def edit_project(services: Services, name: str, change: Callable[[Project], Project]) -> Project:
    """Applies `change` to whatever the project is at that moment, again where somebody else was faster."""
    while True:
        before = services.projects.get(name)
        after = change(before)
        if after == before:
            return before
        try:
            return services.projects.update(replace(after, modified=datetime.now(UTC)))
        except StaleError:
            continue


def free_digit(project: Project) -> str | None:
    """The lowest digit that no category has as its key; None where all nine are taken."""
    taken = {style.hotkey for style in project.styles.values()}
    return next((digit for digit in "123456789" if digit not in taken), None)


def with_categories(project: Project, wanted: Sequence[Category]) -> Project:
    """The project with these categories and no others. Each new one gets the lowest free digit as its key.

    Keys are kept with the project, and not counted from the order: none changes because another category goes.
    """
    known = {category.name for category in project.categories}
    names = {category.name for category in wanted}
    styles = {name: style for name, style in project.styles.items() if name in names}
    changed = replace(project, categories=tuple(wanted), styles=styles)
    for category in wanted:
        if category.name not in known and (digit := free_digit(changed)) is not None:
            changed = with_style(changed, category.name, CategoryStyle(hotkey=digit))
    return changed


def with_category(
    project: Project, category: Category, style: CategoryStyle | None = None, *, position: int | None = None
) -> Project:
    """The project with one category more, at its end or at a position.

    Raises:
        ConflictError: it has one of that name.
        InvalidInputError: the name is none, or there are too many.
    """
    names = [each.name for each in project.categories]
    if category.name in names:
        raise ConflictError(f"The project has a category '{category.name}' already.", target="$.category")
    for fault in category_faults([*names, category.name]):
        raise InvalidInputError(fault.message, inner_code=fault.code, target="$.category")
    position = len(names) if position is None else position
    categories = (*project.categories[:position], category, *project.categories[position:])
    return with_style(replace(project, categories=categories), category.name, style or CategoryStyle())


def with_style(project: Project, name: str, style: CategoryStyle) -> Project:
    """The project with a category that looks like that.

    Raises:
        ConflictError: another category has the hotkey.
    """
    declared = {category.name for category in project.categories}
    styles = {each: known for each, known in project.styles.items() if each in declared and each != name}
    for other, known in styles.items():
        if style.hotkey is not None and known.hotkey == style.hotkey:
            raise ConflictError(
                f"The key '{style.hotkey}' is that of '{other}'.", inner_code="HotkeyTaken", target="$.hotkey"
            )
    return replace(project, styles=styles if style == CategoryStyle() else {**styles, name: style})


def check_rename(project: Project, name: str, new_name: str) -> None:
    """What a rename needs.

    Raises:
        NotFoundError: there is no such category.
        ConflictError: there is one of the new name already; merging is what that would be.
        InvalidInputError: the new name is none.
    """
    find_category(project, name)
    if any(category.name == new_name for category in project.categories):
        raise ConflictError(
            f"The project has a category '{new_name}' already. To make one of two, merge them.", target="$.newName"
        )
    for fault in category_faults([new_name]):
        raise InvalidInputError(fault.message, inner_code=fault.code, target="$.newName")


def check_merge(project: Project, name: str, into: str) -> None:
    """What a merge needs.

    Raises:
        NotFoundError: there is no such category.
        InvalidInputError: the target is no other category of the project.
    """
    find_category(project, name)
    if into == name or all(category.name != into for category in project.categories):
        raise InvalidInputError(
            f"'{into[:60]}' is no other category of the project.", inner_code="UndeclaredCategory", target="$.into"
        )


def rename(services: Services, job: Job) -> dict[str, Any]:
    """Gives a category and all its labels another name."""
    _check_first(services, job, partial(check_rename, new_name=job.request["details"]["newName"]))
    change = changes.begin(services, job)
    name, new_name = change.details["category"], change.details["newName"]
    _rename(services, change.project, name, new_name)
    return changes.carry_out(
        services, change, lambda: changes.relabelling(services, change.project, name, lambda _: new_name)
    )


def merge(services: Services, job: Job) -> dict[str, Any]:
    """Gives all labels of a category another one, and removes it."""
    _check_first(services, job, partial(check_merge, into=job.request["details"]["into"]))
    change = _begin_removal(services, job)
    name, into = change.details["category"], change.details["into"]
    return changes.carry_out(
        services, change, lambda: changes.relabelling(services, change.project, name, lambda _: into)
    )


def delete(services: Services, job: Job) -> dict[str, Any]:
    """Removes a category and all its labels."""
    _check_first(services, job, find_category)
    change = _begin_removal(services, job)
    name = change.details["category"]
    return changes.carry_out(
        services, change, lambda: changes.relabelling(services, change.project, name, lambda _: None)
    )


def undo(services: Services, change: Change, *, by: str) -> list[str]:
    """Takes a change of categories back; gives the locations whose labels could not follow.

    Raises:
        ConflictError: the names that the way back needs are taken.
    """
    details = change.details
    if change.kind is ChangeKind.RENAME_ENTITY:
        # All labels of the new name, also those made since: it will not be there any more.
        name, new_name = details["category"], details["newName"]
        _rename(services, change.project, new_name, name)
        skipped: set[str] = set()
        changes.apply_plan(
            services,
            change.project,
            lambda: changes.relabelling(services, change.project, new_name, lambda _: name),
            skipped,
            by=by,
        )
        return sorted(skipped)
    category = Category(details["category"], details.get("description"))
    style = CategoryStyle(details.get("color"), details.get("hotkey"))

    def restored(project: Project) -> Project:
        taken = {known.hotkey for known in project.styles.values()}
        free = replace(style, hotkey=free_digit(project)) if style.hotkey in taken else style
        return with_category(project, category, free, position=details.get("position"))

    edit_project(services, change.project, restored)
    return changes.undo_deltas(services, change, by=by)


def _check_first(services: Services, job: Job, check: Callable[[Project, str], object]) -> None:
    """Checks what the change needs, again where it waited for its turn; not where an earlier run of it has begun."""
    if services.changes.find(job.scope, job.request["changeId"]) is None:
        check(services.projects.get(job.scope), job.request["details"]["category"])


def _begin_removal(services: Services, job: Job) -> Change:
    """Takes the category out of the project, having written down what it takes to bring it back."""
    project = services.projects.get(job.scope)
    details = job.request["details"]
    name = details["category"]
    names = [category.name for category in project.categories]
    if name in names:
        style = project.styles.get(name, CategoryStyle())
        restored_from = {
            "position": names.index(name),
            "description": find_category(project, name).description,
            "color": style.color,
            "hotkey": style.hotkey,
        }
        job = replace(job, request={**job.request, "details": details | restored_from})
    change = changes.begin(services, job)

    def without(project: Project) -> Project:
        categories = tuple(category for category in project.categories if category.name != name)
        styles = {each: style for each, style in project.styles.items() if each != name}
        return replace(project, categories=categories, styles=styles)

    edit_project(services, job.scope, without)
    return change


def _rename(services: Services, project_name: str, name: str, new_name: str) -> None:
    def renamed(project: Project) -> Project:
        names = {category.name for category in project.categories}
        if name not in names and new_name in names:
            return project  # an earlier run of the same job has been here
        check_rename(project, name, new_name)
        categories = tuple(
            replace(category, name=new_name) if category.name == name else category for category in project.categories
        )
        styles = {new_name if each == name else each: style for each, style in project.styles.items()}
        return replace(project, categories=categories, styles=styles)

    edit_project(services, project_name, renamed)
