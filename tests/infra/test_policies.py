"""The policies hold for our Bicep; and planted mistakes show that each of them bites, with file and line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.infra.bicep_tree import BicepFile, read_folder
from tests.infra.policies import POLICIES, Files, Finding
from tests.infra.rules import API_VERSIONS, UNWATCHED

FOLDER = Path(__file__).parents[2] / "infra" / "bicep"

Policy = Callable[[Files], Iterator[Finding]]


def by_name(policy: Policy) -> str:
    return policy.__name__


@pytest.fixture(scope="module")
def files() -> Files:
    return read_folder(FOLDER)


@pytest.mark.parametrize("policy", POLICIES, ids=by_name)
def test_our_bicep_keeps_it(policy: Policy, files: Files) -> None:
    assert [str(finding) for finding in policy(files)] == []


def test_nothing_is_listed_that_is_not_there(files: Files) -> None:
    targets = {each.target for file in files.values() for each in file.of("resource")}
    assert targets >= UNWATCHED.keys()
    assert targets >= API_VERSIONS.keys()


PLANTED = [
    # policy, file, what is there, what is planted, message, what stands on the line that is named
    ("roles_from_the_list", "modules/roles.bicep", "'7f951dda-4ed3-4680-a7ca-43fe172d538d'",
     "'b24988ac-6180-42a0-ab88-20f7382dd24c'", "is no role of the allow-list", "'b24988ac-6180-42a0-ab88-20f7382dd24c'"),
    ("roles_from_the_list", "modules/roles.bicep", "{ who: 'trainer', on: 'datasets', role: 'Storage Blob Data Contributor' }",
     "{ who: 'trainer', on: 'datasets', role: 'Contributor' }", "'Contributor' is no role", "{ who: 'trainer', on: 'datasets', role: 'Contributor' }"),
    ("roles_from_the_list", "modules/roles.bicep", "AcrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'",
     "AcrPull: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'", "is not AcrPull", "AcrPull: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'"),
    ("roles_from_the_list", "modules/roles.bicep", "roleDefinitions', roleIds[grant.role])\n      principalId: principals[grant.who].id\n      principalType: principals[grant.who].type\n    }\n  }\n]\n\nresource containerRoles",
     "roleDefinitions', grant.role)\n      principalId: principals[grant.who].id\n      principalType: principals[grant.who].type\n    }\n  }\n]\n\nresource containerRoles",
     "hostContainerRoles: the role must be taken from roleIds", "roleDefinitions', grant.role)"),
    ("roles_in_one_file", "modules/vault.bicep", "resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview'",
     "resource diagnostics 'Microsoft.Authorization/roleAssignments@2022-04-01'", "belong into modules/roles.bicep", "resource diagnostics"),
    ("roles_are_deterministic", "modules/roles.bicep", "guid(vault.id, principals[grant.who].id, roleIds[grant.role])",
     "newGuid()", "vaultRoles: name must be", "resource vaultRoles"),
    ("roles_are_deterministic", "modules/roles.bicep", "    scope: registry\n",
     "", "registryRoles: without a scope", "resource registryRoles"),
    ("roles_are_deterministic", "modules/roles.bicep", "      principalType: principals[grant.who].type\n",
     "", "hostContainerRoles: principalType is missing", "resource hostContainerRoles"),
    ("no_keys_are_listed", "modules/events.bicep", "topicType: 'Microsoft.Storage.StorageAccounts'",
     "topicType: listKeys(storageAccountId, '2025-01-01').keys[0].value", "listKeys reads a secret", "topicType: listKeys(storageAccountId, '2025-01-01').keys[0].value"),
    ("no_keys_are_listed", "modules/storageAccount.bicep", "output name string = account.name",
     "output name string = account.listKeys().keys[0].value", "account.listKeys reads a secret", "output name string = account.listKeys().keys[0].value"),
    ("no_secret_outputs", "modules/vault.bicep", "output uri string",
     "output accountKey string", "output accountKey may be", "output accountKey string"),
    ("no_secret_outputs", "main.bicep", "output API_ENDPOINT string = api.outputs.endpoint",
     "output API_ENDPOINT string = authorKeys", "output API_ENDPOINT may be", "output API_ENDPOINT"),
    ("no_secret_outputs", "modules/api.bicep", "output name string = app.name",
     "output name string = '${app.name}${queryKeys}'", "output name may be", "output name"),
    ("secrets_are_secure", "modules/api.bicep", "@secure()\nparam authorKeys",
     "param authorKeys", "param authorKeys must be @secure()", "param authorKeys"),
    ("secrets_are_secure", "main.bicep", "param queryKeys string = ''",
     "param queryKeys string = 'changeme'", "has a secret as its default", "param queryKeys"),
    ("secure_values", "modules/storageAccount.bicep", "allowSharedKeyAccess: false",
     "allowSharedKeyAccess: true", "allowSharedKeyAccess must be False", "allowSharedKeyAccess: true"),
    ("secure_values", "modules/storageAccount.bicep", "allowBlobPublicAccess: false",
     "allowBlobPublicAccess: isPrivate", "allowBlobPublicAccess must be False", "allowBlobPublicAccess: isPrivate"),
    ("secure_values", "modules/storageAccount.bicep", "minimumTlsVersion: 'TLS1_2'",
     "minimumTlsVersion: 'TLS1_0'", "minimumTlsVersion must be 'TLS1_2'", "minimumTlsVersion: 'TLS1_0'"),
    ("secure_values", "modules/api.bicep", "    properties: { allow: false }",
     "    properties: { allow: true }", "properties.allow must be False", "properties: { allow: true }"),
    ("secure_values", "modules/monitoring.bicep", "    DisableLocalAuth: true\n",
     "", "DisableLocalAuth must be True", "resource insights "),
    ("api_versions", "modules/api.bicep", "Microsoft.Web/serverfarms@2024-11-01",
     "Microsoft.Web/serverfarms@2022-03-01", "@2022-03-01 must be 2024-11-01", "serverfarms@2022-03-01"),
    ("api_versions", "modules/registry.bicep", "Microsoft.ContainerRegistry/registries@2025-04-01",
     "Microsoft.Cache/redis@2024-11-01", "must be in the list first", "Microsoft.Cache/redis@2024-11-01"),
    ("parameters_are_described", "modules/budget.bicep", "@description('Required. Address that is told.')",
     "", "param email: description", "param email"),
    ("parameters_are_described", "main.bicep", "Optional. What the operator is.",
     "Required. What the operator is.", "description and default disagree", "param operatorPrincipalType"),
    ("parameters_are_described", "main.bicep", "output KEY_VAULT_NAME",
     "output keyVaultName", "UPPER_CASE", "output keyVaultName"),
    ("numbers_have_bounds", "main.bicep", "@minValue(-1)\n@maxValue(1000)\nparam logDailyQuotaGb",
     "@minValue(-1)\nparam logDailyQuotaGb", "param logDailyQuotaGb needs", "param logDailyQuotaGb"),
    ("everything_is_used", "modules/workbook.bicep", "  tags: tags\n",
     "", "param tags is not used", "param tags"),
    ("everything_is_used", "modules/trainer.bicep", "concat(consumption, gpu)",
     "consumption", "var gpu is not used", "var gpu"),
    ("everything_is_used", "modules/roles.bicep", "parent: dataAccount::tableService",
     "parent: dataAccount::queueService", "resource tableService is not used", "resource tableService"),
    ("modules_get_their_parameters", "main.bicep", "    purgeProtection: protectData\n",
     "", "needs the parameter purgeProtection", "module vault "),
    ("modules_get_their_parameters", "main.bicep", "purgeProtection: protectData",
     "purgeProtectoin: protectData", "has no parameter purgeProtectoin", "purgeProtectoin: protectData"),
    ("outputs_exist", "main.bicep", "vault.outputs.uri",
     "vault.outputs.url", "module vault has no output url", "vault.outputs.url"),
    ("outputs_exist", "main.bicep", "network!.outputs.apiSubnetId",
     "network!.outputs.subnet", "has no output subnet", "network!.outputs.subnet"),
    ("names_are_declared", "modules/vault.bicep", "location: location",
     "location: loction", "loction is not declared", "location: loction"),
    ("names_are_declared", "modules/roles.bicep", "scope: queues[i]",
     "scope: queuez[i]", "queuez is not declared", "scope: queuez[i]"),
    ("watched_resources_tell", "modules/vault.bicep", "scope: vault",
     "scope: valut", "has no diagnostic settings", "resource vault "),
    ("watched_resources_tell", "modules/registry.bicep", "resource diagnostics '",
     "resource cache 'Microsoft.Cache/redis@2024-11-01' = { name: 'x' }\n\nresource diagnostics '",
     "Microsoft.Cache/redis cache has no diagnostic", "resource cache "),
    ("watched_resources_tell", "modules/trainer.bicep", "category: 'ContainerAppConsoleLogs'",
     "categoryGroup: 'allLogs'", "name the logs", "categoryGroup: 'allLogs'"),
    ("watched_resources_tell", "modules/api.bicep", "    workspaceId: workspaceId\n",
     "", "sends to no workspace", "resource diagnostics"),
]  # fmt: skip


@pytest.mark.parametrize("row", PLANTED, ids=[f"{row[0]}: {row[4]}" for row in PLANTED])
def test_a_planted_mistake_is_found(row: tuple[str, ...], files: Files) -> None:
    policy, file, present, planted, message, line = row
    source = files[file].source
    assert present in source
    changed = {**files, file: BicepFile(file, source.replace(present, planted, 1))}
    check = next(each for each in POLICIES if each.__name__ == policy)
    findings = [finding for finding in check(changed) if message in finding.message]
    assert len(findings) == 1, list(check(changed))
    number = findings[0].line
    assert str(findings[0]).startswith(f"infra/bicep/{file}:{number}: ")
    assert line in changed[file].source.splitlines()[number - 1]
