"""What to do next for a better model: sentences, each with the documents behind it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from model_tools.dataset import balance
from model_tools.dataset.balance import count
from model_tools.dataset.checks import MIN_LABELS
from model_tools.dataset.languages import language_mismatch
from model_tools.documents import Document
from model_tools.evaluation.errors import SpanPair, pair_spans
from model_tools.evaluation.report import Advice, EvaluationReport
from model_tools.spans import Label

MIN_TEST_LABELS = 10
"""Of a category: with fewer, one entity more or less moves its recall by ten points."""
_MIN_CASES = 3
"""An error seen less often is no pattern."""
_MIN_SHARE = 0.1
"""Of a category's labels in the test documents."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the advice is drawn from, by category and by document."""

    report: EvaluationReport
    texts: dict[str, str]
    train: dict[str, Counter[str]]
    """Labels of each category: how many, by document id."""
    test: dict[str, Counter[str]]
    pairs: list[tuple[str, SpanPair]]
    """Of the evaluated documents, with the document's id."""


def guidance(
    report: EvaluationReport,
    documents: Sequence[Document],
    *,
    known: Collection[str] | None = None,
    encoder: str | None = None,
) -> list[Advice]:
    """Advice on a model and the data set it came from, the most pressing first of each sort.

    Args:
        report: of the model on documents it was not trained on.
        documents: the whole data set. Those that the report is about are the test documents; of the others, those of
            the train split, or of none, are the training documents.
        known: the categories that the model can predict; None: all that are labelled.
        encoder: of the model, as its recipe names it; None: nothing is said about languages.
    """
    evaluated = {result.id for result in report.documents}
    evidence = _Evidence(
        report=report,
        texts={document.id: document.text for document in documents if document.id in evaluated},
        train=_labels((d.id, d.labels) for d in documents if d.split in (None, "train") and d.id not in evaluated),
        test=_labels((result.id, result.labels) for result in report.documents),
        pairs=[(result.id, pair) for result in report.documents for pair in pair_spans(result.labels, result.entities)],
    )
    unknown = set() if known is None else evidence.test.keys() - set(known)
    return [
        *_foreign(documents, encoder),
        *_same_text([one for one in documents if one.split in (None, "train")], evidence),
        *_unknown(evidence, unknown),
        *_of_balance(evidence),
        *_few_test_labels(evidence),
        *_confused(evidence, unknown),
        *_boundaries(evidence),
        *_advice(evidence, balance.different_mix(_totals(evidence.train), _totals(evidence.test))),
    ]


def _foreign(documents: Sequence[Document], encoder: str | None) -> Iterator[Advice]:
    mismatch = language_mismatch(documents, encoder) if encoder else None
    if mismatch:
        yield Advice("EncoderLanguage", mismatch.message, (), mismatch.documents)


def _same_text(train: Iterable[Document], evidence: _Evidence) -> Iterator[Advice]:
    training_texts = {document.text for document in train if document.id not in evidence.texts}
    twins = tuple(name for name, text in evidence.texts.items() if text in training_texts)
    if twins:
        yield Advice(
            "TestTextInTraining",
            f"{count(len(twins), 'test document')} with a text that also trains: the scores are too good. "
            "Put equal texts on one side.",
            (),
            twins,
        )


def _of_balance(evidence: _Evidence) -> Iterator[Advice]:
    train, test = _totals(evidence.train), _totals(evidence.test)
    f1 = {category: scores.f1 for category, scores in evidence.report.categories.items() if category in test}
    if train:  # a test set alone says nothing about the training documents
        yield from _advice(evidence, balance.only_in_test(train, test))
    yield from _advice(evidence, balance.few_labels(train, fewer_than=MIN_LABELS, f1=f1))
    yield from _advice(evidence, balance.imbalance(train))
    yield from _advice(evidence, balance.only_in_training(train, test))


def _advice(evidence: _Evidence, remarks: Iterable[balance.Remark]) -> Iterator[Advice]:
    for code, category, message, side in remarks:
        by_document = (evidence.train if side == "train" else evidence.test)[category]
        yield Advice(code, message, (category,), tuple(by_document))


def _unknown(evidence: _Evidence, unknown: Collection[str]) -> Iterator[Advice]:
    for category in sorted(unknown):
        yield Advice(
            "CategoryUnknownToModel",
            f"{category!r} is labelled, but the model was trained without it and never predicts it. Train a new one.",
            (category,),
            tuple(evidence.test[category]),
        )


