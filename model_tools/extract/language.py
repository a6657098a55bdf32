"""The language of a text, as a guess."""

import threading
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

MIN_LETTERS = 12
"""Fewer letters give no guess; a sentence of an ideographic script has more."""
MIN_CONFIDENCE = 0.5
"""Probability of the guessed language among the 140 that are known."""

_SAMPLE = 10_000  # code points looked at: the guess is certain long before, and the time grows with them


def guess_language(text: str) -> str | None:
    """The ISO 639-1 code of the language; None for a short text, one without letters, or an uncertain guess.

    The first call loads the model (about half a second); later ones take about a millisecond.
    """
    sample = text[:_SAMPLE]
    if sum(character.isalpha() for character in sample) < MIN_LETTERS:
        return None
    with _loading:
        identifier = _identifier()
    language, confidence = identifier.classify(sample)
    return language if confidence >= MIN_CONFIDENCE and len(language) == 2 else None


_loading = threading.Lock()
"""A cache alone would let every thread that comes during the first load start one of its own."""


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
