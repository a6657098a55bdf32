"""Encodings, certain and guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.extract.encoding import decode_declared, decode_text
from model_tools.extract.errors import UnreadableDocumentError

UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("text", ["hello world\r\n", "日本語の文\n改行", "a", "é 🎉 x", "\n", "x\ty\n"])
def test_unicode_comes_back(text: str, encoding: str) -> None:
    decoded = decode_text(text.encode(encoding))
    assert decoded.text == text
    assert decoded.is_guessed == encoding.endswith(("-le", "-be"))


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_marked_or_utf8_text_is_never_guessed(text: str, encoding: str) -> None:
    decoded = decode_text(text.encode(encoding))
    assert not decoded.is_guessed
    # A mark that the text itself begins with cannot be told from one before it.
    assert decoded.text == (text.removeprefix("\ufeff") if encoding == "utf-8" else text)


LEGACY = {
    "German": ("cp1252", "Café Müller zahlt 20 € für die Straße.\r\n"),
    "French": ("cp1252", "Le prêt a été accordé à Nestlé le 3 août."),
    "one word": ("cp1252", "naïve"),
    "quotes": ("cp1252", "“Smart quotes” — and a dash"),
    "Spanish": ("cp1252", "El señor Núñez pagó mañana en España"),
    "Japanese": ("cp932", "東京に行きました。株式会社トヨタ自動車は発表した。"),
    "Japanese, Unix": ("euc_jp", "東京に行きました。株式会社トヨタ自動車は発表した。"),
    "Chinese": ("gb18030", "北京大学的学生在图书馆里学习。"),
    "Chinese, Taiwan": ("big5", "台北市政府今天宣布新的計劃"),
    "Korean": ("cp949", "서울특별시에서 계약을 체결했다"),
    "Russian": ("cp1251", "Договор займа между сторонами подписан в Москве."),
    "Russian, Unix": ("koi8_r", "Договор займа между сторонами подписан в Москве."),
    "Polish": ("cp1250", "Umowa pożyczki została zawarta między stronami w Łodzi"),
    "Greek": ("cp1253", "σύμβαση υπογράφηκε στην Αθήνα"),
    "Turkish": ("cp1254", "Sözleşme İstanbul'da imzalandı, güneş ışığı"),  # noqa: RUF001 - the letter is Turkish
}


@pytest.mark.parametrize(("encoding", "text"), LEGACY.values(), ids=LEGACY.keys())
def test_legacy_encodings_are_guessed(encoding: str, text: str) -> None:
    decoded = decode_text(text.encode(encoding))
    assert decoded.text == text
    assert decoded.is_guessed


@pytest.mark.parametrize(
    ("content", "inner_code"),
    [
        (b"\xff\xfea", "CorruptFile"),
        (b"\xff\xfe\x00\xd8", "CorruptFile"),
        (b"\xef\xbb\xbf\xff", "CorruptFile"),
        (b"\xff\xfea\x00\x00\x00", "BinaryContent"),
        (b"\x00\x01\x02\x03", "BinaryContent"),
        (b"a\x00", None),
        (b"\xff\x01", "BinaryContent"),
    ],
)
def test_nothing_is_lost_silently(content: bytes, inner_code: str | None) -> None:
    if inner_code is None:
        assert decode_text(content).text == "a"
        return
    with pytest.raises(UnreadableDocumentError) as error:
        decode_text(content)
    assert error.value.inner_code == inner_code


@pytest.mark.parametrize(
    ("content", "name", "text"),
    [
        (b"caf\xe9", "ISO-8859-1", "café"),
        (b"20 \x80", "latin1", "20 €"),
        ("東京".encode("cp932"), "Shift_JIS", "東京"),
        ("北京".encode("gb2312"), "gb2312", "北京"),
        (b"caf\xe9", "utf-8", None),
        (b"\\ud800", "unicode_escape", None),
        (b"eJwDAA==", "base64", None),
        (b"x", "no-such-encoding", None),
        (b"x", "a\x00b", None),
    ],
)
def test_a_declared_encoding_is_believed_if_it_is_sane_and_fits(content: bytes, name: str, text: str | None) -> None:
    decoded = decode_declared(content, name)
    assert (decoded.text if decoded else None) == text
