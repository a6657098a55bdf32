"""Writes the extract of Azure's resource type schemas that the infrastructure tests check property names against.

    python -m scripts.extract_azure_types AZMCP > tests/infra/azure_types.json

AZMCP is the program of the Python package `msmcp-azure` (MIT), which carries Azure's own Bicep types and answers
without a network. Descriptions and everything that only Azure may set are left out, so the result stays small.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

RESOURCE_TYPES = (
    "Microsoft.App/containerApps",
    "Microsoft.App/managedEnvironments",
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Consumption/budgets",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.EventGrid/systemTopics",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions",
    "Microsoft.Insights/components",
    "Microsoft.Insights/workbooks",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.Network/privateEndpoints",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Resources/resourceGroups",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/blobServices/containers",
    "Microsoft.Storage/storageAccounts/managementPolicies",
    "Microsoft.Storage/storageAccounts/queueServices",
    "Microsoft.Storage/storageAccounts/queueServices/queues",
    "Microsoft.Storage/storageAccounts/tableServices",
    "Microsoft.Storage/storageAccounts/tableServices/tables",
    "Microsoft.Web/serverfarms",
    "Microsoft.Web/sites",
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies",
    "Microsoft.Web/sites/config",
)

_DEPTH = 7
"""Of nested types: deep enough for what we write, and Microsoft.Network's types name each other without end."""


def main(azmcp: str) -> None:
    """Prints `{resource type: {apiVersion, body, types}}` as JSON; a type is `{property: type}` or a list of such."""
    extract = {resource_type: _resource(azmcp, resource_type) for resource_type in RESOURCE_TYPES}
    print(json.dumps(extract, indent=1, sort_keys=True))  # noqa: T201 - its output


def _resource(azmcp: str, resource_type: str) -> Json:
    done = subprocess.run(  # noqa: S603 - the caller's own program
        [azmcp, "bicepschema", "get", "--resource-type", resource_type],
        env={**os.environ, "AZURE_MCP_COLLECT_TELEMETRY": "false"},
        capture_output=True,
        check=True,
    )
    entries = json.loads(done.stdout)["results"]["BicepSchemaResult"]
    resource = next(entry for entry in entries if entry["$type"] == "Resource")
    known = {entry["name"]: entry for entry in entries if entry["$type"] in {"Object", "DiscriminatedObject"}}
    types: dict[str, Any] = {}
    body = _compact(resource["bodyType"])
    level = [body]
    for _ in range(_DEPTH):
        names = {name for each in level for name in _named(each)} & known.keys() - types.keys()
        level = [types.setdefault(name, _compact(known[name])) for name in sorted(names)]
    return {"apiVersion": resource["name"].partition("@")[2], "body": body, "types": types}


def _compact(entry: Json) -> Any:  # noqa: ANN401 - an object's properties, or a list of such
    """An object as `{property: type}`; one with variants as a list of these."""
    if entry["$type"] == "DiscriminatedObject":
        base = _properties(entry.get("baseProperties", []))
        return [{**base, **_compact(element)} for element in entry["elements"]]
    properties = _properties(entry["properties"])
    if "additionalPropertiesType" in entry:
        properties["*"] = entry["additionalPropertiesType"]
    return properties


def _properties(properties: list[Json]) -> dict[str, str]:
    return {each["name"]: each["type"] for each in properties if "ReadOnly" not in each.get("flags", "")}


def _named(compact: Any) -> Iterator[str]:  # noqa: ANN401 - see `_compact`
    for variant in compact if isinstance(compact, list) else [compact]:
        for kind in variant.values():
            yield kind.removesuffix("[]")


if __name__ == "__main__":
    main(*sys.argv[1:])
