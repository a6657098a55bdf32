"""Property names of our Bicep are Azure's; planted typos show that the check bites, with file and line."""

from pathlib import Path

import pytest

from tests.infra.azure_types import known_types, property_names
from tests.infra.bicep_tree import BicepFile, read_folder
from tests.infra.policies import Files

FOLDER = Path(__file__).parents[2] / "infra" / "bicep"


@pytest.fixture(scope="module")
def files() -> Files:
    return read_folder(FOLDER)


def test_all_names_are_known(files: Files) -> None:
    assert [str(finding) for finding in property_names(files)] == []


def test_no_type_is_kept_that_we_do_not_use(files: Files) -> None:
    used = {resource.target for file in files.values() for resource in file.of("resource")}
    assert known_types().keys() == used


@pytest.mark.parametrize(
    ("file", "present", "planted", "message"),
    [
        ("modules/api.bicep", "minTlsVersion:", "minTlsVer:", "minTlsVer is no property here"),
        ("modules/api.bicep", "instanceMemoryMB: instanceMemoryMB", "instanceMemory: instanceMemoryMB", "instanceMemory is no"),
        ("modules/api.bicep", "perInstanceConcurrency: perInstanceConcurrency", "concurrency: 8", "concurrency is no"),
        ("modules/api.bicep", "unauthenticatedClientAction: 'AllowAnonymous'", "unauthenticatedClientAction: 'Allow'",
         "'Allow' is none of"),
        ("modules/storageAccount.bicep", "allowSharedKeyAccess:", "allowSharedKeysAccess:", "allowSharedKeysAccess is no"),
        ("modules/storageAccount.bicep", "publicAccess: 'None'", "publicAccess: 'Nobody'", "'Nobody' is none of"),
        ("modules/storageAccount.bicep", "defaultAction: isPrivate", "default: isPrivate", "default is no"),
        ("modules/dataStorage.bicep", "daysAfterCreationGreaterThan", "daysAfterCreation", "daysAfterCreation is no"),
        ("modules/eventSubscription.bicep", "endpointType: 'StorageQueue'", "endpointType: 'Queue'", "queueName is no"),
        ("modules/eventSubscription.bicep", "subjectBeginsWith", "subjectStartsWith", "subjectStartsWith is no"),
        ("modules/trainer.bicep", "maxReplicas: max(", "maxReplica: max(", "maxReplica is no"),
        ("modules/roles.bicep", "      principalType: principals", "      principalKind: principals", "principalKind is no"),
        ("modules/alerts.bicep", "evaluationFrequency: 'PT15M'", "frequency: 'PT15M'", "frequency is no"),
        ("modules/network.bicep", "addressPrefix: subnet.prefix", "prefix: subnet.prefix", "prefix is no"),
        # Behind a condition, a lambda, a variable that is a loop, one that is chosen by another condition.
        ("modules/trainer.bicep", "infrastructureSubnetId: subnetId", "infrastructureSubnet: subnetId", "infrastructureSubnet is no"),
        ("modules/api.bicep", "instanceCount: alwaysReadyInstances", "instanceCounts: alwaysReadyInstances", "instanceCounts is no"),
        ("modules/network.bicep", "serviceName: service", "serviceNames: service", "serviceNames is no"),
        ("modules/trainer.bicep", "  tcpSocket: {", "  tcpSockets: {", "tcpSockets is no"),
        ("modules/trainer.bicep", "var gpu = [{ name:", "var gpu = [{ names:", "names is no"),
        ("modules/storageAccount.bicep", "isPrivate ? 'Deny' : 'Allow'", "isPrivate ? 'Denied' : 'Allow'", "'Denied' is none of"),
        ("modules/api.bicep", "Microsoft.Web/serverfarms@2024-11-01", "Microsoft.Web/serverfarms@2025-03-01",
         "the names that are checked are those of 2024-11-01"),
        ("modules/registry.bicep", "'Microsoft.ContainerRegistry/registries@", "'Microsoft.ContainerRegistry/registry@",
         "is not in the extract"),
    ],
)  # fmt: skip
def test_a_planted_typo_is_found(file: str, present: str, planted: str, message: str, files: Files) -> None:
    source = files[file].source
    assert present in source
    changed = {**files, file: BicepFile(file, source.replace(present, planted, 1))}
    found = next(finding for finding in property_names(changed) if message in finding.message)
    line = source[: source.index(present)].count("\n") + 1
    assert str(found).startswith(f"infra/bicep/{file}:")
    assert found.line in range(line, line + 5)  # a wrong variant shows at the first property that it lacks
