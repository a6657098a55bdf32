"""What to do next before training, as sentences with the documents behind them: the real service's rules and ours."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import median
from typing import Literal

from functions.lifecycle.statistics import Overview, Sample
from model_tools.dataset.checks import MIN_LABELS

Severity = Literal["error", "warning", "info"]

MIN_DOCUMENTS = 10
"""The real service trains on no fewer."""
GOOD_LABELS = 50
"""Of a category; the real service's advice."""
_IMBALANCE = 10
"""Times fewer labels than the median category."""
_MIX_RATIO, _MIX_SIGMAS = 2.0, 3.0
"""How different, and how surely, a category's share of the labels must be."""


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
        message = f"{_count(labelled)} labelled; {MIN_DOCUMENTS} is the least that teaches anything. Label more."
        yield Advice("FewDocuments", "warning", message, documents=unlabelled)
    if labelled and found.labelled["Test"] == labelled:
        yield Advice("TrainingSetEmpty", "error", "All labelled documents are for testing. Assign most to training.")
    if labelled and not found.labelled["Test"]:
        message = "No labelled document is for testing. Assign some, or let the training draw them by a percentage."
        yield Advice("TestSetEmpty", "info", message)
    for code, severity, sample_of, message in _STATES:
        sample = sample_of(found)
        if sample.count:
            yield Advice(code, severity, f"{_count(sample.count)} {message}", documents=sample)


def _of_categories(found: Overview, categories: Sequence[str]) -> Iterator[Advice]:
    if not categories:
        yield Advice("NoCategories", "error", "The project has no entity types. Declare some.")
    for name in categories:
        if name not in found.categories:
            message = f"'{name}' has no label and will never be predicted. Label some, or remove it."
            yield Advice("CategoryWithoutLabels", "warning", message, name)
            continue
        counts = found.categories[name]
        (train, train_documents), (test, test_documents) = counts.in_training(), counts.in_test()
        if not train:
            message = f"'{name}' is labelled in test documents only, so it cannot be learnt. Assign one to training."
            yield Advice("CategoryNotInTraining", "error", message, name, test_documents)
        elif train < GOOD_LABELS:
            message = (
                f"'{name}' has {train} labels for training. Below {MIN_LABELS} results are poor as a rule; "
                f"{GOOD_LABELS} are good."
            )
            yield Advice("FewLabels", "warning" if train < MIN_LABELS else "info", message, name, train_documents)
        if train and not test and found.labelled["Test"]:
            message = (
                f"'{name}' is labelled in training documents only, so nobody could tell how well it is found. "
                "Assign a document that has it to the test set."
            )
            yield Advice("CategoryNotInTest", "error", message, name, train_documents)


def _of_balance(found: Overview) -> Iterator[Advice]:
    train = {name: counts.in_training() for name, counts in found.categories.items() if counts.in_training()[0]}
    test = {name: counts.in_test()[0] for name, counts in found.categories.items()}
    typical = median(labels for labels, _ in train.values()) if train else 0
    n_train, n_test = sum(labels for labels, _ in train.values()), sum(test.values())
    for name, (labels, documents) in train.items():
        if labels >= MIN_LABELS and labels * _IMBALANCE <= typical:
            message = (
                f"'{name}' has {labels} labels for training where the typical entity type has {typical:.0f}: a model "
                "rarely sees it. Label more documents that have it."
            )
            yield Advice("Imbalance", "warning", message, name, documents)
        if test[name] and _is_other_mix(labels, n_train, test[name], n_test):
            message = (
                f"'{name}' is {labels / n_train:.0%} of the labels for training but {test[name] / n_test:.0%} of those "
                "for testing, so the scores will be of other documents than the model learns from. Draw the split anew."
            )
            yield Advice("DifferentMix", "warning", message, name, documents)


def _is_other_mix(train: int, n_train: int, test: int, n_test: int) -> bool:
    """Whether the shares differ by more than chance explains, and by enough to matter."""
    in_train, in_test = train / n_train, test / n_test
    pooled = (train + test) / (n_train + n_test)
    sigma = sqrt(pooled * (1 - pooled) * (1 / n_train + 1 / n_test))
    return max(in_train, in_test) >= _MIX_RATIO * min(in_train, in_test) and (
        abs(in_train - in_test) > _MIX_SIGMAS * sigma
    )


def _count(documents: int) -> str:
    return "1 document" if documents == 1 else f"{documents:,} documents"
