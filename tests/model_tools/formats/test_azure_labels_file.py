"""Labels files of Azure: the official sample in its three ages, every fault by its path, and the round trip."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.documents import Document, read_jsonl
from model_tools.errors import InvalidInputError
from model_tools.formats.azure import STRING_INDEX_TYPES, labelled_document, read_labels_file, write_labels_file
from model_tools.formats.labels_file import (
    Category,
    Dataset,
    LabelledDocument,
    LabelsFile,
    ProjectMetadata,
    RawLabel,
    Region,
)
from model_tools.formats.resolution import ResolvedLabels, resolve_labels
from model_tools.offsets import OffsetUnit
from model_tools.spans import Label

DATA = Path(__file__).parents[3] / "../shared/data"
SAMPLE = DATA / "azure_loan_agreements/raw"
needs_sample = pytest.mark.skipif(not SAMPLE.exists(), reason="the reference data is not beside the repository")


def resolved_sample(file_name: str) -> tuple[LabelsFile, dict[str, ResolvedLabels]]:
    labels_file = read_labels_file(json.loads((SAMPLE / file_name).read_bytes()))
    texts = {path.name: path.read_bytes().decode() for path in SAMPLE.glob("*.txt")}
    resolved = {
        document.location: resolve_labels(document, texts[document.location], labels_file.unit)
        for document in labels_file.documents
    }
    return labels_file, resolved


def sample_labels() -> dict[str, tuple[Label, ...]]:
    return {
        f"{document.id}.txt": document.labels for document in read_jsonl(DATA / "jsonl/azure_loan_agreements.jsonl")
    }


@needs_sample
@pytest.mark.parametrize(
    "file_name",
    ["loanAgreementsLabels.json", "hist/labels_entityNames_2021-09.json", "hist/labels_extractors_2022-01.json"],
)
def test_the_official_sample_imports_as_it_is(file_name: str) -> None:
    labels_file, resolved = resolved_sample(file_name)
    assert len(labels_file.categories) == 12
    assert {location: document.labels for location, document in resolved.items()} == sample_labels()
    assert sum(len(document.labels) for document in resolved.values()) == 240
    assert not any(document.problems or document.warnings for document in resolved.values())


@needs_sample
def test_offsets_over_text_with_lf_are_moved_where_they_fit() -> None:
    """The 12 labels of 01.txt fit neither way. Of the other 228, five were placed elsewhere in today's file."""
    _, resolved = resolved_sample("hist/labels_extractors_LF_2021-12.json")
    expected = sample_labels()
    refused = [location for location, document in resolved.items() if document.problems]
    assert refused == ["01.txt"]
    assert [problem.code for problem in resolved["01.txt"].problems] == ["OffsetsDoNotFit"]
    assert resolved["01.txt"].labels == ()
    moved = {location: document for location, document in resolved.items() if location not in refused}
    assert all([warning.code for warning in document.warnings] == ["LineEndsConverted"] for document in moved.values())
    assert all(len(document.labels) == 12 for document in moved.values())
    equal = sum(len(set(document.labels) & set(expected[location])) for location, document in moved.items())
    assert equal == 223  # the 224th is the date in the first line of 01.txt


def valid() -> dict[str, Any]:
    return {
        "projectFileVersion": "2022-05-01",
        "stringIndexType": "Utf16CodeUnit",
        "metadata": {
            "projectKind": "CustomEntityRecognition",
            "storageInputContainerName": "c",
            "projectName": "p",
            "language": "en-us",
        },
        "assets": {
            "projectKind": "CustomEntityRecognition",
            "entities": [{"category": "Date"}, {"category": "Name"}],
            "documents": [
                {
                    "location": "01.txt",
                    "dataset": "Train",
                    "entities": [
                        {
                            "regionOffset": 0,
                            "regionLength": 20,
                            "labels": [{"category": "Date", "offset": 5, "length": 9}],
                        }
                    ],
                },
                {"location": "02.txt", "entities": []},
            ],
        },
    }


