"""The verb `check-labels`: finds likely label errors and says how to correct each."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from model_tools.documents import Document, read_jsonl
from model_tools.errors import InvalidInputError, Problem
from model_tools.progress import progress_on
from model_tools.quality.consistency import Outcome
from model_tools.quality.findings import KINDS, Finding
from model_tools.quality.label_errors import MIN_TRAIN_LABELS, find_label_errors, mixed_strings
from model_tools.run_arguments import add_run_arguments
from model_tools.spans import Label
from model_tools.training.recipe import load_recipe

_FOLDS = 4
_SHOWN = 50
_SHOWN_STRINGS = 10
_LIKELY = 0.5
_NAMED = 5
"""Documents that a warning about many names."""
_CONTEXT = 40
"""Characters shown on either side."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb; `run` takes what they give."""
    parser.description = "Finds likely label errors, by models that have not seen the document and by equal strings."
    parser.add_argument("data", type=Path, metavar="DATA.jsonl")
    parser.add_argument("--recipe", default="fast", metavar="NAME", help="a recipe's name or .toml file")
    parser.add_argument("--folds", type=int, default=_FOLDS, help="parts, each judged by a model of the others")
    parser.add_argument("--top", type=int, metavar="N", help=f"findings to show; default: {_SHOWN}, with --json all")
    add_run_arguments(parser)
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> None:
    """Checks and prints. The result goes to standard output, the progress to standard error.

    Raises:
        InvalidInputError: training is not installed, or the data cannot be checked.
        NotFoundError: the recipe's encoder is not there.
    """
    if options.top is not None and options.top < 1:
        raise InvalidInputError(f"--top is at least 1, not {options.top}.")
    documents = read_jsonl(options.data)
    folds, warnings = _plan(documents, options.folds)
    recipe = load_recipe(options.recipe)
    if find_spec("torch") is None:
        raise InvalidInputError("Training is not installed here. Install it: pip install -r requirements-train.txt")
    # Before torch is imported, or it has no effect.
    from model_tools.training.process import prepare_process  # noqa: PLC0415

    prepare_process()
    from model_tools.quality.crossval import out_of_fold  # noqa: PLC0415 - torch takes seconds

    categories = sorted({label.category for document in documents for label in document.labels})
    with progress_on(sys.stderr, options.progress) as progress:
        opinions = out_of_fold(
            documents,
            categories,
            recipe,
            folds=folds,
            seed=options.seed,
            device=options.device,
            threads=options.threads,
            progress=progress,
        )
        findings = find_label_errors(opinions, categories)
        check = LabelCheck(documents, findings, mixed_strings(opinions), warnings)
        progress("done", 100, 0)
    if options.json:
        sys.stdout.write(msgspec.json.encode(check_record(check, options.top)).decode() + "\n")
        return
    sys.stdout.writelines(line + "\n" for line in check_lines(check, options.top or _SHOWN))


def _plan(documents: Sequence[Document], folds: int) -> tuple[int, list[Problem]]:
    """How many folds are possible, and what the user should know beforehand.

    Raises:
        InvalidInputError: there is nothing to check, or nothing to check it with.
    """
    if folds < 2:
        raise InvalidInputError(f"--folds is at least 2, not {folds}.")
    n_texts = len({document.text for document in documents})
    if n_texts < 2:
        raise InvalidInputError(
            "Labels are checked by models of the other documents, which takes two different texts at least."
        )
    labels = Counter(label.category for document in documents for label in document.labels)
    if not labels:
        raise InvalidInputError("No document has a label, so there is nothing to check.", inner_code="NoLabels")
    warnings = []
    if n_texts < folds:
        warnings.append(Problem("FewDocuments", f"{n_texts} different texts allow only {n_texts} folds."))
    rare = sorted(category for category, n in labels.items() if n <= MIN_TRAIN_LABELS)
    if rare:
        warnings.append(
            Problem(
                "FewLabels",
                f"Too few labels for a model to judge {', '.join(map(repr, rare))}: more than {MIN_TRAIN_LABELS} "
                "are needed. They are checked by equal strings only.",
            )
        )
    empty = [document.id for document in documents if not document.labels]
    if empty:
        first = ", ".join(empty[:_NAMED]) + (", …" if len(empty) > _NAMED else "")
        warnings.append(
            Problem(
                "UnlabelledDocuments",
                f"{len(empty):,} of {len(documents):,} documents have no label ({first}), and count as read and found "
                "empty. If nobody has read them yet, leave them out.",
            )
        )
    return min(folds, n_texts), warnings


