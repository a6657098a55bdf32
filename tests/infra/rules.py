"""The lists that the policies go by: what is allowed, what must be on, what is exempt and why."""

ROLES = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a": "Storage Queue Data Message Sender",
    "19e7f393-937e-4f77-808e-94535e297925": "Storage Queue Data Reader",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
}
"""The roles that may be given. None of them may manage resources, read keys, or give roles."""

API_VERSIONS = {
    "Microsoft.App/containerApps": "2026-01-01",  # the first stable one with `kind`
    "Microsoft.App/managedEnvironments": "2025-01-01",
    "Microsoft.Authorization/locks": "2020-05-01",
    "Microsoft.Authorization/roleAssignments": "2022-04-01",
    "Microsoft.Consumption/budgets": "2024-08-01",
    "Microsoft.ContainerRegistry/registries": "2025-04-01",
    "Microsoft.EventGrid/systemTopics": "2025-02-15",
    "Microsoft.Insights/actionGroups": "2023-01-01",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.Insights/diagnosticSettings": "2021-05-01-preview",  # there is no stable one with category groups
    "Microsoft.Insights/scheduledQueryRules": "2023-12-01",
    "Microsoft.Insights/workbooks": "2023-06-01",
    "Microsoft.KeyVault/vaults": "2024-11-01",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2024-11-30",
    "Microsoft.Network/privateDnsZones": "2024-06-01",
    "Microsoft.Network/privateEndpoints": "2024-07-01",
    "Microsoft.Network/virtualNetworks": "2024-07-01",
    "Microsoft.OperationalInsights/workspaces": "2025-02-01",
    "Microsoft.Resources/resourceGroups": "2025-04-01",
    "Microsoft.Storage/storageAccounts": "2025-01-01",
    "Microsoft.Web/serverfarms": "2024-11-01",
    "Microsoft.Web/sites": "2024-11-01",
}
"""One version for a type and everything under it."""

SECURE: dict[str, dict[str, str | bool]] = {
    "Microsoft.Storage/storageAccounts": {
        "properties.allowSharedKeyAccess": False,
        "properties.allowBlobPublicAccess": False,
        "properties.allowCrossTenantReplication": False,
        "properties.defaultToOAuthAuthentication": True,
        "properties.minimumTlsVersion": "TLS1_2",
        "properties.supportsHttpsTrafficOnly": True,
        "properties.networkAcls.bypass": "AzureServices",
    },
    "Microsoft.Storage/storageAccounts/blobServices": {
        "properties.deleteRetentionPolicy.enabled": True,
        "properties.containerDeleteRetentionPolicy.enabled": True,
    },
    "Microsoft.Storage/storageAccounts/blobServices/containers": {"properties.publicAccess": "None"},
    "Microsoft.Web/sites": {
        "properties.httpsOnly": True,
        "properties.siteConfig.minTlsVersion": "1.2",
        "properties.siteConfig.scmMinTlsVersion": "1.2",
        "properties.siteConfig.ftpsState": "Disabled",
        "properties.siteConfig.remoteDebuggingEnabled": False,
        "properties.functionAppConfig.deployment.storage.authentication.type": "UserAssignedIdentity",
    },
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": {"properties.allow": False},
    "Microsoft.KeyVault/vaults": {
        "properties.enableRbacAuthorization": True,
        "properties.enableSoftDelete": True,
        "properties.networkAcls.bypass": "AzureServices",
    },
    "Microsoft.ContainerRegistry/registries": {
        "properties.adminUserEnabled": False,
        "properties.anonymousPullEnabled": False,
    },
    "Microsoft.Insights/components": {"properties.DisableLocalAuth": True},
    "Microsoft.OperationalInsights/workspaces": {"properties.features.disableLocalAuth": True},
    "Microsoft.App/containerApps": {
        "properties.configuration.ingress.external": False,
        "properties.configuration.ingress.allowInsecure": False,
        "identity.type": "UserAssigned",
    },
}
"""Values that have to be there as literals: what can be switched off by a parameter is switched off one day."""

UNWATCHED = {
    "Microsoft.App/containerApps": "its environment tells",
    "Microsoft.Authorization/locks": "the activity log tells",
    "Microsoft.Authorization/roleAssignments": "the activity log tells",
    "Microsoft.Consumption/budgets": "has no logs",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions": "its topic tells",
    "Microsoft.Insights/actionGroups": "has no logs",
    "Microsoft.Insights/components": "its data are in the workspace",
    "Microsoft.Insights/diagnosticSettings": "is what tells",
    "Microsoft.Insights/scheduledQueryRules": "has no logs; what it fires shows among the alerts",
    "Microsoft.Insights/workbooks": "has no logs",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "its sign-ins are in Entra ID's logs",
    "Microsoft.Network/privateDnsZones": "has no logs",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "has no logs",
    "Microsoft.Network/privateEndpoints": "has no logs",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": "has no logs",
    "Microsoft.Network/virtualNetworks": "its one log is of protection against floods, which is not bought",
    "Microsoft.Resources/resourceGroups": "the activity log tells",
    "Microsoft.Storage/storageAccounts": "its three services tell",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "their service tells",
    "Microsoft.Storage/storageAccounts/managementPolicies": "what they delete, the blob service tells",
    "Microsoft.Storage/storageAccounts/queueServices/queues": "their service tells",
    "Microsoft.Storage/storageAccounts/tableServices/tables": "their service tells",
    "Microsoft.Web/serverfarms": "its app tells",
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": "the app tells",
    "Microsoft.Web/sites/config": "the app tells",
}
"""Types without diagnostic settings, and why; every other type must have some."""
