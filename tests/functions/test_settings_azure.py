"""Settings as Azure sets them: unresolved secrets open nothing, and the trainer knows no keys."""

import pytest

from functions.errors import SettingsError
from functions.settings import Settings

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
