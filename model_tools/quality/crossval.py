"""Cross-validation over documents: what models that have not seen a document think of it."""

import time
from collections import Counter
from collections.abc import Sequence

import msgspec

from model_tools.dataset.split import assign_folds
from model_tools.documents import Document
from model_tools.inference.tagger import EntityTagger
from model_tools.progress import Phase, Progress, percent_of, silent
from model_tools.quality.opinion import Opinion
from model_tools.training.device import find_device
from model_tools.training.device_choice import DeviceChoice
from model_tools.training.fitting import fit
from model_tools.training.recipe import Recipe


def out_of_fold(
    documents: Sequence[Document],
    categories: Sequence[str],
    recipe: Recipe,
    *,
    folds: int,
    seed: int = 0,
    device: DeviceChoice = "auto",
    threads: int | None = None,
    progress: Progress = silent,
) -> list[Opinion]:
    """One opinion a document, in the given order, each from the model that was trained without its fold.

    Args:
        documents: their labels must be of `categories`.
        categories: fix the order of the tags.
        recipe: of all models, but for its label smoothing: a model that was told to trust no label has confidences too
            even to tell a wrong one (on crossner_politics, average precision fell from 0.74 to 0.70).
        folds: see `assign_folds`.
        seed: of everything random.
        device: to train on.
        threads: of torch; None lets it take the cores.
        progress: told about every step.

    Raises:
        InvalidInputError: see `assign_folds` and `find_device`.
        NotFoundError: the recipe's encoder is not there.
    """
    where = find_device(device)
    fold_of = assign_folds(documents, folds, seed=seed)
    unsmoothed = msgspec.structs.replace(recipe, label_smoothing=0.0)
    opinions: dict[str, Opinion] = {}
    for fold in range(folds):
        train = [document for document, other in zip(documents, fold_of, strict=True) if other != fold]
        one_of_many = _FoldProgress(progress, fold, folds)
        model = fit(train, categories, unsmoothed, seed=seed, device=where, threads=threads, progress=one_of_many)
        tagger = model.tagger()
        n_train_labels = Counter(label.category for document in train for label in document.labels)
        for document, other in zip(documents, fold_of, strict=True):
            if other == fold:
                opinions[document.id] = _opinion(document, tagger, n_train_labels)
    return [opinions[document.id] for document in documents]


def _opinion(document: Document, tagger: EntityTagger, n_train_labels: Counter[str]) -> Opinion:
    tokens = tagger.tokenize(document.text)
    first = tagger.units(tokens)
    return Opinion(document, tokens.unit_spans(first), tagger.logits(tokens)[first], n_train_labels)


class _FoldProgress:
    """The progress of one training among several as that of all."""

    def __init__(self, progress: Progress, fold: int, folds: int) -> None:
        self._progress = progress
        self._fold = fold
        self._folds = folds
        self._begun = time.monotonic()

    def __call__(self, phase: Phase, percent: float, seconds_left: float | None) -> None:
        """Puts in place of what one training expects what all will take, if all take as long as this one."""
        start, end = percent_of("training", 0), percent_of("training", 1)
        share = (percent - start) / (end - start)
        if seconds_left is not None and share > 0:
            left = self._folds - self._fold - share
            seconds_left = (time.monotonic() - self._begun) / share * left
        self._progress(phase, 100 * (self._fold + share) / self._folds, seconds_left)
