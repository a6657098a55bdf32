"""The sample keeps its promises, and the check notices when it does not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_tools.errors import InvalidInputError
from samples.check_sample import FINANCE, LOOK_ALIKES, SampleDocument, check_sample, count_sentences, main, unseen_share

Json = dict[str, Any]
Fault = Callable[[Path, Json], tuple[str, str]]
"""Breaks the sample in a folder, given its labels file; returns the location and the text to be reported."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FINANCE, tmp_path / "finance"))


def plant(folder: Path, fault: Fault) -> tuple[str, str]:
    path = folder / "labels.json"
    labels_file = json.loads(path.read_text(encoding="utf-8"))
    expected = fault(folder, labels_file)
    path.write_text(json.dumps(labels_file), encoding="utf-8")
    return expected


def labels_of(entry: Json) -> list[Json]:
    return list(entry["entities"][0]["labels"])


def mention(folder: Path, entry: Json, label: Json) -> str:
    units = (folder / "documents" / str(entry["location"])).read_bytes().decode("utf-8").encode("utf-16-le")
    start, length = int(label["offset"]), int(label["length"])
    return units[2 * start : 2 * (start + length)].decode("utf-16-le")


def find(folder: Path, labels_file: Json, text: str) -> tuple[Json, Json]:
    """The first label on `text`, and its document."""
    return next(
        (entry, label)
        for entry in labels_file["assets"]["documents"]
        for label in labels_of(entry)
        if mention(folder, entry, label) == text
    )


def shift(by: int) -> Fault:
    def fault(folder: Path, labels_file: Json) -> tuple[str, str]:
        entry, label = find(folder, labels_file, "Microsoft")
        label["offset"] += by
        return entry["location"], repr(mention(folder, entry, label))

    return fault


def widen_to_space(folder: Path, labels_file: Json) -> tuple[str, str]:
    entry, label = find(folder, labels_file, "USD/JPY")
    label["length"] += 1
    return entry["location"], repr(mention(folder, entry, label))


def drop(folder: Path, labels_file: Json) -> tuple[str, str]:
    entry, label = find(folder, labels_file, "EUR/USD")
    entry["entities"][0]["labels"].remove(label)
    return entry["location"], "'EUR/USD'"


def wrong_category(folder: Path, labels_file: Json) -> tuple[str, str]:
    # The last one, because the check takes the first it meets for the right one.
    labels_file["assets"]["documents"].reverse()
    entry, label = find(folder, labels_file, "Apple")
    labels_file["assets"]["documents"].reverse()
    label["category"] = "CRYPTO"
    return entry["location"], "'Apple' is CRYPTO here and STOCK in"


def undeclared_category(folder: Path, labels_file: Json) -> tuple[str, str]:
    entry, label = find(folder, labels_file, "Nvidia")
    label["category"] = "SHARE"
    return entry["location"], "'Nvidia' has the undeclared category 'SHARE'"


def outside(folder: Path, labels_file: Json) -> tuple[str, str]:
    entry, label = find(folder, labels_file, "Tesla")
    label["offset"] += 100_000
    return entry["location"], f"STOCK at {label['offset']}"


def twice_labelled(folder: Path, labels_file: Json) -> tuple[str, str]:
    entry, label = find(folder, labels_file, "Bitcoin Cash")
    labels_of_document = entry["entities"][0]["labels"]
    labels_of_document.append({**label, "length": len("Bitcoin")})
    return entry["location"], "overlaps CRYPTO"


def partial_region(_: Path, labels_file: Json) -> tuple[str, str]:
    entry = labels_file["assets"]["documents"][3]
    entry["entities"][0]["regionLength"] -= 1
    return entry["location"], "region is not the whole text"


def missing_file(folder: Path, labels_file: Json) -> tuple[str, str]:
    location = labels_file["assets"]["documents"][7]["location"]
    (folder / "documents" / location).unlink()
    return location, "no such file"


def unlisted_file(_: Path, labels_file: Json) -> tuple[str, str]:
    entry = labels_file["assets"]["documents"].pop(7)
    return entry["location"], "does not list it"


def listed_twice(_: Path, labels_file: Json) -> tuple[str, str]:
    documents = labels_file["assets"]["documents"]
    documents.append(documents[7])
    return documents[7]["location"], "lists it 2 times"


def line_ends_changed(folder: Path, labels_file: Json) -> tuple[str, str]:
    """What a version control system does to a text file that it was not told to leave alone."""
    for entry in labels_file["assets"]["documents"]:
        path = folder / "documents" / entry["location"]
        if b"\r\n" in path.read_bytes():
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
            return entry["location"], "outside the text"
    raise AssertionError("The sample has no document with CRLF line ends.")


