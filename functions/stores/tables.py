"""What all tables share: guarded writes, keys for any name, and values larger than one property."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableClient, TableEntity, TableTransactionError, UpdateMode

from functions.errors import StaleError, TooLargeError
from model_tools.errors import ConflictError

Row = TableEntity

PROPERTY_CHARACTERS = 32_000
"""A string property holds 64 KiB of UTF-16; packed text is ASCII, so this is just under half."""
PACKED_CHARACTERS = 15 * PROPERTY_CHARACTERS
"""An entity holds 1 MiB; this leaves room for its other properties. Azurite does not enforce it, so we do."""
_MAX_KEY = 512
"""Characters of a key: 1 KiB of UTF-16."""
_TRANSACTION_ROWS = 100
_KEY_CHARACTERS = 380
"""Longer names are cut and told apart by a hash of 64, which leaves room for a project's name in front."""
_NO_KEY = re.compile(r"[/\\\\#?\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a key cannot hold."""
_ETAG = re.compile(r'W/"[\x21\x23-\x7e]+"')
"""The form of every version; `*`, which stands for any, is not one."""
_LOST = {404, 412}


def key_of(name: str) -> str:
    r"""A row key for any name, in the names' own order for plain ones.

    Table keys may not hold `/ \ # ?` or control characters. `%` itself is refused by some clients, so the escape
    sign of percent-encoding is replaced by `=`, which quoting has escaped.
    """
    key = quote(name, safe=" !$&'()+,;@").replace("%", "=")
    if len(key) <= _KEY_CHARACTERS:
        return key
    return key[:_KEY_CHARACTERS] + hashlib.sha256(name.encode()).hexdigest()


def pack(value: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON value
    """Properties `packed0..n` that hold `value` as JSON.

    Raises:
        TooLargeError: it does not fit in one entity.
    """
    text = json.dumps(value, separators=(",", ":"))
    if len(text) > PACKED_CHARACTERS:
        raise TooLargeError(f"This holds {len(text)} characters of data; one row takes {PACKED_CHARACTERS}.")
    return {
        f"packed{i}": text[start : start + PROPERTY_CHARACTERS]
        for i, start in enumerate(range(0, len(text), PROPERTY_CHARACTERS))
    }


def unpack(row: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """The value that `pack` put into the row, or None."""
    chunks: list[str] = []
    while (chunk := row.get(f"packed{len(chunks)}")) is not None:
        chunks.append(chunk)
    return json.loads("".join(chunks)) if chunks else None


class Table:
    """One table; every write that replaces is guarded by the ETag that was read."""

    def __init__(self, client: TableClient) -> None:
        self._client = client

    def get(self, partition: str, row: str, select: list[str] | None = None) -> Row | None:
        """The row, or what `select` names of it, or None; names that no row can have come, too."""
        if any(len(key) > _MAX_KEY or _NO_KEY.search(key) for key in (partition, row)):
            return None
        try:
            return self._client.get_entity(partition, row, select=select)
        except ResourceNotFoundError:
            return None

    def insert(self, row: Mapping[str, Any]) -> str:
        """Adds a row and gives its ETag.

        Raises:
            ConflictError: it exists.
        """
        try:
            return _etag(self._client.create_entity(dict(row)))
        except ResourceExistsError as error:
            raise ConflictError(f"{row['RowKey']} exists already.") from error

    def replace(self, row: Mapping[str, Any], etag: str) -> str:
        """Replaces the row that has `etag` and gives its new one.

        Raises:
            StaleError: it has changed or gone, or `etag` is no version.
        """
        if not _ETAG.fullmatch(etag):
            raise StaleError(f"There is no version {etag!r} of {row['RowKey']}.")
        try:
            return _etag(
                self._client.update_entity(
                    dict(row),
                    mode=UpdateMode.REPLACE,
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                )
            )
        except (ResourceModifiedError, ResourceNotFoundError) as error:
            raise StaleError(f"{row['RowKey']} was changed by somebody else.") from error

    def put(self, row: Mapping[str, Any]) -> str:
        """Writes the row, whatever was there."""
        return _etag(self._client.upsert_entity(dict(row), mode=UpdateMode.REPLACE))

    def replace_all(self, rows: list[tuple[dict[str, Any], str]]) -> None:
        """Replaces rows of one partition, each guarded by its ETag, all or none.

        Raises:
            StaleError: one of them has changed.
        """
        guard = {"mode": UpdateMode.REPLACE, "match_condition": MatchConditions.IfNotModified}
        try:
            self._client.submit_transaction([("update", row, {**guard, "etag": etag}) for row, etag in rows])
        except TableTransactionError as error:
            if error.status_code not in _LOST:
                raise
            raise StaleError("One of the rows was changed by somebody else.") from error

    def delete(self, partition: str, row: str) -> None:
        """Removes a row; one that is gone is fine."""
        self._client.delete_entity(partition, row)

    def partition(
        self,
        partition: str,
        *,
        start: str = "",
        after: str = "",
        last: str = "",
        equal: Mapping[str, str] | None = None,
        page_size: int | None = None,
        select: list[str] | None = None,
    ) -> Iterator[Row]:
        """The rows of a partition in key order: from `start` or behind `after`, to `last`, with `equal` properties.

        `page_size` is how many storage is asked for at a time; fewer where few will be looked at.
        """
        query = "PartitionKey eq @partition"
        bounds = {"start": start, "after": after, "last": last}
        for name, operator in (("start", "ge"), ("after", "gt"), ("last", "le")):
            query += f" and RowKey {operator} @{name}" if bounds[name] else ""
        for name in equal or {}:
            query += f" and {name} eq @{name}"
        parameters = {"partition": partition, **bounds, **(equal or {})}
        return iter(
            self._client.query_entities(query, parameters=parameters, select=select, results_per_page=page_size)
        )

    def where(self, query: str, parameters: Mapping[str, Any], select: list[str] | None = None) -> list[Row]:
        """The rows of any partition that a parameterised filter lets through; reads the whole table."""
        return list(self._client.query_entities(query, parameters=dict(parameters), select=select))

    def delete_partition(self, partition: str) -> None:
        """Removes every row of a partition."""
        self._delete_all(list(self.partition(partition, select=["PartitionKey", "RowKey"])))

    def delete_partitions(self, start: str, end: str) -> None:
        """Removes every row of the partitions from `start` to before `end`."""
        query = "PartitionKey ge @start and PartitionKey lt @end"
        self._delete_all(self.where(query, {"start": start, "end": end}, ["PartitionKey", "RowKey"]))

    def _delete_all(self, rows: list[Row]) -> None:
        """One transaction for up to 100 rows of a partition; rows that are gone meanwhile are deleted one by one."""
        for partition in dict.fromkeys(row["PartitionKey"] for row in rows):
            keys = [row["RowKey"] for row in rows if row["PartitionKey"] == partition]
            for start in range(0, len(keys), _TRANSACTION_ROWS):
                batch = keys[start : start + _TRANSACTION_ROWS]
                try:
                    self._client.submit_transaction(
                        [("delete", {"PartitionKey": partition, "RowKey": key}) for key in batch]
                    )
                except HttpResponseError:
                    for key in batch:
                        self.delete(partition, key)


def etag_of(row: Row) -> str:
    """The version of the row that was read."""
    return str(row.metadata["etag"])


def _etag(metadata: Mapping[str, Any]) -> str:
    return str(metadata["etag"])
