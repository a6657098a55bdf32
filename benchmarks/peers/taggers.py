"""Trained systems behind one call: texts in, entities out. Each loads from a folder of `benchmarks.speed.weights`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.speed.weights import Weights

_BATCH = 16
"""Texts that a pipeline may pad into one batch, in bulk."""


class Span(NamedTuple):
    """A found entity, in code points."""

    start: int
    end: int
    category: str


Tag = Callable[[Sequence[str]], list[list[Span]]]


class Tagger(NamedTuple):
    """One loaded system."""

    tag: Tag
    bulk: tuple[Tag, ...]
    """The ways it has to take many texts; the quickest counts."""
    stages: Callable[[Sequence[str]], dict[str, float]] | None = None
    """Seconds by stage of predicting the texts, where the system says."""


def load(system: str, weights: Weights, threads: int) -> Tagger:
    """Imports only what the system needs, so that memory and start-up are its own."""
    return SYSTEMS[system](weights, threads)


def _nerine(weights: Weights, threads: int) -> Tagger:
    return nerine(weights.nerine, threads)


def nerine(folder: Path, threads: int) -> Tagger:
    """Our predictor on any model folder."""
    from model_tools.inference.predictor import Predictor  # noqa: PLC0415
    from model_tools.inference.stopwatch import Stopwatch  # noqa: PLC0415

    predictor = Predictor.load(folder, threads=threads)

    def tag(texts: Sequence[str]) -> list[list[Span]]:
        return [[Span(one.start, one.end, one.category) for one in entities] for entities in predictor.predict(texts)]

    def stages(texts: Sequence[str]) -> dict[str, float]:
        stopwatch = Stopwatch()
        predictor.predict(texts, stopwatch)
        return stopwatch.seconds

    return Tagger(tag, (tag,), stages)


def _transformers(weights: Weights, threads: int) -> Tagger:
    import torch  # noqa: PLC0415
    from transformers import pipeline  # noqa: PLC0415

    torch.set_num_threads(threads)
    pipe = pipeline(
        "token-classification",
        model=str(weights.backbone),
        tokenizer=str(weights.backbone),
        aggregation_strategy="first",
        stride=weights.about["overlap"],
        device="cpu",
    )
    return _of_pipeline(pipe)


def _optimum(weights: Weights, threads: int) -> Tagger:
    return _optimum_from(weights, weights.optimum, threads)


def _optimum_int8(weights: Weights, threads: int) -> Tagger:
    return _optimum_from(weights, weights.optimum_int8, threads)


def _optimum_from(weights: Weights, folder: Path, threads: int) -> Tagger:
    import onnxruntime as ort  # noqa: PLC0415
    import torch  # noqa: PLC0415
    from optimum.onnxruntime import ORTModelForTokenClassification  # noqa: PLC0415
    from optimum.onnxruntime import pipeline as ort_pipeline  # noqa: PLC0415
    from transformers import AutoTokenizer  # noqa: PLC0415

    torch.set_num_threads(threads)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    model = ORTModelForTokenClassification.from_pretrained(folder, session_options=options)
    pipe = ort_pipeline(
        "token-classification",
        model=model,
        tokenizer=AutoTokenizer.from_pretrained(folder),
        aggregation_strategy="first",
        stride=weights.about["overlap"],
    )
    return _of_pipeline(pipe)


def _of_pipeline(pipe: Any) -> Tagger:  # noqa: ANN401 - untyped libraries
    def tag(texts: Sequence[str], batch_size: int = 1) -> list[list[Span]]:
        return [
            [Span(int(one["start"]), int(one["end"]), one["entity_group"]) for one in entities]
            for entities in pipe(list(texts), batch_size=batch_size)
        ]

    return Tagger(tag, (tag, lambda texts: tag(texts, _BATCH)))


def _spacy(weights: Weights, threads: int) -> Tagger:
    import spacy  # noqa: PLC0415

    del threads  # it takes what OPENBLAS_NUM_THREADS and its like say
    nlp = spacy.load(weights.spacy)
    nlp.max_length = 10**9

    def tag(texts: Sequence[str]) -> list[list[Span]]:
        return [[Span(one.start_char, one.end_char, one.label_) for one in nlp(text).ents] for text in texts]

    def piped(texts: Sequence[str]) -> list[list[Span]]:
        return [[Span(one.start_char, one.end_char, one.label_) for one in doc.ents] for doc in nlp.pipe(texts)]

    return Tagger(tag, (tag, piped))


SYSTEMS: dict[str, Callable[[Weights, int], Tagger]] = {
    "nerine": _nerine,
    "transformers": _transformers,
    "optimum fp32": _optimum,
    "optimum int8": _optimum_int8,
    "spacy": _spacy,
}
