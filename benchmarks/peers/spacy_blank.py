"""spaCy's `ner` from blank, with the configuration that its quickstart writes for a CPU."""

import random
from collections.abc import Callable, Iterator, Sequence

import spacy
from spacy.cli.init_config import init_config
from spacy.language import Language
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.training.loop import train as run

from model_tools.documents import Document
from model_tools.spans import Label

_DEV_SHARE = 0.1
"""spaCy stops early on a dev set; it is cut from the train documents."""


def fit_predict(train: Sequence[Document], texts: Sequence[str], seed: int) -> list[list[Label]]:
    """Trains, and gives the labels of the texts."""
    nlp = fit(train, seed)
    return [[Label(span.start_char, span.end_char, span.label_) for span in nlp(text).ents] for text in texts]


def fit(train: Sequence[Document], seed: int) -> Language:
    """Trains until spaCy's own patience ends."""
    shuffled = random.Random(seed).sample(list(train), len(train))
    n_dev = max(1, round(_DEV_SHARE * len(shuffled)))
    config = init_config(lang=train[0].language, pipeline=["ner"], optimize="efficiency", gpu=False)
    config["training"]["seed"] = seed
    config["corpora"] = {
        "train": {"@readers": "nerine.documents", "part": "train"},
        "dev": {"@readers": "nerine.documents", "part": "dev"},
    }
    parts = {"train": shuffled[n_dev:], "dev": shuffled[:n_dev]}

    def create_reader(part: str) -> Callable[[Language], Iterator[Example]]:
        def read(nlp: Language) -> Iterator[Example]:
            for document in parts[part]:
                entities = [(label.start, label.end, label.category) for label in document.labels]
                yield Example.from_dict(nlp.make_doc(document.text), {"entities": entities})

        return read

    spacy.registry.readers("nerine.documents", func=create_reader)
    nlp, _ = run(init_nlp(config))
    return nlp
