"""Other ways to rank likely label errors, from the same out-of-fold logits."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model_tools.inference.decode import Decoder, log_softmax
from model_tools.quality.consistency import TextUnits
from model_tools.quality.opinion import Opinion
from model_tools.tags import labels_to_tags, tag_names

Floats = NDArray[np.float64]


class Region(NamedTuple):
    """A finding: a stretch of a document, in code points."""

    score: float
    document: str
    start: int
    end: int


def cleanlab_rank(opinions: Sequence[Opinion], categories: Sequence[str]) -> list[Region]:
    """Cleanlab's token classification: every token is a finding, ranked by its quality score (self-confidence)."""
    return [_token(opinions[i], j, 1 - quality) for i, j, quality in _token_qualities(opinions, categories)]


def cleanlab_filter(opinions: Sequence[Opinion], categories: Sequence[str]) -> list[Region]:
    """Cleanlab's token classification: the tokens that `find_label_issues` gives, in its order."""
    from cleanlab.token_classification.filter import find_label_issues  # noqa: PLC0415 - optional

    used = [i for i, opinion in enumerate(opinions) if opinion.units]
    labels, probabilities = _labels_and_probabilities([opinions[i] for i in used], categories)
    issues = find_label_issues(labels, probabilities, n_jobs=1)
    return [_token(opinions[used[i]], j, -float(rank)) for rank, (i, j) in enumerate(issues)]


def cleanlab_merged(opinions: Sequence[Opinion], categories: Sequence[str]) -> list[Region]:
    """As `cleanlab_rank`, but the tokens of one label, or of one predicted entity, are one finding: their worst."""
    regions = [_regions(opinion, tag_names(categories)) for opinion in opinions]
    best: dict[tuple[int, tuple[int, int]], float] = {}
    for i, j, quality in _token_qualities(opinions, categories):
        key = (i, regions[i].get(j, opinions[i].units[j]))
        best[key] = max(best.get(key, 0.0), 1 - quality)
    return [Region(score, opinions[i].document.id, *region) for (i, region), score in best.items()]


def plain_confidence(opinions: Sequence[Opinion], categories: Sequence[str]) -> list[Region]:
    """Labels by how little the model believes them, and predicted entities that no label touches by how much."""
    tags = tag_names(categories)
    decoder = Decoder(tags)
    ranking: list[Region] = []
    for opinion in opinions:
        if not opinion.units:
            continue
        document, probabilities = opinion.document, _probabilities(opinion)
        given = _tag_ids(opinion, tags)
        units = TextUnits(document.text, document.labels, opinion.units)
        for label, start, end in units.placed:
            confidence = float(probabilities[np.arange(start, end), given[start:end]].min())
            ranking.append(Region(1 - confidence, document.id, label.start, label.end))
        for run in decoder.decode(opinion.logits):
            if not any(units.is_labelled[run.start_token : run.end_token]):
                start, end = opinion.units[run.start_token][0], opinion.units[run.end_token - 1][1]
                ranking.append(Region(run.confidence, document.id, start, end))
    return ranking


def _token(opinion: Opinion, unit: int, score: float) -> Region:
    return Region(score, opinion.document.id, *opinion.units[unit])


def _token_qualities(opinions: Sequence[Opinion], categories: Sequence[str]) -> list[tuple[int, int, float]]:
    from cleanlab.token_classification.rank import get_label_quality_scores  # noqa: PLC0415 - optional

    used = [i for i, opinion in enumerate(opinions) if opinion.units]
    _, qualities = get_label_quality_scores(*_labels_and_probabilities([opinions[i] for i in used], categories))
    return [(i, j, float(quality)) for i, row in zip(used, qualities, strict=True) for j, quality in enumerate(row)]


def _labels_and_probabilities(
    opinions: Sequence[Opinion], categories: Sequence[str]
) -> tuple[list[list[int]], list[Floats]]:
    tags = tag_names(categories)
    return [_tag_ids(one, tags).tolist() for one in opinions], [_probabilities(one) for one in opinions]


def _probabilities(opinion: Opinion) -> Floats:
    return np.exp(log_softmax(opinion.logits.astype(np.float64)))


def _tag_ids(opinion: Opinion, tags: Sequence[str]) -> NDArray[np.intp]:
    given = labels_to_tags(opinion.document.labels, opinion.units)
    return np.array([tags.index(tag) for tag in given], dtype=np.intp)


def _regions(opinion: Opinion, tags: Sequence[str]) -> dict[int, tuple[int, int]]:
    """For each unit of a label, else of a predicted entity: where that is, in code points."""
    regions: dict[int, tuple[int, int]] = {}
    for run in Decoder(tags).decode(opinion.logits):
        region = opinion.units[run.start_token][0], opinion.units[run.end_token - 1][1]
        regions |= dict.fromkeys(range(run.start_token, run.end_token), region)
    for label, start, end in TextUnits(opinion.document.text, opinion.document.labels, opinion.units).placed:
        regions |= dict.fromkeys(range(start, end), (label.start, label.end))
    return regions