def _few_test_labels(evidence: _Evidence) -> Iterator[Advice]:
    for category, by_document in _rarest_first(evidence.test):
        n = by_document.total()
        if n < MIN_TEST_LABELS:
            yield Advice(
                "FewTestLabels",
                f"{category!r} has {count(n, 'label')} in the test documents: its scores may be luck. "
                f"Have {MIN_TEST_LABELS} at least.",
                (category,),
                tuple(by_document),
            )


def _confused(evidence: _Evidence, unknown: Collection[str]) -> Iterator[Advice]:
    """Pairs of categories taken for each other, in either direction."""
    cases: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for document, pair in evidence.pairs:
        if pair.expected and pair.predicted and pair.expected.category != pair.predicted.category:
            one, other = sorted((pair.expected.category, pair.predicted.category))
            if pair.expected.category not in unknown:
                cases[one, other].append(document)
    for (one, other), documents in sorted(cases.items(), key=lambda item: (-len(item[1]), item[0])):
        n_labels = sum(evidence.test[category].total() for category in (one, other) if category in evidence.test)
        if len(documents) >= _MIN_CASES and len(documents) >= _MIN_SHARE * n_labels:
            yield Advice(
                "ConfusedCategories",
                f"{one!r} and {other!r} are taken for each other {len(documents)} times (of {n_labels} labels). "
                "Check that they are labelled by one rule, and label more documents that have both; "
                "if people cannot keep them apart either, merge them.",
                (one, other),
                tuple(dict.fromkeys(documents)),
            )


def _boundaries(evidence: _Evidence) -> Iterator[Advice]:
    """Categories whose entities start or end at the wrong place, and mostly in the same way."""
    cases: defaultdict[str, list[tuple[str, SpanPair]]] = defaultdict(list)
    for document, pair in evidence.pairs:
        if pair.kind == "partial":
            cases[pair.category].append((document, pair))
    for category, found in sorted(cases.items(), key=lambda item: (-len(item[1]), item[0])):
        n_labels = evidence.test[category].total()
        if len(found) < _MIN_CASES or len(found) < _MIN_SHARE * n_labels:
            continue
        ways = Counter(way for _, pair in found for way in _ways(pair))
        way, n = ways.most_common(1)[0]
        if 2 * n > len(found):
            yield Advice(
                "BoundaryErrors",
                f"{category!r} is found with the wrong boundary {len(found)} times (of {n_labels} labels), and {n} "
                f"times it {way}. {_odd_piece(evidence, found, way)}"
                "Check where its labels begin and end; models repeat what labels do now one way, now another.",
                (category,),
                tuple(dict.fromkeys(document for document, _ in found)),
            )


_STARTS_EARLY, _STARTS_LATE = "starts too early", "starts too late"
_ENDS_EARLY, _ENDS_LATE = "ends too early", "ends too late"


def _ways(pair: SpanPair) -> dict[str, tuple[int, int]]:
    """How the entity's bounds are wrong, each with the stretch of text that it took or left."""
    assert pair.expected
    assert pair.predicted
    starts, ends = (pair.predicted.start, pair.expected.start), (pair.predicted.end, pair.expected.end)
    ways = {}
    if starts[0] != starts[1]:
        ways[_STARTS_EARLY if starts[0] < starts[1] else _STARTS_LATE] = (min(starts), max(starts))
    if ends[0] != ends[1]:
        ways[_ENDS_LATE if ends[0] > ends[1] else _ENDS_EARLY] = (min(ends), max(ends))
    return ways


def _odd_piece(evidence: _Evidence, found: Iterable[tuple[str, SpanPair]], way: str) -> str:
    """Names the text that is taken or left, where it is the same most times."""
    pieces = [
        evidence.texts[document][slice(*_ways(pair)[way])].strip()
        for document, pair in found
        if way in _ways(pair) and document in evidence.texts
    ]
    ((piece, n),) = Counter(pieces).most_common(1) or [("", 0)]
    if not piece or n < _MIN_CASES or 2 * n <= len(pieces):
        return ""
    return f"The text in question is {piece!r} {n} times. "


def _labels(documents: Iterable[tuple[str, Sequence[Label]]]) -> dict[str, Counter[str]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for document, labels in documents:
        for label in labels:
            counts[label.category][document] += 1
    return dict(counts)


def _totals(counts: Mapping[str, Counter[str]]) -> dict[str, int]:
    return {category: by_document.total() for category, by_document in counts.items()}


def _rarest_first(counts: dict[str, Counter[str]]) -> list[tuple[str, Counter[str]]]:
    return sorted(counts.items(), key=lambda item: (item[1].total(), item[0]))
