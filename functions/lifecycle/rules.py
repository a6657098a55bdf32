"""What names, the values of a project and the locations of its documents may be, whichever way they come in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.lifecycle.languages import is_known_language
from functions.stores.connection import CONTAINERS, DOCUMENTS_CONTAINER
from model_tools.errors import Problem
from model_tools.formats.labels_file import MAX_CATEGORIES, category_name_fault

MAX_LOCATION = 900
"""Blob names have at most 1,024 characters; some of them are the project's folder."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,50}")
_CONTAINER = re.compile(r"(?=.{3,63}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_OWN_CONTAINERS = frozenset(CONTAINERS) - {DOCUMENTS_CONTAINER}
_PLATFORM_CONTAINERS = ("azure-webjobs-", "app-package", "scm-releases")
"""How the names begin under which Functions keeps its keys, its state and the code it runs: not for callers."""
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")


def is_name(value: str) -> bool:
    """Whether a project, model or deployment may be called that."""
    return _NAME.fullmatch(value) is not None and value not in {".", ".."}


def project_faults(
    *, container: str | None = None, language: str | None = None, settings: Mapping[str, Any] | None = None
) -> Iterator[Problem]:
    """What is wrong with the values that are given; targets are JSON paths below the object that holds them."""
    if container is not None and not _CONTAINER.fullmatch(container):
        yield Problem(
            "InvalidParameterValue",
            f"'{container[:70]}' cannot name a container: 3 to 63 lower-case letters, digits and single hyphens.",
            ".storageInputContainerName",
        )
    elif container is not None and (container in _OWN_CONTAINERS or container.startswith(_PLATFORM_CONTAINERS)):
        yield Problem(
            "InvalidParameterValue",
            f"Container '{container}' is the service's own. Take '{DOCUMENTS_CONTAINER}' or one of yours.",
            ".storageInputContainerName",
        )
    if language is not None and not is_known_language(language):
        yield Problem(
            "UnsupportedLanguageCode",
            f"'{language[:40]}' is not among GET .../projects/global/languages.",
            ".language",
        )
    threshold = (settings or {}).get("confidenceThreshold")
    if threshold is not None and not (type(threshold) in {int, float} and 0 <= threshold <= 1):
        yield Problem(
            "InvalidParameterValue",
            f"confidenceThreshold is a number between 0 and 1, not {threshold!r:.40}.",
            ".settings.confidenceThreshold",
        )


def category_faults(names: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with a project's categories; targets are JSON paths below the list that holds them."""
    if len(names) > MAX_CATEGORIES:
        message = f"A project has at most {MAX_CATEGORIES} categories, not {len(names)}."
        yield Problem("TooManyCategories", message, "")
    for i, name in enumerate(names):
        if fault := category_name_fault(name):
            yield Problem("InvalidCategoryName", fault, f"[{i}].category")
        elif name in names[:i]:
            yield Problem("DuplicateCategory", f"The category '{name}' is there twice.", f"[{i}].category")


def location_fault(location: str) -> str | None:
    """Why a location does not mean one file inside the project's folder; None where it does."""
    if (
        0 < len(location) <= MAX_LOCATION
        and not any(part in {"", ".", ".."} for part in location.split("/"))
        and not _UNSAFE.search(location)
        and not location.endswith(".")
    ):
        return None
    return (
        f"A location is a relative path of 1 to {MAX_LOCATION} characters without '..', '\\', control characters or "
        "a dot at its end."
    )
