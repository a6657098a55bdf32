import base64
import uuid

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhost.blobs import FoundBlob, parse_blob_path
from devhost.converters import encode
from devhost.errors import HostStartError
from devhost.outputs import fill_path, json_names, queue_bodies
from devhost.queues import decode_body, encode_body


@pytest.mark.parametrize(
    ("value", "bodies"),
    [
        ("text", [b"text"]),
        (b"\x00\xff", [b"\x00\xff"]),
        (["a", "b"], [b"a", b"b"]),
        ([], []),
        (func.QueueMessage(body="m"), [b"m"]),
        ([func.QueueMessage(body="m"), "n"], [b"m", b"n"]),
    ],
)
def test_what_a_queue_output_sends(value: object, bodies: list[bytes]) -> None:
    assert list(queue_bodies(encode("queue", value))) == bodies


def test_value_that_no_binding_sends_is_an_error() -> None:
    with pytest.raises(TypeError, match="binding http cannot send a int"):
        encode("http", 7)


@pytest.mark.parametrize(
    ("path", "filled"),
    [("c/{id}.txt", "c/7.txt"), ("c/{ID}/{name}", "c/7/n"), ("c/plain", "c/plain")],
)
def test_path_is_filled(path: str, filled: str) -> None:
    assert fill_path(path, {"Id": "7", "name": "n"}) == filled


def test_path_makes_unique_names() -> None:
    assert uuid.UUID(fill_path("{rand-guid}", {})) != uuid.UUID(fill_path("{rand-guid}", {}))
    assert fill_path("{DateTime}", {}).endswith("Z")


def test_path_with_an_unknown_name_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"\{who\}"):
        fill_path("c/{who}", {"name": "n"})


@pytest.mark.parametrize(
    ("body", "names"),
    [(b'{"a": 1, "b": "x", "c": []}', {"a": "1", "b": "x"}), (b"[1]", {}), (b"text", {})],
)
def test_json_messages_give_names(body: bytes, names: dict[str, str]) -> None:
    assert json_names(body) == names


@pytest.mark.parametrize(
    ("path", "blob", "names"),
    [
        ("docs/{name}", "a/b.txt", {"name": "a/b.txt"}),
        ("docs/{project}/{name}.txt", "p/n.txt", {"project": "p", "name": "n"}),
        ("docs/{project}/{name}.txt", "p/q/n.txt", {"project": "p/q", "name": "n"}),
        ("docs/{name}.txt", "n.pdf", None),
        ("docs/in/{name}", "out/n", None),
        ("docs/only.txt", "only.txt", {}),
        ("docs", "any/thing", {}),
        ("docs/{name}.txt", "nXtxt", None),
    ],
)
def test_blob_path(path: str, blob: str, names: dict[str, str] | None) -> None:
    assert parse_blob_path(path).match("docs", blob) == names
    assert parse_blob_path(path).match("other", blob) is None


@pytest.mark.parametrize("path", ["{c}/x", "", "UPPER/x", "docs/{a}{a}"])
def test_malformed_blob_path_is_refused(path: str) -> None:
    with pytest.raises(HostStartError, match="blob path"):
        parse_blob_path(path)


_TEXT = st.text(min_size=1)


@given(st.builds(FoundBlob, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT))
def test_control_message_round_trip(found: FoundBlob) -> None:
    assert FoundBlob.from_message(found.to_message()) == found


@pytest.mark.parametrize("body", [b"text", b"[]", b"{}", b"null"])
def test_other_messages_are_not_control_messages(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the kind is all that the queue listener acts on
        FoundBlob.from_message(body)


@given(st.binary())
def test_body_round_trip(body: bytes) -> None:
    assert decode_body(encode_body(body, is_base64=True), is_base64=True) == body


@pytest.mark.parametrize("content", ["{", "a", "YQ", "YQ== ", "é"])
def test_body_that_is_not_base64(content: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        decode_body(content, is_base64=True)


def test_plain_bodies_are_left_alone() -> None:
    text = base64.b64encode(b"x").decode()
    assert decode_body(text, is_base64=False) == text.encode()
    assert encode_body(b"x", is_base64=False) == "x"
