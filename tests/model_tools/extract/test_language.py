"""Languages are guessed where there is enough to go by."""

import subprocess
import sys

import pytest

from model_tools.extract.language import guess_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("This loan agreement is made between the two parties named below.", "en"),
        ("Der Vertrag wurde am 3. Mai in Zürich unterzeichnet.", "de"),
        ("Le prêt a été accordé à la société le 3 août.", "fr"),
        ("株式会社トヨタ自動車は東京で新しい契約を発表した。", "ja"),
        ("Договор займа был подписан сторонами в Москве на прошлой неделе.", "ru"),
        ("", None),
        ("ok", None),
        ("1234567890 +41 79 !!! 🎉🎉🎉🎉🎉🎉", None),
        ("Xqz Wvk Pll Tzz Rrq", None),
    ],
)
def test_guess(text: str, language: str | None) -> None:
    assert guess_language(text) == language


def test_the_model_is_loaded_by_the_first_guess_only() -> None:
    code = (
        "from model_tools.extract import language, extractor\n"
        "assert language._identifier.cache_info().currsize == 0\n"
        "language.guess_language('A sentence that is long enough.')\n"
        "assert language._identifier.cache_info().currsize == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
