"""Which documents train a model and which test it, once or in turns: drawn with a seed, or as people decided."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from model_tools.documents import Document
from model_tools.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class _Group:
    """Documents of equal text: apart, they would let the test ask what training has told."""

    text: str
    size: int
    categories: frozenset[str]


def manual_split(documents: Iterable[Document]) -> list[Document]:
    """Each document where it was put; one that was put nowhere trains."""
    return [replace(document, split=document.split or "train") for document in documents]


def split_documents(documents: Sequence[Document], *, test_fraction: float, seed: int) -> list[Document]:
    """Assigns every document to train or test, in the given order and whatever its split was.

    Stratified by category: iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011), rarest category first,
    and a category of two or more different texts is wanted on both sides. Equal texts stay together. The same
    documents and seed give the same split, in whatever order the documents come.

    Raises:
        InvalidInputError: `test_fraction` is not in [0, 1).
    """
    if not 0 <= test_fraction < 1:
        raise InvalidInputError(f"The test fraction is at least 0 and below 1, not {test_fraction}.")
    groups = _groups(documents)
    random.Random(seed).shuffle(groups)  # noqa: S311 - a draw to repeat, not to keep secret
    test_texts = _test_texts(groups, test_fraction) if test_fraction else set()
    return [replace(document, split="test" if document.text in test_texts else "train") for document in documents]


def assign_folds(documents: Sequence[Document], folds: int, *, seed: int) -> list[int]:
    """The fold of each document: stratified by category, about equal in size, equal texts together.

    Raises:
        InvalidInputError: fewer than two folds, or fewer different texts than folds.
    """
    n_texts = len({document.text for document in documents})
    if not 2 <= folds <= n_texts:
        raise InvalidInputError(f"{n_texts} different texts make at least 2 and at most {n_texts} folds, not {folds}.")
    fold_of: dict[str, int] = {}
    rest = list(documents)
    for fold in range(folds - 1):
        parts = split_documents(rest, test_fraction=1 / (folds - fold), seed=seed)
        fold_of |= {document.text: fold for document in parts if document.split == "test"}
        rest = [document for document in parts if document.split != "test"]
    return [fold_of.get(document.text, folds - 1) for document in documents]


def _groups(documents: Iterable[Document]) -> list[_Group]:
    """One group per text, in an order that does not depend on the order of the documents."""
    sizes: Counter[str] = Counter()
    categories: dict[str, set[str]] = {}
    for document in documents:
        sizes[document.text] += 1
        categories.setdefault(document.text, set()).update(label.category for label in document.labels)
    return [_Group(text, sizes[text], frozenset(categories[text])) for text in sorted(sizes)]


def _test_texts(groups: Sequence[_Group], test_fraction: float) -> set[str]:
    sides = _sides(groups, test_fraction)
    remaining = list(groups)
    while remaining:
        rarest = _rarest_category(remaining)
        for group in remaining:
            if rarest is None or rarest in group.categories:
                max(sides, key=lambda side: side.wants(rarest)).add(group)
        remaining = [group for group in remaining if rarest is not None and rarest not in group.categories]
    train, test = sides
    train.share_with(test)
    test.share_with(train)
    if not test.groups and len(train.groups) > 1:  # every category has but one text, and wanted it in train
        test.add(train.groups.pop())
    return {group.text for group in test.groups}


def _sides(groups: Sequence[_Group], test_fraction: float) -> tuple["_Side", "_Side"]:
    """Train and test, empty, with what each wants."""
    documents = sum(group.size for group in groups)
    texts = Counter(category for group in groups for category in group.categories)
    test_documents = _share(documents, test_fraction, is_divisible=len(groups) > 1)
    test_texts = {category: _share(count, test_fraction, is_divisible=count > 1) for category, count in texts.items()}
    train_texts = {category: count - test_texts[category] for category, count in texts.items()}
    return _Side(documents - test_documents, train_texts), _Side(test_documents, test_texts)


def _share(count: int, fraction: float, *, is_divisible: bool) -> float:
    """The fraction of `count`, moved so far that both sides want at least one; nothing of what cannot be divided."""
    return min(max(count * fraction, 1.0), count - 1.0) if is_divisible else 0.0


def _rarest_category(groups: Iterable[_Group]) -> str | None:
    """The category of the fewest groups, the first by name among equals; None where no group has one."""
    counts = Counter(category for group in groups for category in group.categories)
    return min(counts, key=lambda category: (counts[category], category), default=None)


class _Side:
    """Train or test: the groups it has, and how many documents and texts of each category it still wants."""

    def __init__(self, documents: float, texts: dict[str, float]) -> None:
        self.groups: list[_Group] = []
        self._documents = documents
        self._texts = texts

    def wants(self, category: str | None) -> tuple[float, float]:
        """How much it wants a group with `category` (None: without any): by category, then by documents."""
        return (0.0 if category is None else self._texts[category], self._documents)

    def add(self, group: _Group) -> None:
        self.groups.append(group)
        self._documents -= group.size
        for category in group.categories:
            self._texts[category] -= 1

    def share_with(self, other: "_Side") -> None:
        """Moves a group to `other` for each category it lacks, if this side then keeps every category it has."""
        counts = Counter(category for group in self.groups for category in group.categories)
        missing = counts.keys() - {category for group in other.groups for category in group.categories}
        for category in sorted(missing):
            movable = [
                group
                for group in self.groups
                if category in group.categories and all(counts[each] > 1 for each in group.categories)
            ]
            if movable and all(category not in group.categories for group in other.groups):
                self.groups.remove(movable[0])
                other.groups.append(movable[0])
                counts.subtract(movable[0].categories)
