"""Settings of one process: read once from the environment, typed, and failing by name."""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from functions.errors import SettingsError

STORAGE = "NerStorage"
"""The connection prefix of the account that holds documents, tables, queues and models; bindings name it too."""

MINIMUM_KEY_LENGTH = 16
_UNRESOLVED = "@Microsoft.KeyVault("
"""What App Service leaves in a setting whose secret it could not read."""

_CONCURRENCY = max(2, os.cpu_count() or 1)
"""On two cores, two at a time answered 365 short texts a second, four 317: threads that compute wait for one another.
Where storage is far away, as in Azure, more are set, since a job also writes there."""
_MAX_WAITING = 200
_DISK_CACHE_MB = 1024


class Role(StrEnum):
    """Which functions this process has."""

    API = "api"
    TRAINER = "trainer"


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Either a connection string (Azurite only) or three service addresses and an identity."""

    connection_string: str | None = field(default=None, repr=False)
    blob_uri: str | None = None
    queue_uri: str | None = None
    table_uri: str | None = None
    client_id: str | None = None
    """Of the user-assigned identity; None: the system-assigned one, or the developer's own sign-in."""

    @property
    def is_emulated(self) -> bool:
        """Azurite: nobody has made tables and queues, and nobody tells of new blobs."""
        return self.connection_string is not None


@dataclass(frozen=True, slots=True)
class Settings:
    """All that differs between installations."""

    role: Role
    storage: StorageSettings
    author_keys: tuple[str, ...] = field(repr=False)
    """Accepted for every operation."""
    query_keys: tuple[str, ...] = field(repr=False)
    """Accepted for predictions only."""
    entra_enabled: bool
    """App Service authentication is on, so its principal header can be trusted."""
    data_dir: Path
    """Local disk for the model cache and for training runs; may be lost at any time."""
    model_cache_bytes: int
    """How much memory loaded models may take before the least recently used one goes; the most that one may need."""
    threads: int | None
    """Threads of one prediction; None: one per core."""
    concurrency: int = _CONCURRENCY
    """Predictions that run at once; the requests of more wait."""
    max_waiting: int = _MAX_WAITING
    """How many may wait; whoever comes then is told to come again."""
    disk_cache_bytes: int = _DISK_CACHE_MB << 20
    """How much of the local disk models may take before the least recently used one goes."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Reads and checks every setting.

        Raises:
            SettingsError: names the missing or wrong key.
        """
        entra_enabled = environ.get("WEBSITE_AUTH_ENABLED", "").lower() == "true"
        role = _role(environ)
        return cls(
            role=role,
            storage=_storage(environ),
            # Nobody calls the trainer, so it is not told the keys.
            author_keys=_keys(environ, "NER_AUTHOR_KEYS") if role is Role.API else (),
            query_keys=_keys(environ, "NER_QUERY_KEYS") if role is Role.API else (),
            entra_enabled=entra_enabled,
            data_dir=Path(environ.get("NER_DATA_DIR") or Path(tempfile.gettempdir()) / "nerine"),
            model_cache_bytes=_integer(environ, "NER_MODEL_CACHE_MB", default=512, minimum=16) << 20,
            threads=_integer(environ, "NER_THREADS", default=0, minimum=0) or None,
            disk_cache_bytes=_integer(environ, "NER_DISK_CACHE_MB", default=_DISK_CACHE_MB, minimum=16) << 20,
            **(_admission(environ) if role is Role.API else {}),
        )


def _admission(environ: Mapping[str, str]) -> dict[str, int]:
    return {
        "concurrency": _integer(environ, "NER_CONCURRENCY", default=_CONCURRENCY, minimum=1),
        "max_waiting": _integer(environ, "NER_MAX_WAITING", default=_MAX_WAITING, minimum=0),
    }


def _role(environ: Mapping[str, str]) -> Role:
    value = environ.get("NER_ROLE", "")
    if value not in {role.value for role in Role}:
        raise SettingsError(f"NER_ROLE must be one of {', '.join(Role)}, not {value!r}.", target="NER_ROLE")
    return Role(value)


def _storage(environ: Mapping[str, str]) -> StorageSettings:
    connection_string = environ.get(STORAGE)
    if connection_string:
        return StorageSettings(connection_string=connection_string)
    blob, queue, table = uris = [
        environ.get(f"{STORAGE}__{service}ServiceUri") for service in ("blob", "queue", "table")
    ]
    for service, uri in zip(("blob", "queue", "table"), uris, strict=True):
        if not uri:
            key = f"{STORAGE}__{service}ServiceUri"
            raise SettingsError(f"Set {STORAGE} (connection string, Azurite only) or {key}.", target=key)
        if not uri.startswith("https://"):
            key = f"{STORAGE}__{service}ServiceUri"
            raise SettingsError(f"{key} must be an https address.", target=key)
    return StorageSettings(None, blob, queue, table, environ.get(f"{STORAGE}__clientId") or None)


def _keys(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Comma-separated, so that two can be valid while clients are moved from one to the other."""
    keys = tuple(re.split(r"\s*,\s*", environ[name].strip())) if environ.get(name, "").strip() else ()
    for key in keys:
        if key.startswith(_UNRESOLVED):
            # The reference is no secret: whoever knows the vault's name could call with it.
            raise SettingsError(
                f"{name}: App Service could not resolve the Key Vault reference. Does the secret exist, and may the "
                "app's identity read it?",
                target=name,
            )
        if len(key) < MINIMUM_KEY_LENGTH or not key.isascii():
            raise SettingsError(
                f"{name}: a key has at least {MINIMUM_KEY_LENGTH} ASCII characters; separate keys by commas.",
                target=name,
            )
    return keys


def _integer(environ: Mapping[str, str], name: str, *, default: int, minimum: int) -> int:
    value = environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or int(value) < minimum:
        raise SettingsError(f"{name} must be a whole number of at least {minimum}, not {value!r}.", target=name)
    return int(value)
