"""Texts in, entities out: the one way to use a model, in evaluation as in service."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_tools.artifact import Artifact, Manifest
from model_tools.errors import ArtifactError
from model_tools.inference.decode import Decoder
from model_tools.inference.session import TokenClassifier
from model_tools.inference.windows import Tokens, WindowTokenizer
from model_tools.spans import Entity


class Predictor:
    """One loaded model version; safe to call from many threads."""

    def __init__(self, artifact: Artifact, *, threads: int | None = None) -> None:
        manifest = artifact.manifest
        self.manifest: Manifest = manifest
        self.size_bytes: int = artifact.size_bytes
        """Of the files on disk: what a cache of models should count."""
        self._classifier = TokenClassifier(artifact.model, threads=threads)
        if self._classifier.inputs != manifest.inputs:
            raise ArtifactError(
                f"The graph takes {', '.join(self._classifier.inputs)}; the manifest says {', '.join(manifest.inputs)}."
            )
        self._tokenizer = WindowTokenizer.from_file(
            artifact.tokenizer, window=manifest.window, overlap=manifest.overlap
        )
        self._decoder = Decoder(manifest.tags, temperature=manifest.calibration.temperature)

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, verify: bool = True) -> "Predictor":
        """Opens a model folder.

        Args:
            folder: what training wrote.
            threads: for one run; None takes the physical cores.
            verify: check every file against its hash; leave it off only where that was just done.

        Raises:
            ArtifactError: the folder is incomplete, altered, or unreadable.
        """
        return cls(Artifact.open(folder, verify=verify), threads=threads)

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of each text, sorted, without overlap, in code points of exactly that text.

        A text's entities do not depend on the texts beside it. Nothing is cut off, however long a text is.
        """
        return [self._predict_one(text) for text in texts]

    def tokenize(self, text: str) -> Tokens:
        """The tokens of a whole text."""
        return self._tokenizer.tokenize(text)

    def logits(self, tokens: Tokens) -> NDArray[np.float32]:
        """Logits `[token, tag]` of a whole text, each token's from the window that sees it best."""
        result = np.empty((len(tokens), len(self.manifest.tags)), dtype=np.float32)
        for window in self._tokenizer.windows(tokens):
            logits = self._classifier.logits(
                self._tokenizer.input_ids(tokens, window), self._tokenizer.word_shapes(tokens, window)
            )
            shift = self._tokenizer.n_prefix - window.start
            result[window.core_start : window.core_end] = logits[window.core_start + shift : window.core_end + shift]
        return result

    def entities(
        self, text: str, tokens: Tokens, logits: NDArray[np.float32], decoder: Decoder | None = None
    ) -> list[Entity]:
        """The entities that `logits` of the text's tokens spell; another decoder gives other confidences."""
        first = tokens.first_of_units(self.manifest.tagging_unit)
        spans = tokens.unit_spans(first)
        entities = []
        for run in (decoder or self._decoder).decode(logits[first]):
            start, end = _without_blanks(text, spans[run.start_token][0], spans[run.end_token - 1][1])
            if start < end:
                entities.append(Entity(start, end, run.category, run.confidence))
        return entities

    def _predict_one(self, text: str) -> list[Entity]:
        tokens = self.tokenize(text)
        return self.entities(text, tokens, self.logits(tokens))


def _without_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds moved inwards past white space, which some tokenizers count to the token."""
    covered = text[start:end]
    return start + len(covered) - len(covered.lstrip()), start + len(covered.rstrip())
