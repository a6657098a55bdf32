"""Settings: read once, typed, failing by name, and never shown."""

from pathlib import Path

import pytest

from functions.errors import SettingsError
from functions.settings import Role, Settings

BASE = {"NER_ROLE": "api", "NerStorage": "UseDevelopmentStorage=true"}
KEY, OTHER = "0123456789abcdef", "fedcba9876543210"
URIS = {f"NerStorage__{service}ServiceUri": f"https://x.{service}.core" for service in ("blob", "queue", "table")}


def test_defaults() -> None:
    settings = Settings.from_env(BASE)
    assert settings.role is Role.API
    assert (settings.author_keys, settings.query_keys, settings.entra_enabled) == ((), (), False)
    assert (settings.model_cache_bytes, settings.threads, settings.data_dir.name) == (512 << 20, None, "nerine")


def test_everything_set() -> None:
    more = {"NER_AUTHOR_KEYS": f" {KEY} , {OTHER}", "NER_QUERY_KEYS": KEY, "WEBSITE_AUTH_ENABLED": "True",
            "NER_DATA_DIR": "/data", "NER_MODEL_CACHE_MB": "16", "NER_THREADS": "3", "NER_CONCURRENCY": "5",
            "NER_MAX_WAITING": "0", "NER_DISK_CACHE_MB": "17"}  # fmt: skip
    settings = Settings.from_env(BASE | more)
    assert (settings.author_keys, settings.query_keys, settings.entra_enabled) == ((KEY, OTHER), (KEY,), True)
    assert (settings.data_dir, settings.model_cache_bytes, settings.threads) == (Path("/data"), 16 << 20, 3)
    assert (settings.concurrency, settings.max_waiting, settings.disk_cache_bytes) == (5, 0, 17 << 20)


def test_identity_instead_of_a_connection_string() -> None:
    storage = Settings.from_env({"NER_ROLE": "trainer", **URIS, "NerStorage__clientId": "id"}).storage
    assert (storage.connection_string, storage.client_id) == (None, "id")
    assert [storage.blob_uri, storage.queue_uri, storage.table_uri] == list(URIS.values())


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"NER_ROLE": ""}, "NER_ROLE"),
        ({"NER_ROLE": "both"}, "NER_ROLE"),
        ({"NerStorage": ""}, "NerStorage__blobServiceUri"),
        ({"NerStorage": "", **URIS, "NerStorage__queueServiceUri": ""}, "NerStorage__queueServiceUri"),
        ({"NerStorage": "", **URIS, "NerStorage__tableServiceUri": "http://x"}, "NerStorage__tableServiceUri"),
        ({"NER_AUTHOR_KEYS": "short"}, "NER_AUTHOR_KEYS"),
        ({"NER_AUTHOR_KEYS": f"{KEY},"}, "NER_AUTHOR_KEYS"),
        ({"NER_AUTHOR_KEYS": f"{KEY},,{OTHER}"}, "NER_AUTHOR_KEYS"),
        ({"NER_QUERY_KEYS": "é" * 20}, "NER_QUERY_KEYS"),
        ({"NER_MODEL_CACHE_MB": "15"}, "NER_MODEL_CACHE_MB"),
        ({"NER_MODEL_CACHE_MB": "much"}, "NER_MODEL_CACHE_MB"),
        ({"NER_DISK_CACHE_MB": "15"}, "NER_DISK_CACHE_MB"),
        ({"NER_CONCURRENCY": "0"}, "NER_CONCURRENCY"),
        ({"NER_MAX_WAITING": "-1"}, "NER_MAX_WAITING"),
        ({"NER_THREADS": "-1"}, "NER_THREADS"),
        ({"NER_THREADS": "1.5"}, "NER_THREADS"),
    ],
)
def test_what_is_missing_or_wrong_is_named(change: dict[str, str], key: str) -> None:
    with pytest.raises(SettingsError, match=key) as caught:
        Settings.from_env(BASE | change)
    assert caught.value.target == key


def test_secrets_are_not_shown() -> None:
    settings = Settings.from_env(BASE | {"NER_AUTHOR_KEYS": KEY, "NER_QUERY_KEYS": OTHER})
    for secret in (KEY, OTHER, BASE["NerStorage"]):
        assert secret not in repr(settings)


def test_a_short_key_is_not_shown_in_the_message() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(BASE | {"NER_AUTHOR_KEYS": "s3cret"})
    assert "s3cret" not in str(caught.value)