@dataclass(frozen=True, slots=True)
class LabelCheck:
    """The outcome of a check."""

    documents: Sequence[Document]
    """All that were checked."""
    findings: Sequence[Finding]
    """Surest first."""
    strings: Sequence[tuple[str, Counter[Outcome]]]
    """See `mixed_strings`."""
    warnings: Sequence[Problem]
    """What limits the check."""


def check_record(check: LabelCheck, top: int | None = None) -> dict[str, Any]:
    """The outcome as one JSON object with the `top` surest findings; offsets and lengths count code points."""
    texts = _texts(check.documents)
    return {
        "n_documents": len(check.documents),
        "n_labels": sum(len(document.labels) for document in check.documents),
        "n_findings": len(check.findings),
        "findings": [
            {
                "document": one.document,
                "kind": one.kind,
                "score": round(one.score, 4),
                "label": _label_record(one.label, texts[one.document]),
                "proposal": _label_record(one.proposal, texts[one.document]),
                "reason": one.reason,
            }
            for one in check.findings[:top]
        ],
        "mixed_strings": [
            {"text": string, "outcomes": [{"category": outcome, "n": n} for outcome, n in counts.most_common()]}
            for string, counts in check.strings
        ],
        "warnings": check.warnings,
    }


def check_lines(check: LabelCheck, top: int) -> Iterator[str]:
    """The outcome for people: the `top` surest findings, strings labelled in several ways, a summary, the warnings."""
    texts = _texts(check.documents)
    for rank, finding in enumerate(check.findings[:top], start=1):
        yield from _finding_lines(rank, finding, texts[finding.document])
    if check.strings:
        yield "Labelled in more than one way:"
    for string, counts in check.strings[:_SHOWN_STRINGS]:
        outcomes = (f"{'no label' if outcome is None else outcome} {n:,}" for outcome, n in counts.most_common())
        yield f"      {string!r}: {', '.join(outcomes)}"
    likely = Counter(finding.kind for finding in check.findings if finding.score >= _LIKELY)
    kinds = ", ".join(f"{kind} {likely[kind]:,}" for kind in KINDS if likely[kind])
    yield (
        f"{len(check.documents):,} documents, {sum(len(document.labels) for document in check.documents):,} labels: "
        f"{likely.total():,} likely errors (score {_LIKELY} or more){f': {kinds}' if kinds else ''}"
    )
    if len(check.findings) > top:
        yield f"{top:,} of {len(check.findings):,} findings are shown; --top shows more."
    for warning in check.warnings:
        yield f"{warning.code}: {warning.message}"


def _finding_lines(rank: int, finding: Finding, text: str) -> Iterator[str]:
    yield f"{rank:>4}. {finding.score:.2f}  {finding.kind}  {finding.document}  {_in_context(finding, text)}"
    before = "no label" if finding.label is None else _label_words(finding.label, text)
    after = "no label" if finding.proposal is None else _label_words(finding.proposal, text)
    yield f"            {before} -> {after}"
    yield f"            {finding.reason}"


def _label_words(label: Label, text: str) -> str:
    return f"{label.category} {label.text_of(text)!r} [{label.start}, {label.end})"


def _in_context(finding: Finding, text: str) -> str:
    region = finding.region
    before, after = text[max(0, region.start - _CONTEXT) : region.start], text[region.end : region.end + _CONTEXT]
    return " ".join(f"{before}[{region.text_of(text)}]{after}".split())


def _label_record(label: Label | None, text: str) -> dict[str, Any] | None:
    if label is None:
        return None
    return {
        "category": label.category,
        "offset": label.start,
        "length": label.end - label.start,
        "text": label.text_of(text),
    }


def _texts(documents: Sequence[Document]) -> Mapping[str, str]:
    return {document.id: document.text for document in documents}
