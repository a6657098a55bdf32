"""No file makes a reader fail: what cannot be read is in the report, or the file is refused."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_tools.errors import InvalidInputError
from model_tools.formats.interchange import Imported, ImportOptions
from model_tools.formats.registry import FORMATS
from model_tools.spans import label_problems

KEYS = """id text label labels entities start end start_offset end_offset category offset length split language spans answer
tokens token_start token_end meta data annotations completions result type value was_cancelled updated_at classes location
assets metadata documents _view_id""".split()  # noqa: SIM905 -- reads better
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 9)
    | st.sampled_from(["accept", "labels", "train", "Bo 😀 Li", "P", "\ud800", ""])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=30,
)
LABEL = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("start", "end", "label", "labels", "text", "category", "offset", "length", "answer"), SCALARS
    ),
)
RECORDS = st.fixed_dictionaries(
    {"text": VALUES},
    optional={
        key: st.lists(LABEL | VALUES, max_size=3) | VALUES
        for key in ("label", "spans", "entities", "labels", "data", "annotations", "meta")
    },
)
OPTIONS = ImportOptions(accepted_spans=True, text_of="{} has 😀".format)


def check(imported: Imported) -> None:
    ids = [document.id for document in imported.documents]
    assert len(set(ids)) == len(ids)
    for document in imported.documents:
        assert label_problems(document.labels, len(document.text)) == []
        assert list(document.labels) == sorted(document.labels)
        for name in FORMATS.keys() - {"azure"}:
            FORMATS[name].write([document])


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=50, deadline=None)
@given(records=st.lists(RECORDS | VALUES, max_size=4), is_array=st.booleans())
def test_strange_json(name: str, records: list[object], is_array: bool) -> None:
    content = json.dumps(records) if is_array else "\n".join(map(json.dumps, records))
    with suppress(InvalidInputError):
        check(FORMATS[name].read(content.encode(), "file", OPTIONS))


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None)
@given(content=st.binary(max_size=60) | st.text("BIOUELS-# \t\r\n1abé😀", max_size=60).map(str.encode))
def test_strange_bytes(name: str, content: bytes) -> None:
    with suppress(InvalidInputError):
        check(FORMATS[name].read(content, "file", OPTIONS))
