metadata description = 'Who may do what: every role assignment of the system, and nothing else.'

@description('Required. Object id of the api\'s identity.')
param apiPrincipalId string

@description('Required. Object id of the trainer\'s identity.')
param trainerPrincipalId string

@description('Required. Object id of the Event Grid topic\'s identity.')
param eventsPrincipalId string

@description('Required. Object id of the person, group or pipeline that uploads documents and rotates keys; empty for none.')
param operatorPrincipalId string

@description('Required. What the operator is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string

@description('Required. Name of the host\'s storage account.')
param hostStorageName string

@description('Required. Name of the service\'s storage account.')
param dataStorageName string

@description('Required. Containers of projects that do not use the shared one.')
param projectContainers string[]

@description('Required. Tables of the service.')
param tables string[]

@description('Required. Name of the vault.')
param vaultName string

@description('Required. Name of the registry.')
param registryName string

@description('Required. Name of the Application Insights component.')
param insightsName string

var roleIds = {
  AcrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'
  'Key Vault Secrets Officer': 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6'
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb'
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Queue Data Message Sender': 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
  'Storage Queue Data Reader': '19e7f393-937e-4f77-808e-94535e297925'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

var principals = {
  api: { id: apiPrincipalId, type: 'ServicePrincipal' }
  trainer: { id: trainerPrincipalId, type: 'ServicePrincipal' }
  events: { id: eventsPrincipalId, type: 'ServicePrincipal' }
  operator: { id: operatorPrincipalId, type: operatorPrincipalType }
}

// The host keeps its locks in the first container and its keys in the second, and asks for Owner there.
var hostContainerGrants = [
  { who: 'api', on: 'azure-webjobs-hosts', role: 'Storage Blob Data Owner' }
  { who: 'api', on: 'azure-webjobs-secrets', role: 'Storage Blob Data Owner' }
  { who: 'api', on: 'packages', role: 'Storage Blob Data Contributor' }
  { who: 'trainer', on: 'azure-webjobs-hosts', role: 'Storage Blob Data Owner' }
]

var sharedContainerGrants = [
  { who: 'api', on: 'documents', role: 'Storage Blob Data Contributor' }
  { who: 'api', on: 'texts', role: 'Storage Blob Data Contributor' }
  { who: 'api', on: 'datasets', role: 'Storage Blob Data Contributor' }
  // Not Reader: deleting a model is an operation of the api.
  { who: 'api', on: 'models', role: 'Storage Blob Data Contributor' }
  { who: 'api', on: 'results', role: 'Storage Blob Data Contributor' }
  // A job is trained on its frozen snapshot, and keeps its checkpoints beside it: the trainer sees neither documents
  // nor texts.
  { who: 'trainer', on: 'datasets', role: 'Storage Blob Data Contributor' }
  { who: 'trainer', on: 'models', role: 'Storage Blob Data Contributor' }
  { who: 'trainer', on: 'results', role: 'Storage Blob Data Contributor' }
  { who: 'events', on: 'dead-letters', role: 'Storage Blob Data Contributor' }
  { who: 'operator', on: 'documents', role: 'Storage Blob Data Contributor' }
]

var projectContainerGrants = flatten(map(projectContainers, container => [
  { who: 'api', on: container, role: 'Storage Blob Data Contributor' }
  { who: 'operator', on: container, role: 'Storage Blob Data Contributor' }
]))

var containerGrants = filter(concat(sharedContainerGrants, projectContainerGrants), grant => !empty(principals[grant.who].id))

var queueGrants = [
  // Contributor where an app listens: the host reads, deletes, renews and moves to the poison queue.
  { who: 'api', on: 'operations', role: 'Storage Queue Data Contributor' }
  { who: 'api', on: 'operations-poison', role: 'Storage Queue Data Contributor' }
  { who: 'api', on: 'analysis-jobs', role: 'Storage Queue Data Contributor' }
  { who: 'api', on: 'analysis-jobs-poison', role: 'Storage Queue Data Contributor' }
  { who: 'api', on: 'container-jobs', role: 'Storage Queue Data Contributor' }
  { who: 'api', on: 'container-jobs-poison', role: 'Storage Queue Data Contributor' }
  { who: 'api', on: 'blob-events', role: 'Storage Queue Data Contributor' }
  { who: 'api', on: 'blob-events-poison', role: 'Storage Queue Data Contributor' }
  // The api asks for training and looks how long jobs wait; it cannot take a job away.
  { who: 'api', on: 'training-jobs', role: 'Storage Queue Data Message Sender' }
  { who: 'api', on: 'training-jobs', role: 'Storage Queue Data Reader' }
  { who: 'api', on: 'training-jobs-poison', role: 'Storage Queue Data Contributor' }
  { who: 'trainer', on: 'training-jobs', role: 'Storage Queue Data Contributor' }
  { who: 'trainer', on: 'training-jobs-poison', role: 'Storage Queue Data Message Sender' }
  { who: 'events', on: 'blob-events', role: 'Storage Queue Data Message Sender' }
]

var trainerTableGrants = [
  { who: 'trainer', on: 'jobs', role: 'Storage Table Data Contributor' }
  { who: 'trainer', on: 'models', role: 'Storage Table Data Contributor' }
  { who: 'trainer', on: 'projects', role: 'Storage Table Data Contributor' }
  { who: 'trainer', on: 'quality', role: 'Storage Table Data Contributor' }
]

var apiTableGrants = map(tables, table => { who: 'api', on: table, role: 'Storage Table Data Contributor' })

var tableGrants = concat(apiTableGrants, trainerTableGrants)

var allVaultGrants = [
  { who: 'api', role: 'Key Vault Secrets User' }
  { who: 'operator', role: 'Key Vault Secrets Officer' }
]

var vaultGrants = filter(allVaultGrants, grant => !empty(principals[grant.who].id))

var registryGrants = [{ who: 'trainer', role: 'AcrPull' }]

var insightsGrants = [
  { who: 'api', role: 'Monitoring Metrics Publisher' }
  { who: 'trainer', role: 'Monitoring Metrics Publisher' }
]

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: hostStorageName

  resource blobs 'blobServices' existing = {
    name: 'default'
  }
}

resource dataAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: dataStorageName

  resource blobs 'blobServices' existing = {
    name: 'default'
  }

  resource queueService 'queueServices' existing = {
    name: 'default'
  }

  resource tableService 'tableServices' existing = {
    name: 'default'
  }
}