def not_utf8(folder: Path, labels_file: Json) -> tuple[str, str]:
    location = str(labels_file["assets"]["documents"][7]["location"])
    (folder / "documents" / location).write_bytes("Zürich is calm. So is Bern.".encode("latin-1"))
    return location, "can't decode byte"


def half_an_emoji(folder: Path, labels_file: Json) -> tuple[str, str]:
    for entry in labels_file["assets"]["documents"]:
        text = (folder / "documents" / str(entry["location"])).read_bytes().decode("utf-8")
        for position, character in enumerate(text):
            if ord(character) > 0xFFFF:
                label = labels_of(entry)[0]
                label["offset"] = len(text[:position].encode("utf-16-le")) // 2 + 1
                return entry["location"], "inside a surrogate pair"
    raise AssertionError("The sample has no document with an emoji.")


def one_sentence(folder: Path, labels_file: Json) -> tuple[str, str]:
    entry = next(entry for entry in labels_file["assets"]["documents"] if not labels_of(entry))
    (folder / "documents" / entry["location"]).write_text("Nothing happened.", encoding="utf-8")
    return entry["location"], "It has 1 sentences"


def test_the_sample_has_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    status = main()
    printed = capsys.readouterr()
    assert (status, printed.err) == (0, "")
    assert all(category in printed.out for category in ("STOCK", "CRYPTO", "FOREX"))


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        pytest.param("NotAWholeMention", shift(1), id="shifted right"),
        pytest.param("NotAWholeMention", shift(-1), id="shifted left"),
        pytest.param("NotAWholeMention", widen_to_space, id="space included"),
        pytest.param("MissedRepeat", drop, id="label dropped"),
        pytest.param("TwoCategories", wrong_category, id="wrong category"),
        pytest.param("UnknownCategory", undeclared_category, id="undeclared category"),
        pytest.param("InvalidOffset", outside, id="label outside the text"),
        pytest.param("InvalidOffset", half_an_emoji, id="label starts inside an emoji"),
        pytest.param("NotUtf8", not_utf8, id="another encoding"),
        pytest.param("OverlappingLabels", twice_labelled, id="overlap"),
        pytest.param("PartialRegion", partial_region, id="region too short"),
        pytest.param("PartialRegion", line_ends_changed, id="line ends changed"),
        pytest.param("FileMissing", missing_file, id="file missing"),
        pytest.param("NotListed", unlisted_file, id="file not listed"),
        pytest.param("ListedTwice", listed_twice, id="file listed twice"),
        pytest.param("Length", one_sentence, id="one sentence"),
    ],
)
def test_a_planted_fault_is_reported_with_document_and_text(folder: Path, code: str, fault: Fault) -> None:
    location, text = plant(folder, fault)
    reported = [p.message for p in check_sample(folder).problems if (p.code, p.target) == (code, location)]
    assert any(text in message for message in reported), reported


def test_too_few_unlabelled_documents_are_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    next((folder / "unlabelled").iterdir()).unlink()
    assert main(folder) == 1
    assert "sample: TooFew: 19 unlabelled documents, not 20." in capsys.readouterr().err


def test_a_category_that_test_lacks_is_reported(folder: Path) -> None:
    def all_train(_: Path, labels_file: Json) -> tuple[str, str]:
        for entry in labels_file["assets"]["documents"]:
            entry["dataset"] = "Train"
        return "", ""

    plant(folder, all_train)
    messages = [problem.message for problem in check_sample(folder).problems if problem.code == "TooFew"]
    assert [message.split(", not")[0] for message in messages] == [
        f"0 {category} labels in Test" for category in ("STOCK", "CRYPTO", "FOREX")
    ]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"projectFileVersion": "1999-01-01"}'])
def test_what_is_not_a_labels_file_is_refused(folder: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "labels.json").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"labels\.json"):
        check_sample(folder)
    assert main(folder) == 1
    assert "labels.json" in capsys.readouterr().err


@pytest.mark.parametrize("look_alike", sorted(LOOK_ALIKES))
def test_the_list_of_look_alikes_has_no_stale_entry(look_alike: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(LOOK_ALIKES, look_alike)
    assert any(repr(look_alike) in problem.message for problem in check_sample(FINANCE).problems)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", 0),
        ("One. Two! Three?", 3),
        ("At 1.0832 and BMW.DE it is one.", 1),
        ('"Really?" he asked.', 2),
        ("HEADLINE\r\nText.", 2),
        ("List:\n- one\n- two\n", 3),
        ("lower case. also counts 🙈", 2),
        ("Emoji alone does not. 🚀🚀", 1),
    ],
)
def test_count_sentences(text: str, sentences: int) -> None:
    assert count_sentences(text) == sentences


def test_unseen_share_of_nothing_is_zero() -> None:
    assert unseen_share([SampleDocument("1.txt", "Calm.", (), "Test")]) == 0
