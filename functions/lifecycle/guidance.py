"""What to do next before training, as sentences with the documents behind them: the real service's rules and ours."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from functions.lifecycle.statistics import Overview, Sample
from model_tools.dataset import balance
from model_tools.dataset.balance import GOOD_LABELS, count
from model_tools.dataset.checks import MIN_LABELS

Severity = Literal["error", "warning", "info"]

MIN_DOCUMENTS = 10
"""The real service trains on no fewer."""


_STATES: tuple[tuple[str, Severity, Callable[[Overview], Sample], str], ...] = (
    ("UnreadableDocuments", "warning", lambda found: found.failed, "that cannot be read. Replace or delete them."),
    (
        "TextChanged",
        "warning",
        lambda found: found.text_changed,
        "whose text changed after labelling; they do not train. Label them anew.",
    ),
    ("TestTextInTraining", "warning", lambda found: found.test_twins, "with a text that both trains and tests."),
    ("EmptyDocuments", "warning", lambda found: found.empty, "without any text. Delete them."),
    ("DocumentTooLong", "info", lambda found: found.too_long, "longer than Azure's service takes."),
    ("UnlabelledDocuments", "info", lambda found: found.unlabelled, "not labelled yet."),
)
"""Code, severity, documents, and the sentence that goes on after "3 documents"."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing worth doing."""

    code: str
    severity: Severity
    """Error: training is refused or useless as it is."""
    message: str
    category: str | None = None
    documents: Sample = field(default_factory=Sample)
    """Those that show it, or that need work."""


def guidance(found: Overview, categories: Sequence[str]) -> list[Advice]:
    """Advice on a data set with these declared categories, the most pressing first."""
    advice = [*_of_documents(found), *_of_categories(found, categories), *_of_balance(found)]
    order: list[Severity] = ["error", "warning", "info"]
    return sorted(advice, key=lambda each: order.index(each.severity))


def _of_documents(found: Overview) -> Iterator[Advice]:
    labelled, unlabelled = found.labelled.total(), found.unlabelled
    if not found.documents:
        yield Advice("NoDocuments", "error", "There are no documents. Upload some files.")
        return
    if labelled == 0:
        yield Advice("NoLabels", "error", "No document is labelled. Label some.", documents=unlabelled)
    elif labelled < MIN_DOCUMENTS:
        message = (
            f"{count(labelled, 'document')} labelled; {MIN_DOCUMENTS} is the least that teaches anything. Label more."
        )
        yield Advice("FewDocuments", "warning", message, documents=unlabelled)
    if labelled and found.labelled["Test"] == labelled:
        yield Advice("TrainingSetEmpty", "error", "All labelled documents are for testing. Assign most to training.")
    if labelled and not found.labelled["Test"]:
        message = "No labelled document is for testing. Assign some, or let the training draw them by a percentage."
        yield Advice("TestSetEmpty", "info", message)
    for code, severity, sample_of, message in _STATES:
        sample = sample_of(found)
        if sample.count:
            yield Advice(code, severity, f"{count(sample.count, 'document')} {message}", documents=sample)


def _of_categories(found: Overview, categories: Sequence[str]) -> Iterator[Advice]:
    if not categories:
        yield Advice("NoCategories", "error", "The project has no entity types. Declare some.")
    for name in categories:
        if name not in found.categories:
            message = f"'{name}' has no label and will never be predicted. Label some, or remove it."
            yield Advice("CategoryWithoutLabels", "warning", message, name)
    train, test = _labels(found)
    yield from _advice(found, balance.among(balance.only_in_test(train, test), categories), "error")
    for remark in balance.among(balance.few_labels(train, fewer_than=GOOD_LABELS), categories):
        yield from _advice(found, [remark], "warning" if train[remark.category] < MIN_LABELS else "info")
    if found.labelled["Test"]:
        yield from _advice(found, balance.among(balance.only_in_training(train, test), categories), "error")


def _of_balance(found: Overview) -> Iterator[Advice]:
    train, test = _labels(found)
    yield from _advice(found, balance.imbalance(train), "warning")
    yield from _advice(found, balance.different_mix(train, test), "warning")


def _labels(found: Overview) -> tuple[dict[str, int], dict[str, int]]:
    """Labels by category: those that train, and those that test."""
    train = {name: n for name, counts in found.categories.items() if (n := counts.in_training()[0])}
    test = {name: n for name, counts in found.categories.items() if (n := counts.in_test()[0])}
    return train, test


def _advice(found: Overview, remarks: Iterable[balance.Remark], severity: Severity) -> Iterator[Advice]:
    for code, category, message, side in remarks:
        counts = found.categories[category]
        _, documents = counts.in_training() if side == "train" else counts.in_test()
        yield Advice(code, severity, message, category, documents)
