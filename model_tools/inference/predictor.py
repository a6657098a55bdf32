"""A model version as it is served: loaded from its folder, on onnxruntime."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from model_tools.artifact import Artifact
from model_tools.errors import ArtifactError
from model_tools.inference.session import TokenClassifier
from model_tools.inference.tagger import EntityTagger
from model_tools.inference.windows import WindowTokenizer

if TYPE_CHECKING:
    from model_tools.manifest import Manifest


class Predictor(EntityTagger):
    """One loaded model version; safe to call from many threads."""

    def __init__(self, artifact: Artifact, *, threads: int | None = None) -> None:
        manifest = artifact.manifest
        self.manifest: Manifest = manifest
        self.size_bytes: int = artifact.size_bytes
        """Of the files on disk: what a cache of models should count."""
        classifier = TokenClassifier(artifact.model)
        threads = threads or os.cpu_count() or 1
        if classifier.inputs != manifest.inputs:
            raise ArtifactError(
                f"The graph takes {', '.join(classifier.inputs)}; the manifest says {', '.join(manifest.inputs)}."
            )
        super().__init__(
            classifier,
            WindowTokenizer.from_file(artifact.tokenizer, window=manifest.window, overlap=manifest.overlap),
            manifest.tags,
            manifest.tagging_unit,
            temperature=manifest.calibration.temperature,
            pool=ThreadPoolExecutor(threads, thread_name_prefix="windows") if threads > 1 else None,
            ahead=2 * threads,
        )

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, verify: bool = True) -> "Predictor":
        """Opens a model folder.

        Args:
            folder: what training wrote.
            threads: for the windows of one call; None takes the cores.
            verify: check every file against its hash; leave it off only where that was just done.

        Raises:
            ArtifactError: the folder is incomplete, altered, or unreadable.
        """
        return cls(Artifact.open(folder, verify=verify), threads=threads)
