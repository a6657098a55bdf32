"""Table storage as the stores use it, over Azurite: keys, packing, guards, transactions."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import StaleError, TooLargeError
from functions.services import Services
from functions.stores.tables import PACKED_CHARACTERS, PROPERTY_CHARACTERS, Table, etag_of, key_of, pack, unpack
from model_tools.errors import ConflictError
from tests.functions.world import unique

NAMES = [
    pytest.param("a.txt", id="plain"),
    pytest.param("folder/a b.txt", id="slash and blank"),
    pytest.param("a\\b", id="backslash"),
    pytest.param("a#b?c", id="hash and question mark"),
    pytest.param("100%25.txt", id="percent"),
    pytest.param("a=23b", id="the escape sign itself"),
    pytest.param("it's $&'()+,;@!.txt", id="punctuation"),
    pytest.param("😀 東京 e\u0301.txt", id="emoji, CJK, combining mark"),
    pytest.param("\x01\x7f\x85", id="control characters"),
    pytest.param("x" * 900, id="900 characters"),
    pytest.param("😀" * 900, id="900 emoji"),
    pytest.param("..", id="dots"),
]
MAX_KEY = 512
"""Characters of a key: 1 KiB of UTF-16."""


@pytest.fixture(scope="module")
def table(services: Services) -> Table:
    return Table(services.storage.tables.get_table_client("contents"))


@pytest.fixture
def partition() -> str:
    return unique()


def row(partition: str, key: str, **properties: Any) -> dict[str, Any]:
    return {"PartitionKey": partition, "RowKey": key, **properties}


@pytest.mark.parametrize("name", NAMES)
def test_any_name_has_a_key_that_storage_takes(table: Table, partition: str, name: str) -> None:
    key = key_of(name)
    etag = table.insert(row(partition, key, name=name))
    found = table.get(partition, key)
    assert found is not None
    assert (found["name"], etag_of(found)) == (name, etag)
    assert [each["name"] for each in table.partition(partition)] == [name]
    table.replace(row(partition, key, name="new"), etag)
    table.delete(partition, key)
    assert table.get(partition, key) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_history_of_any_document_has_a_partition(table: Table, name: str) -> None:
    # Project names have at most 50 characters; the history's partition is `project|key`.
    partition = "p" * 50 + "|" + key_of(name)
    assert len(partition) <= MAX_KEY
    table.insert(row(partition, "1"))
    assert len(list(table.partition(partition))) == 1
    table.delete_partition(partition)
    assert list(table.partition(partition)) == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=2, max_size=2, unique=True))
def test_different_names_have_different_keys(names: list[str]) -> None:
    first, second = map(key_of, names)
    assert first != second


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=1000))
def test_a_key_has_no_character_that_tables_refuse(name: str) -> None:
    key = key_of(name)
    assert key.isascii()
    assert key.isprintable()
    assert not set(key) & set("/\\#?%")
    assert len(key) <= MAX_KEY - 51


def test_names_that_differ_beyond_the_cut_have_different_keys() -> None:
    assert key_of("x" * 899 + "a") != key_of("x" * 899 + "b")


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"a": None},
        "x" * (PROPERTY_CHARACTERS - 2),
        "x" * PROPERTY_CHARACTERS,
        "😀" * 20_000,
        ["東" * 100] * 500,
        "x" * (PACKED_CHARACTERS - 2),
    ],
    ids=["empty", "null", "one property exactly", "two", "emoji", "many", "the most that fits"],
)
def test_packed_values_come_back_from_storage(table: Table, partition: str, value: Any) -> None:
    table.insert(row(partition, "1", **pack(value)))
    found = table.get(partition, "1")
    assert found is not None
    assert unpack(found) == value
    properties = [text for name, text in found.items() if name.startswith("packed")]
    assert max(map(len, properties)) <= PROPERTY_CHARACTERS
    assert sum(2 * len(text) for text in properties) < 1 << 20


def test_more_than_a_row_holds_is_refused() -> None:
    with pytest.raises(TooLargeError, match="480000"):
        pack("x" * (PACKED_CHARACTERS - 1))


def test_a_row_without_a_packed_value() -> None:
    assert unpack({"PartitionKey": "p"}) is None


def test_insert_only_where_there_is_nothing(table: Table, partition: str) -> None:
    table.insert(row(partition, "1", n=1))
    with pytest.raises(ConflictError):
        table.insert(row(partition, "1", n=2))
    found = table.get(partition, "1")
    assert found is not None
    assert found["n"] == 1


def test_replace_needs_the_version_that_was_read(table: Table, partition: str) -> None:
    first = table.insert(row(partition, "1", n=1))
    second = table.replace(row(partition, "1", n=2), first)
    assert second != first
    with pytest.raises(StaleError):
        table.replace(row(partition, "1", n=3), first)
    with pytest.raises(StaleError):
        table.replace(row(partition, "2", n=3), second)
    found = table.get(partition, "1")
    assert found is not None
    assert found["n"] == 2


def test_replace_leaves_no_property_of_before(table: Table, partition: str) -> None:
    etag = table.insert(row(partition, "1", **pack("x" * 2 * PROPERTY_CHARACTERS)))
    table.replace(row(partition, "1", **pack("short")), etag)
    found = table.get(partition, "1")
    assert found is not None
    assert unpack(found) == "short"


def test_replace_all_is_all_or_nothing(table: Table, partition: str) -> None:
    first = table.insert(row(partition, "1", n=1))
    second = table.insert(row(partition, "2", n=1))
    table.put(row(partition, "2", n=5))
    with pytest.raises(StaleError):
        table.replace_all([(row(partition, "1", n=2), first), (row(partition, "2", n=2), second)])
    assert [found["n"] for found in table.partition(partition)] == [1, 5]


def test_replace_all_of_a_row_that_is_gone(table: Table, partition: str) -> None:
    first = table.insert(row(partition, "1", n=1))
    second = table.insert(row(partition, "2", n=1))
    table.delete(partition, "2")
    with pytest.raises(StaleError):
        table.replace_all([(row(partition, "1", n=2), first), (row(partition, "2", n=2), second)])
    assert [found["n"] for found in table.partition(partition)] == [1]


def test_deleting_twice_is_fine(table: Table, partition: str) -> None:
    table.put(row(partition, "1"))
    table.delete(partition, "1")
    table.delete(partition, "1")
    assert table.get(partition, "1") is None


def test_a_partition_lists_in_order_and_from_a_start(table: Table, partition: str) -> None:
    for key in ("b", "c", "a"):
        table.put(row(partition, key))
    table.put(row(f"{partition}x", "z"))
    assert [found["RowKey"] for found in table.partition(partition)] == ["a", "b", "c"]
    assert [found["RowKey"] for found in table.partition(partition, start="b")] == ["b", "c"]


@pytest.mark.parametrize(
    "name", ["it's", "a' or PartitionKey ne '", "x" * 5000, "a\\b", "a#b", "a?b", "a/b", "a\nb", "", "\ud800"]
)
def test_names_from_outside_that_no_row_can_have(table: Table, partition: str, name: str) -> None:
    """Callers put any text into paths and bodies: an unknown name is unknown, whatever it holds."""
    table.put(row(partition, "1"))
    assert table.get(partition, name) is None
    assert table.get(name, "1") is None
