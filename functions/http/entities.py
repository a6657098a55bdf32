"""The entity types of a project: what they are called, how they look, and how often they are labelled."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from msgspec import UNSET, UnsetType

from functions.http import changes
from functions.http import entity_schemas as schemas
from functions.http.auth import Right
from functions.http.change_schemas import ChangePreview
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import PROJECT
from functions.http.wire import PAGING, page_reply
from functions.lifecycle import categories
from functions.lifecycle.statistics import CategoryCounts
from functions.stores.changes import ChangeKind
from functions.stores.projects import CategoryStyle, Project
from model_tools.errors import InvalidInputError
from model_tools.formats.labels_file import Category

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_NOTHING = CategoryCounts()


def list_entities(call: Call) -> Reply:
    """The entity types of a project in their order, with counts."""
    project = call.services.projects.get(call.path["projectName"])
    counts = call.services.overviews.get(project.name).categories
    return page_reply(call, [_output(project, category, counts) for category in project.categories])


def create_entity(call: Call) -> Reply:
    """Declares an entity type."""
    given = call.body(schemas.EntityInput)
    category = Category(given.category, _known(given.description, None) or None)

    def with_new(before: Project) -> Project:
        # Without a key in the request, not even null, it gets the next digit.
        style = _style(CategoryStyle(hotkey=categories.free_digit(before)), given)
        return categories.with_category(before, category, style)

    project = categories.edit_project(call.services, call.path["projectName"], with_new)
    return Reply(_output(project, category, {}), 201)


def patch_entity(call: Call) -> Reply:
    """Changes what an entity type is described by, its colour or its key."""
    name = call.path["category"]
    given = call.body(schemas.EntityChanges)

    def changed(before: Project) -> Project:
        category = categories.find_category(before, name)
        described = replace(category, description=_known(given.description, category.description) or None)
        kept = tuple(described if each is category else each for each in before.categories)
        style = _style(before.styles.get(name, CategoryStyle()), given)
        return categories.with_style(replace(before, categories=kept), name, style)

    project = categories.edit_project(call.services, call.path["projectName"], changed)
    counts = call.services.overviews.get(project.name).categories
    return Reply(_output(project, categories.find_category(project, name), counts))


def rename_entity(call: Call) -> Reply:
    """Gives an entity type and all its labels another name."""
    new_name = call.body(schemas.RenameInput).new_name
    check = partial(categories.check_rename, new_name=new_name)
    return _change(call, ChangeKind.RENAME_ENTITY, check, {"newName": new_name})


def merge_entity(call: Call) -> Reply:
    """Gives all labels of an entity type another one, and removes it."""
    into = call.body(schemas.MergeInput).into
    check = partial(categories.check_merge, into=into)
    return _change(call, ChangeKind.MERGE_ENTITIES, check, {"into": into})


def delete_entity(call: Call) -> Reply:
    """Removes an entity type and all its labels."""
    return _change(call, ChangeKind.DELETE_ENTITY, categories.find_category, {})


def _change(call: Call, kind: ChangeKind, check: Callable[[Project, str], object], details: dict[str, Any]) -> Reply:
    project = call.services.projects.get(call.path["projectName"])
    name = call.path["category"]
    is_preview = call.flag("preview")
    check(project, name)
    touched = [
        summary.counts[name] for summary in call.services.labels.summaries(project.name) if name in summary.counts
    ]
    if is_preview:
        return Reply(ChangePreview(preview=True, labels_count=sum(touched), documents_count=len(touched)))
    return changes.start(call, project.name, kind, {"category": name, **details}, documents=len(touched))


def _style(before: CategoryStyle, given: schemas.EntityInput | schemas.EntityChanges) -> CategoryStyle:
    """The style with what is given.

    Raises:
        InvalidInputError: no colour, no one character, or the key of a command.
    """
    color, hotkey = _known(given.color, before.color), _known(given.hotkey, before.hotkey)
    if color is not None and not _COLOR.fullmatch(color):
        raise InvalidInputError(
            f"A colour looks like #1a2b3c, not {color[:20]!r}.", inner_code="InvalidParameterValue", target="$.color"
        )
    if hotkey is not None and (len(hotkey) != 1 or not hotkey.isprintable() or hotkey.isspace()):
        raise InvalidInputError(
            f"A hotkey is one visible character, not {hotkey[:20]!r}.",
            inner_code="InvalidParameterValue",
            target="$.hotkey",
        )
    if hotkey is not None and hotkey.lower() in categories.RESERVED_KEYS:
        raise InvalidInputError(
            f"The key {hotkey!r} is a command where people label.", inner_code="HotkeyReserved", target="$.hotkey"
        )
    return CategoryStyle(color.lower() if color else None, hotkey)


def _known(given: str | UnsetType | None, before: str | None) -> str | None:
    return before if isinstance(given, UnsetType) else given


def _output(project: Project, category: Category, counts: Mapping[str, CategoryCounts]) -> schemas.EntityOutput:
    style = project.styles.get(category.name, CategoryStyle())
    counted = counts.get(category.name, _NOTHING)
    return schemas.EntityOutput(
        category=category.name,
        labels_count=counted.labels.total(),
        documents_count=counted.document_count,
        description=category.description or UNSET,
        color=style.color or UNSET,
        hotkey=style.hotkey or UNSET,
    )


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.ENTITIES, Right.AUTHOR, handler, **extra)


_ENTITIES = f"{PROJECT}/entities"
_ENTITY = f"{_ENTITIES}/{{category}}"
_PREVIEW = Query("preview", "Only say (200) how many labels in how many documents it would touch.", {"type": "boolean"})

OPERATIONS = (
    _operation(
        "listEntities",
        "GET",
        _ENTITIES,
        "List the entity types of a project, with how often each is labelled.",
        list_entities,
        items=schemas.EntityOutput,
        queries=PAGING,
    ),
    _operation(
        "createEntity",
        "POST",
        _ENTITIES,
        "Declare an entity type.",
        create_entity,
        success=201,
        body=schemas.EntityInput,
        reply=schemas.EntityOutput,
    ),
    _operation(
        "patchEntity",
        "PATCH",
        _ENTITY,
        "Change an entity type's description, colour or key.",
        patch_entity,
        body=schemas.EntityChanges,
        reply=schemas.EntityOutput,
    ),
    _operation(
        "renameEntity",
        "POST",
        f"{_ENTITY}/:rename",
        "Give an entity type and all its labels another name.",
        rename_entity,
        success=202,
        body=schemas.RenameInput,
        queries=(_PREVIEW,),
    ),
    _operation(
        "mergeEntity",
        "POST",
        f"{_ENTITY}/:merge",
        "Give all labels of an entity type another one, and remove it.",
        merge_entity,
        success=202,
        body=schemas.MergeInput,
        queries=(_PREVIEW,),
    ),
    _operation(
        "deleteEntity",
        "DELETE",
        _ENTITY,
        "Remove an entity type and all its labels.",
        delete_entity,
        success=202,
        queries=(_PREVIEW,),
    ),
)
