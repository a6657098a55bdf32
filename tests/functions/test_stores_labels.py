"""Labels: guarded writes, conflicts that show what won, and a history that forgets nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from functions.errors import StaleError, TooLargeError
from functions.services import Services
from functions.stores.labels import UNLABELLED_ETAG, Annotation, LabelStore
from model_tools.spans import Label
from tests.functions.world import unique

LOCATION = "folder/a#b?.txt"
FIRST = Annotation(LOCATION, (Label(0, 3, "City"), Label(5, 9, "Person")), "hash", "Train", "de")


@pytest.fixture
def labels(services: Services) -> LabelStore:
    return services.labels


@pytest.fixture
def project() -> str:
    return unique()


def saved(labels: LabelStore, project: str, *versions: Annotation) -> str:
    etag = UNLABELLED_ETAG
    for version in versions:
        etag = labels.save(project, version, etag=etag, by="ann").etag
    return etag


def test_nothing_yet(labels: LabelStore, project: str) -> None:
    found = labels.get(project, LOCATION)
    assert (found, found.etag) == (Annotation(LOCATION), UNLABELLED_ETAG)
    assert list(labels.history(project, LOCATION)) == []


def test_what_is_saved_comes_back(labels: LabelStore, project: str) -> None:
    etag = saved(labels, project, FIRST)
    found = labels.get(project, LOCATION)
    assert replace(found, modified=None, modified_by=None) == FIRST
    assert (found.etag, found.modified_by) == (etag, "ann")
    assert list(labels.read_all(project)) == [found]


def test_two_first_writes_conflict(labels: LabelStore, project: str) -> None:
    saved(labels, project, FIRST)
    with pytest.raises(StaleError) as caught:
        labels.save(project, replace(FIRST, labels=()), etag=UNLABELLED_ETAG, by="bob")
    assert caught.value.current == labels.get(project, LOCATION)
    assert caught.value.current.labels == FIRST.labels


def test_a_write_on_an_old_version_overwrites_nothing(labels: LabelStore, project: str) -> None:
    old = saved(labels, project, FIRST)
    second = replace(FIRST, labels=(Label(1, 2, "City"),))
    labels.save(project, second, etag=old, by="ann")
    with pytest.raises(StaleError) as caught:
        labels.save(project, replace(FIRST, labels=()), etag=old, by="bob")
    assert caught.value.current.labels == second.labels
    assert labels.get(project, LOCATION).labels == second.labels
    assert len(list(labels.history(project, LOCATION))) == 1


@pytest.mark.parametrize("etag", ['W/"no such version"', "nonsense", '"', "é", "", "*"])
def test_a_version_that_never_was(labels: LabelStore, project: str, etag: str) -> None:
    """`*` names no version: labels are never overwritten unseen."""
    saved(labels, project, FIRST)
    with pytest.raises(StaleError):
        labels.save(project, replace(FIRST, labels=()), etag=etag, by="bob")
    assert labels.get(project, LOCATION).labels == FIRST.labels


def test_of_many_writers_one_wins(labels: LabelStore, project: str) -> None:
    etag = saved(labels, project, FIRST)

    def write(i: int) -> bool:
        try:
            labels.save(project, replace(FIRST, labels=(Label(i, i + 1, "City"),)), etag=etag, by=str(i))
        except StaleError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(write, range(8)))
    assert won.count(True) == 1
    assert labels.get(project, LOCATION).modified_by == str(won.index(True))
    assert [version.annotation.labels for version in labels.history(project, LOCATION)] == [FIRST.labels]


def test_the_history_has_every_version_in_order(labels: LabelStore, project: str) -> None:
    versions = [replace(FIRST, labels=(Label(i, i + 1, "City"),)) for i in range(4)]
    saved(labels, project, *versions)
    assert [version.annotation.labels for version in labels.history(project, LOCATION)] == [
        v.labels for v in reversed(versions[:-1])
    ]


def test_cleared_labels_are_in_the_history(labels: LabelStore, project: str) -> None:
    saved(labels, project, FIRST)
    labels.clear(project, LOCATION, by="bob")
    labels.clear(project, LOCATION, by="bob")
    assert labels.get(project, LOCATION).etag == UNLABELLED_ETAG
    assert [version.annotation.labels for version in labels.history(project, LOCATION)] == [FIRST.labels]


def test_as_many_labels_as_a_row_holds(labels: LabelStore, project: str) -> None:
    fits = tuple(Label(i, i + 1, "City") for i in range(19_000))
    saved(labels, project, replace(FIRST, labels=fits))
    assert labels.get(project, LOCATION).labels == fits
    with pytest.raises(TooLargeError):
        saved(labels, project, replace(FIRST, location="other", labels=(*fits, *fits)))
    assert labels.get(project, "other").etag == UNLABELLED_ETAG


def test_deleting_a_project_removes_labels_and_history(labels: LabelStore, project: str) -> None:
    neighbour = f"{project}-2"
    for name in (project, neighbour):
        saved(labels, name, FIRST, replace(FIRST, labels=()))
        saved(labels, name, replace(FIRST, location="cleared.txt"))
        labels.clear(name, "cleared.txt", by="ann")
    labels.delete_project(project)
    assert list(labels.read_all(project)) == []
    assert list(labels.history(project, LOCATION)) == []
    assert list(labels.history(project, "cleared.txt")) == []
    assert len(list(labels.history(neighbour, LOCATION))) == 1
    assert len(list(labels.history(neighbour, "cleared.txt"))) == 1
