"""Settings as Azure sets them: unresolved secrets open nothing, and the trainer knows no keys."""

import pytest

from functions.errors import SettingsError
from functions.services import Services
from functions.settings import Settings
from functions.stores.connection import StorageConnection

STORAGE = {f"NerStorage__{service}ServiceUri": f"https://x.{service}.core" for service in ("blob", "queue", "table")}
REFERENCE = "@Microsoft.KeyVault(SecretUri=https://kv-nerine.vault.azure.net/secrets/author-keys)"


@pytest.mark.parametrize("name", ["NER_AUTHOR_KEYS", "NER_QUERY_KEYS"])
def test_a_reference_that_was_not_resolved_is_no_key(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: .* Key Vault") as caught:
        Settings.from_env({"NER_ROLE": "api", **STORAGE, name: REFERENCE})
    assert caught.value.target == name
    assert "kv-nerine" not in str(caught.value)


def test_the_trainer_is_told_no_keys() -> None:
    key = "0123456789abcdef"
    settings = Settings.from_env(
        {"NER_ROLE": "trainer", **STORAGE, "NER_AUTHOR_KEYS": key, "NER_QUERY_KEYS": REFERENCE}
    )
    assert (settings.author_keys, settings.query_keys) == ((), ())


def test_a_connection_string_means_azurite() -> None:
    assert Settings.from_env({"NER_ROLE": "api", "NerStorage": "UseDevelopmentStorage=true"}).storage.is_emulated
    assert not Settings.from_env({"NER_ROLE": "api", **STORAGE}).storage.is_emulated


def test_in_azure_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The identities have roles on the tables, containers and queues that there are, and none to make or list them."""

    def refused(_: StorageConnection) -> None:
        pytest.fail("the service tried to make tables")

    monkeypatch.setattr(StorageConnection, "create_missing", refused)
    services = Services.build(Settings.from_env({"NER_ROLE": "api", **STORAGE, "NerStorage__clientId": "id"}))
    assert services.storage.blobs.url.startswith("https://x.blob.core")