LABEL = "$.assets.documents[0].entities[0].labels[0]"
FAULTS: dict[str, tuple[list[Any], Any, str, str]] = {
    "wrong kind": (["metadata", "projectKind"], "CustomTextClassification", "UnsupportedProjectKind", "$.metadata.projectKind"),
    "no metadata": (["metadata"], None, "MissingProperty", "$.metadata"),
    "no container": (["metadata", "storageInputContainerName"], None, "MissingProperty", "$.metadata.storageInputContainerName"),
    "language of another type": (["metadata", "language"], 5, "InvalidType", "$.metadata.language"),
    "multilingual as text": (["metadata", "multilingual"], "false", "InvalidType", "$.metadata.multilingual"),
    "settings as list": (["metadata", "settings"], [], "InvalidType", "$.metadata.settings"),
    "no kind of the assets": (["assets", "projectKind"], None, "ProjectKindMismatch", "$.assets.projectKind"),
    "unknown unit": (["stringIndexType"], "Utf8", "UnknownStringIndexType", "$.stringIndexType"),
    "assets as text": (["assets"], "x", "InvalidType", "$.assets"),
    "categories as object": (["assets", "entities"], {"a": 1}, "InvalidType", "$.assets.entities"),
    "category as text": (["assets", "entities", 1], "Name", "InvalidType", "$.assets.entities[1]"),
    "blank category": (["assets", "entities", 1, "category"], " ", "InvalidCategoryName", "$.assets.entities[1].category"),
    "long category": (["assets", "entities", 1, "category"], "x" * 51, "InvalidCategoryName", "$.assets.entities[1].category"),
    "forbidden symbol": (["assets", "entities", 1, "category"], "A/B", "InvalidCategoryName", "$.assets.entities[1].category"),
    "category twice": (["assets", "entities", 1, "category"], "Date", "DuplicateCategory", "$.assets.entities[1]"),
    "too many categories": (
        ["assets", "entities"], [{"category": "Date"}, *({"category": f"c{i}"} for i in range(200))],
        "TooManyCategories", "$.assets.entities",
    ),
    "documents as object": (["assets", "documents"], {}, "InvalidType", "$.assets.documents"),
    "document as text": (["assets", "documents", 1], "02.txt", "InvalidType", "$.assets.documents[1]"),
    "no location": (["assets", "documents", 1, "location"], None, "MissingProperty", "$.assets.documents[1].location"),
    "blank location": (["assets", "documents", 1, "location"], "", "InvalidLocation", "$.assets.documents[1].location"),
    "unknown dataset": (["assets", "documents", 0, "dataset"], "Dev", "InvalidDataset", "$.assets.documents[0].dataset"),
    "undeclared category": (["assets", "documents", 0, "entities", 0, "labels", 0, "category"], "date", "UndeclaredCategory", f"{LABEL}.category"),
    "negative offset": (["assets", "documents", 0, "entities", 0, "labels", 0, "offset"], -1, "InvalidNumber", f"{LABEL}.offset"),
    "empty label": (["assets", "documents", 0, "entities", 0, "labels", 0, "length"], 0, "InvalidNumber", f"{LABEL}.length"),
    "offset as truth": (["assets", "documents", 0, "entities", 0, "labels", 0, "offset"], True, "InvalidType", f"{LABEL}.offset"),
    "offset with a fraction": (["assets", "documents", 0, "entities", 0, "labels", 0, "offset"], 5.0, "InvalidType", f"{LABEL}.offset"),
    "past its region": (["assets", "documents", 0, "entities", 0, "regionLength"], 13, "LabelOutsideRegion", LABEL),
    "before its region": (["assets", "documents", 0, "entities", 0, "regionOffset"], 6, "LabelOutsideRegion", LABEL),
    "negative region": (["assets", "documents", 0, "entities", 0, "regionOffset"], -1, "InvalidNumber", "$.assets.documents[0].entities[0].regionOffset"),
}  # fmt: skip


def changed(data: dict[str, Any], keys: list[Any], value: object) -> dict[str, Any]:
    place: Any = data
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    return data


