"""Checks that the sample project keeps the promises of its labelling guide.

From the repository root: `python samples/check_sample.py`.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# A script finds only its own folder; the engine lies one above.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model_tools.errors import InvalidInputError, Problem
from model_tools.offsets import OffsetMap, OffsetUnit
from model_tools.spans import Label, Span, label_problems
from samples.labels_file import DocumentEntry, read_labels_file

FINANCE = Path(__file__).resolve().parent / "finance"

MIN_DOCUMENTS = 150
UNLABELLED_DOCUMENTS = 20
MIN_LABELS = {"Train": 180, "Test": 40}
"""Labels that each category has at least, per data set."""
MIN_UNSEEN_SHARE = 1 / 3
"""Share of test mentions whose string no training document labels: otherwise a word list would pass the test."""
SENTENCES = range(2, 9)

LOOK_ALIKES = {
    "Amazon": "also the river",
    "Block": "also a block trade, at the start of a sentence",
    "Chevron": "also a chart pattern",
    "DASH": "ticker of DoorDash, and a coin",
    "Dow": "also the index",
    "Ford": "also a person's name",
    "Meta": "also the prefix, at the start of a sentence",
    "NEAR": "also the word, in a headline",
    "Optimism": "also the mood, at the start of a sentence",
    "STX": "ticker of Seagate, and a coin",
    "Visa": "also the travel document, at the start of a sentence",
    "Zoom": "also the verb, at the start of a sentence",
    "cable": "also what broadband runs on",
    "dot": "also a mark in the Fed's dot plot",
    "sol": "also Peru's currency, which is not a pair",
}
"""Strings that may occur with two meanings in the sample, and which."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]\u201d\u2019]*\s+|[\r\n]+")
_WHOLE_MENTION = re.compile(r"[$#]?\w(?:.*\w)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SampleDocument:
    """One labelled document: the exact text and its labels in code points."""

    location: str
    text: str
    labels: tuple[Label, ...]
    dataset: Literal["Train", "Test"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What could be read of the sample, and what is wrong with it."""

    documents: tuple[SampleDocument, ...]
    categories: tuple[str, ...]
    unlabelled: int
    problems: tuple[Problem, ...]


def check_sample(folder: Path) -> Sample:
    """Reads the sample in `folder` and collects every fault; `Problem.target` is the document's location.

    Raises:
        InvalidInputError: `labels.json` is missing or is not a labels file.
    """
    labels_file = read_labels_file(folder / "labels.json")
    categories = tuple(entity.category for entity in labels_file.assets.entities)
    problems = list(_file_problems(folder, labels_file.assets.documents))
    documents: list[SampleDocument] = []
    for entry in labels_file.assets.documents:
        path = folder / "documents" / entry.location
        if not path.is_file():
            continue  # reported above
        try:
            document, faults = _read_document(path, entry)
        except UnicodeDecodeError as error:
            problems.append(Problem("NotUtf8", f"{error}.", entry.location))
            continue
        documents.append(document)
        problems += faults
    unlabelled = len(list((folder / "unlabelled").glob("*.txt")))
    for document in documents:
        problems += _document_problems(document, categories)
    problems += _consistency_problems(documents)
    problems += _count_problems(documents, categories, unlabelled)
    return Sample(tuple(documents), categories, unlabelled, tuple(problems))


def count_labels(documents: Sequence[SampleDocument]) -> Counter[tuple[str, str]]:
    """Labels per (category, data set)."""
    return Counter((label.category, document.dataset) for document in documents for label in document.labels)


def unseen_share(documents: Sequence[SampleDocument]) -> float:
    """Share of the test labels whose exact string is no training label, in [0, 1]."""
    mentions = {
        dataset: [label.text_of(d.text) for d in documents if d.dataset == dataset for label in d.labels]
        for dataset in ("Train", "Test")
    }
    seen = set(mentions["Train"])
    return sum(mention not in seen for mention in mentions["Test"]) / max(1, len(mentions["Test"]))


def count_sentences(text: str) -> int:
    """Sentences, where a line break (a headline, a list item) ends one too."""
    return sum(any(map(str.isalpha, piece)) for piece in _SENTENCE_END.split(text))


def _file_problems(folder: Path, entries: Sequence[DocumentEntry]) -> Iterator[Problem]:
    """Every document is listed once, and every listed one is there."""
    listed = Counter(entry.location for entry in entries)
    present = {path.name for path in (folder / "documents").iterdir()}
    for location, times in listed.items():
        if times > 1:
            yield Problem("ListedTwice", f"labels.json lists it {times} times.", location)
    for location in sorted(listed.keys() - present):
        yield Problem("FileMissing", "labels.json lists it, documents/ has no such file.", location)
    for location in sorted(present - listed.keys()):
        yield Problem("NotListed", "documents/ has the file, labels.json does not list it.", location)


def _read_document(path: Path, entry: DocumentEntry) -> tuple[SampleDocument, list[Problem]]:
    """The document with the labels that fit its text, and a problem for each that does not."""
    # Bytes, because text mode would turn \r\n into \n and shift every offset behind it.
    text = path.read_bytes().decode("utf-8")
    offsets = OffsetMap(text, OffsetUnit.UTF16)
    labels: list[Label] = []
    problems: list[Problem] = []
    for region in entry.entities:
        try:
            if offsets.to_span(region.region_offset, region.region_length) != Span(0, len(text)):
                problems.append(Problem("PartialRegion", "The region is not the whole text.", entry.location))
        except InvalidInputError as error:
            problems.append(Problem("PartialRegion", error.message, entry.location))
        for label in region.labels:
            try:
                span = offsets.to_span(label.offset, label.length)
            except InvalidInputError as error:
                where = f"{label.category} at {label.offset}"
                problems.append(Problem("InvalidOffset", f"{where}: {error.message}", entry.location))
            else:
                labels.append(Label(span.start, span.end, label.category))
    return SampleDocument(entry.location, text, tuple(sorted(labels)), entry.dataset), problems


def _document_problems(document: SampleDocument, categories: Sequence[str]) -> Iterator[Problem]:
    """Faults that show in one document alone."""
    sentences = count_sentences(document.text)
    if sentences not in SENTENCES:
        yield Problem("Length", f"It has {sentences} sentences, not 2 to 8.", document.location)
    for problem in label_problems(document.labels, len(document.text)):
        yield Problem(problem.code, problem.message, document.location)
    for label in document.labels:
        mention = label.text_of(document.text)
        if label.category not in categories:
            message = f"{mention!r} has the undeclared category {label.category!r}."
            yield Problem("UnknownCategory", message, document.location)
        if not _WHOLE_MENTION.fullmatch(mention) or _cuts_word(document.text, label):
            around = document.text[max(0, label.start - 10) : label.end + 10]
            yield Problem("NotAWholeMention", f"{mention!r} in {around!r} is not a whole mention.", document.location)


def _cuts_word(text: str, span: Span) -> bool:
    before, after = text[span.start - 1 : span.start], text[span.end : span.end + 1]
    return before.isalnum() or after.isalnum() or before == "$"


def _consistency_problems(documents: Sequence[SampleDocument]) -> Iterator[Problem]:
    """One string means one thing, in the whole sample, unless it is a known look-alike."""
    seen: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for document in documents:
        for label in document.labels:
            mention = label.text_of(document.text)
            first = seen[mention].setdefault(label.category, document.location)
            other = next((c for c in seen[mention] if c != label.category), None)
            if other and first == document.location and mention not in LOOK_ALIKES:
                message = f"{mention!r} is {label.category} here and {other} in {seen[mention][other]}."
                yield Problem("TwoCategories", message, document.location)
    # The longest first: inside "Bitcoin Cash", "Bitcoin" is not a repeat of its own.
    longest_first = sorted(seen.keys() - LOOK_ALIKES.keys(), key=lambda mention: (-len(mention), mention))
    if not longest_first:
        return
    known = re.compile(rf"(?<![\w$])(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    for document in documents:
        for match in known.finditer(document.text):
            if not any(Span(*match.span()).overlaps(label) for label in document.labels):
                category, location = next(iter(seen[match[0]].items()))
                message = f"{match[0]!r} at {match.start()} has no label; in {location} it is {category}."
                yield Problem("MissedRepeat", message, document.location)


def _count_problems(
    documents: Sequence[SampleDocument], categories: Sequence[str], unlabelled: int
) -> Iterator[Problem]:
    """There is enough of everything."""
    if len(documents) < MIN_DOCUMENTS:
        yield Problem("TooFew", f"{len(documents)} labelled documents, not {MIN_DOCUMENTS} or more.")
    if unlabelled != UNLABELLED_DOCUMENTS:
        yield Problem("TooFew", f"{unlabelled} unlabelled documents, not {UNLABELLED_DOCUMENTS}.")
    counts = count_labels(documents)
    for dataset, least in MIN_LABELS.items():
        for category in categories:
            if counts[category, dataset] < least:
                message = f"{counts[category, dataset]} {category} labels in {dataset}, not {least} or more."
                yield Problem("TooFew", message)
    share = unseen_share(documents)
    if share < MIN_UNSEEN_SHARE:
        yield Problem("TooFewUnseen", f"{share:.0%} of the test mentions are new, not {MIN_UNSEEN_SHARE:.0%} or more.")


def _print_summary(sample: Sample) -> None:
    documents = Counter(document.dataset for document in sample.documents)
    labels = count_labels(sample.documents)
    print(f"{'':<10}{'Train':>7}{'Test':>7}{'all':>7}")
    print(f"{'documents':<10}{documents['Train']:>7}{documents['Test']:>7}{len(sample.documents):>7}")
    for category in sample.categories:
        train, test = labels[category, "Train"], labels[category, "Test"]
        print(f"{category:<10}{train:>7}{test:>7}{train + test:>7}")
    empty = sum(not document.labels for document in sample.documents)
    print(
        f"{empty} documents have no entity, {sample.unlabelled} are unlabelled, "
        f"{unseen_share(sample.documents):.0%} of the test mentions do not occur in Train."
    )


def main(folder: Path = FINANCE) -> int:
    """Prints the summary and every problem; 0 when there is none, else 1."""
    try:
        sample = check_sample(folder)
    except InvalidInputError as error:
        print(error.message, file=sys.stderr)
        return 1
    _print_summary(sample)
    for problem in sample.problems:
        print(f"{problem.target or 'sample'}: {problem.code}: {problem.message}", file=sys.stderr)
    return 1 if sample.problems else 0


if __name__ == "__main__":
    sys.exit(main())