resource hostContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = [
  for grant in hostContainerGrants: {
    parent: hostAccount::blobs
    name: grant.on
  }
]

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = [
  for grant in containerGrants: {
    parent: dataAccount::blobs
    name: grant.on
  }
]

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-01-01' existing = [
  for grant in queueGrants: {
    parent: dataAccount::queueService
    name: grant.on
  }
]

resource grantedTables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-01-01' existing = [
  for grant in tableGrants: {
    parent: dataAccount::tableService
    name: grant.on
  }
]

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: registryName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource hostContainerRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, i) in hostContainerGrants: {
    name: guid(hostAccount.id, grant.on, principals[grant.who].id, roleIds[grant.role])
    scope: hostContainers[i]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]

resource containerRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, i) in containerGrants: {
    name: guid(dataAccount.id, 'container', grant.on, principals[grant.who].id, roleIds[grant.role])
    scope: containers[i]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]

resource queueRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, i) in queueGrants: {
    name: guid(dataAccount.id, 'queue', grant.on, principals[grant.who].id, roleIds[grant.role])
    scope: queues[i]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]

resource tableRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, i) in tableGrants: {
    name: guid(dataAccount.id, 'table', grant.on, principals[grant.who].id, roleIds[grant.role])
    scope: grantedTables[i]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]

resource vaultRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in vaultGrants: {
    name: guid(vault.id, principals[grant.who].id, roleIds[grant.role])
    scope: vault
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]

resource registryRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in registryGrants: {
    name: guid(registry.id, principals[grant.who].id, roleIds[grant.role])
    scope: registry
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]

resource insightsRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in insightsGrants: {
    name: guid(insights.id, principals[grant.who].id, roleIds[grant.role])
    scope: insights
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[grant.role])
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]