@pytest.mark.parametrize(("keys", "value", "code", "target"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_by_its_path(keys: list[Any], value: object, code: str, target: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        read_labels_file(changed(valid(), keys, value))
    assert (code, target) in {(problem.code, problem.target) for problem in error.value.problems}


def test_all_faults_are_told_at_once() -> None:
    data = valid()
    for name in ("unknown unit", "forbidden symbol", "negative offset", "unknown dataset"):
        keys, value, _, _ = FAULTS[name]
        changed(data, keys, copy.deepcopy(value))
    data["assets"]["documents"].append({"location": "01.txt"})
    with pytest.raises(InvalidInputError, match="first of 6 problems") as error:
        read_labels_file(data)
    assert [problem.code for problem in error.value.problems] == [
        "UnknownStringIndexType",
        "InvalidCategoryName",
        "InvalidDataset",
        "InvalidNumber",
        "DuplicateLocation",
        "DuplicateLocation",
    ]


@pytest.mark.parametrize("data", [None, [], "x", 5])
def test_what_is_no_object_is_refused(data: object) -> None:
    with pytest.raises(InvalidInputError, match="JSON object"):
        read_labels_file(data)


def test_the_sentence_of_the_real_service_for_kinds_that_differ() -> None:
    data = valid()
    del data["assets"]["projectKind"]
    with pytest.raises(
        InvalidInputError,
        match=r"^The project kind in the exported project's metadata must match the assets' project kind\.$",
    ):
        read_labels_file(data)


def test_the_old_spelling_of_the_kind_is_accepted() -> None:
    data = valid()
    data["metadata"]["projectKind"] = "customNamedEntityRecognition"
    assert read_labels_file(data) == read_labels_file(valid())


def test_assets_are_optional() -> None:
    data = valid()
    del data["assets"]
    assert read_labels_file(data).documents == ()


@pytest.mark.parametrize("index", [2, -1, "0"])
def test_an_old_label_names_a_category_by_position(index: object) -> None:
    data = {
        "entityNames": ["A", "B"],
        "documents": [{"location": "1", "entities": [{"labels": [{"entity": index, "start": 0, "length": 1}]}]}],
    }
    with pytest.raises(InvalidInputError) as error:
        read_labels_file(data)
    assert error.value.target == "$.documents[0].entities[0].labels[0].entity"


def raw(category: str, offset: int, length: int, path: str) -> RawLabel:
    return RawLabel(category, offset, length, path)


def entry(*labels: RawLabel) -> LabelledDocument:
    return LabelledDocument("a.txt", regions=(Region(0, None, labels),), path="$")


RESOLVED: dict[str, tuple[str, list[RawLabel], list[Label], list[tuple[str, str | None]], list[tuple[str, str | None]]]] = {
    "after an emoji": ("🎉 Ann", [raw("P", 3, 3, "0")], [Label(2, 5, "P")], [], []),
    "sorted": ("Ann Bob", [raw("P", 4, 3, "0"), raw("P", 0, 3, "1")], [Label(0, 3, "P"), Label(4, 7, "P")], [], []),
    "outside": ("Ann", [raw("P", 0, 3, "0"), raw("P", 2, 5, "1")], [Label(0, 3, "P")], [("LabelOutsideText", "1")], []),
    "half an emoji": ("🎉 Ann", [raw("P", 1, 2, "0")], [], [("OffsetInsideUnit", "0")], []),
    "overlap": ("Ann Bob", [raw("P", 2, 3, "0"), raw("Q", 0, 3, "1")], [Label(0, 3, "Q")], [("OverlappingLabels", "0")], []),
    "twice": ("Ann", [raw("P", 0, 3, "0"), raw("P", 0, 3, "1")], [Label(0, 3, "P")], [], [("DuplicateLabel", "1")]),
    "white space": ("Ann Bob", [raw("P", 0, 4, "0")], [Label(0, 4, "P")], [], [("WhiteSpaceAtEnds", "0")]),
    "crlf counts two": ("a\r\nAnn", [raw("P", 3, 3, "0")], [Label(3, 6, "P")], [], []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "labels", "expected", "problems", "warnings"), RESOLVED.values(), ids=RESOLVED.keys())
def test_offsets_become_code_points(
    text: str, labels: list[RawLabel], expected: list[Label], problems: list[Any], warnings: list[Any]
) -> None:
    resolved = resolve_labels(entry(*labels), text, OffsetUnit.UTF16)
    assert list(resolved.labels) == expected
    assert [(problem.code, problem.target) for problem in resolved.problems] == problems
    assert [(warning.code, warning.target) for warning in resolved.warnings] == warnings


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters=":$&%*()+~#/?"),
    min_size=1,
    max_size=50,
).filter(lambda name: name not in {".", ".."})
OPTIONAL_TEXT = st.none() | st.text(max_size=10)


@st.composite
def labels_files(draw: st.DrawFn) -> LabelsFile:
    categories = draw(st.lists(NAMES, unique=True, max_size=4))
    documents = []
    for location in draw(st.lists(NAMES, unique=True, max_size=4)):
        offset, length = draw(st.integers(0, 50)), draw(st.integers(1, 50))
        labels = (
            draw(st.lists(st.builds(RawLabel, st.sampled_from(categories), st.just(offset), st.integers(1, length))))
            if categories
            else []
        )
        region = Region(offset, draw(st.sampled_from([length, None])), tuple(labels))
        dataset: Dataset | None = draw(st.sampled_from([*get_args(Dataset), None]))
        documents.append(LabelledDocument(location, draw(OPTIONAL_TEXT), dataset, (region,)))
    metadata = ProjectMetadata(
        project_name=draw(NAMES),
        container=draw(NAMES),
        language=draw(NAMES),
        multilingual=draw(st.booleans()),
        description=draw(OPTIONAL_TEXT),
        settings=draw(st.dictionaries(st.text(max_size=3), st.integers() | st.booleans(), max_size=2)),
    )
    return LabelsFile(
        metadata,
        tuple(Category(name, draw(OPTIONAL_TEXT)) for name in categories),
        tuple(documents),
        draw(st.sampled_from(list(STRING_INDEX_TYPES.values()))),
    )


@given(labels_files())
def test_what_is_written_is_read_back(labels_file: LabelsFile) -> None:
    written = json.loads(json.dumps(write_labels_file(labels_file)))
    assert read_labels_file(written) == labels_file


@pytest.mark.parametrize("unit", OffsetUnit)
@pytest.mark.parametrize("split", ["train", "test", "dev", None])
def test_a_document_survives_export_and_import(unit: OffsetUnit, split: Any) -> None:
    text = "🎉 Ann\r\nJosé 🇨🇭 Bern"
    labels = (Label(2, 5, "P"), Label(7, 11, "P"), Label(15, 19, "C"))
    written = labelled_document(Document("a.txt", text, labels, "es", split), unit=unit)
    assert resolve_labels(written, text, unit) == ResolvedLabels(labels)
    assert (written.location, written.language) == ("a.txt", "es")
    assert written.dataset == {"train": "Train", "dev": "Train", "test": "Test", None: None}[split]


def test_an_old_file_has_no_project_to_write() -> None:
    with pytest.raises(InvalidInputError, match="metadata"):
        write_labels_file(LabelsFile(None))


@pytest.mark.parametrize("mutate", [lambda _: None, lambda value: [value], lambda value: {"x": value}, lambda _: 1.5])
def test_any_value_of_another_type_is_told_not_raised(mutate: Callable[[Any], Any]) -> None:
    """Every value in the file is replaced in turn."""

    def places(value: Any, keys: list[Any]) -> list[list[Any]]:
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
        return [found for key, inner in pairs for found in [[*keys, key], *places(inner, [*keys, key])]]

    for keys in places(valid(), []):
        data = valid()
        place: Any = data
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = mutate(place[keys[-1]])
        try:
            labels_file = read_labels_file(data)
        except InvalidInputError as error:
            problems = error.problems
        else:
            problems = ()
            assert labels_file.metadata is not None
        assert all(problem.target and problem.target.startswith("$") for problem in problems)
