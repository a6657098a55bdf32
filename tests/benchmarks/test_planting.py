"""Planted label errors: as many as asked for, of every kind, and each what its record says."""

from collections import Counter

import pytest

from benchmarks.planting import KINDS, plant
from model_tools.documents import Document
from model_tools.spans import Label

TEXT = "Yesterday evening Ana Li finally went from Rome to beautiful Oslo with several friends"


def documents(n: int = 40) -> list[Document]:
    labels = [
        Label(TEXT.index(word), TEXT.index(word) + len(word), "Name" if word == "Ana Li" else "City")
        for word in ("Ana Li", "Rome", "Oslo")
    ]
    return [Document(str(i), TEXT, tuple(labels)) for i in range(n)]


def test_kinds_come_in_equal_parts_and_the_seed_decides() -> None:
    spoiled, planted = plant(documents(), share=0.2, seed=1)
    assert Counter(one.kind for one in planted) == dict.fromkeys(KINDS, 6)
    assert plant(documents(), share=0.2, seed=1) == (spoiled, planted)
    assert plant(documents(), share=0.2, seed=2)[1] != planted


@pytest.mark.parametrize("seed", range(5))
def test_every_record_tells_what_was_done(seed: int) -> None:
    whole = {document.id: document for document in documents()}
    spoiled, planted = plant(documents(), share=0.2, seed=seed)
    now = {document.id: set(document.labels) for document in spoiled}
    for error in planted:
        before = set(whole[error.document].labels)
        here = {label for label in now[error.document] if label.overlaps(error.region)}
        if error.kind == "spurious":
            assert error.correction is None
            assert len(here) == 1
            assert not any(label.overlaps(error.region) for label in before)
            continue
        assert error.correction in before - now[error.document]
        new = next(iter(here), None)
        if error.kind == "dropped":
            assert new is None
        elif error.kind == "wrong category":
            assert new is not None
            assert (new.start, new.end) == (error.correction.start, error.correction.end)
            assert new.category != error.correction.category
        else:
            assert new is not None
            assert new.category == error.correction.category
            assert (new.start == error.correction.start) != (new.end == error.correction.end)


def test_nothing_else_changes() -> None:
    spoiled, planted = plant(documents(), share=0.05, seed=0)
    touched = {error.document for error in planted}
    for before, after in zip(documents(), spoiled, strict=True):
        assert (before.id, before.text) == (after.id, after.text)
        assert before.id in touched or before.labels == after.labels
        assert list(after.labels) == sorted(after.labels)


def test_one_category_is_never_wrong() -> None:
    plain = [Document(one.id, one.text, one.labels[1:]) for one in documents()]
    kinds = Counter(one.kind for one in plant(plain, share=0.2, seed=0)[1])
    assert "wrong category" not in kinds
    assert kinds.total() == 16


def test_no_room_for_spurious_labels_ends_it() -> None:
    full = [Document(str(i), "Rome is", (Label(0, 4, "City"),)) for i in range(4)]
    with pytest.raises(SystemExit, match="no room"):
        plant(full, share=0.75, seed=0)
