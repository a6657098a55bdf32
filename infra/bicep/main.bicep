metadata description = 'Nerine in a subscription: one resource group, one module per concern.'

targetScope = 'subscription'

@description('Required. Name of the installation; with subscription and region it makes every other name.')
@minLength(1)
@maxLength(32)
param environmentName string

@description('Required. Azure region; it must offer Flex Consumption.')
param location string

@description('Optional. Tags of every resource, beside the two of our own.')
param extraTags object = {}

@description('Optional. Object id of the person, group or pipeline that uploads documents and rotates keys.')
param operatorPrincipalId string = ''

@description('Optional. What the operator is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string = 'User'

@description('Optional. Application (client) id of an Entra ID registration with the app roles Nerine.Author and Nerine.Query; without it there are keys only.')
param entraClientId string = ''

@description('Optional. Author keys, comma-separated, as an app setting. Empty: the vault holds them, which is better.')
@secure()
param authorKeys string = ''

@description('Optional. Query keys, comma-separated, as an app setting. Empty: the vault holds them, which is better.')
@secure()
param queryKeys string = ''

@description('Optional. Containers for projects that do not use the shared one, named in storageInputContainerName.')
param projectContainers string[] = []

@description('Optional. Memory of an api instance in MB. 2048 has one core, which a small encoder keeps busy in 5 ms; 4096 has two.')
@allowed([2048, 4096])
param instanceMemoryMB int = 2048

@description('Optional. Requests that one instance handles at once. Most of a request waits for storage, so several share a core; more than 16 would queue for it.')
@minValue(1)
@maxValue(1000)
param perInstanceConcurrency int = 8

@description('Optional. The most api instances there may be; it bounds the bill. 40 is the least that Flex Consumption\'s documentation gives.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Optional. Api instances that are always warm. 0 costs nothing, and the first call after a pause waits for a start.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 0

@description('Optional. Megabytes that loaded models may take in one instance; a model takes about 30.')
@minValue(16)
@maxValue(3072)
param modelCacheMB int = 512

@description('Optional. The trainer image; azd sets it. Empty: a placeholder, and training jobs wait.')
param trainerImage string = ''

@description('Optional. Where a training job runs: 4 cores, or 8 cores with a T4 GPU (image built with COMPUTE=cuda).')
@allowed(['Consumption', 'Consumption-GPU-NC8as-T4'])
param trainerWorkloadProfile string = 'Consumption'

@description('Optional. Trainers that always run. 0 costs nothing; 1 is the way out where the platform does not scale by the queue (docs/azure.md).')
@minValue(0)
@maxValue(20)
param trainerMinReplicas int = 0

@description('Optional. Training jobs that may run at the same time.')
@minValue(1)
@maxValue(20)
param trainerMaxReplicas int = 2

@description('Optional. Whether storage and the trainer are spread over three zones.')
param zoneRedundant bool = false

@description('Optional. Whether the api is too, together with zoneRedundant. Azure then keeps two instances warm for each function that scales by itself: docs/azure.md says what that costs.')
param zoneRedundantApi bool = false

@description('Optional. Whether storage and vault are reachable from a virtual network only. Uploads from outside then need allowedIpRanges.')
param privateNetwork bool = false

@description('Optional. Addresses of the virtual network; a /22 or larger.')
param networkAddressPrefix string = '10.64.0.0/22'

@description('Optional. Addresses or CIDR ranges that may reach storage and vault in spite of privateNetwork.')
param allowedIpRanges string[] = []

@description('Optional. Whether documents and models are locked against deletion, and the vault against purging.')
param protectData bool = false

@description('Optional. Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Optional. Gigabytes of logs a day after which ingestion stops until the next; -1 for no limit.')
@minValue(-1)
@maxValue(1000)
param logDailyQuotaGb int = -1

@description('Optional. Address that alerts and the budget write to.')
param alertEmail string = ''

@description('Optional. Milliseconds that the 99th percentile of predictions may take.')
@minValue(1)
@maxValue(600000)
param predictionMilliseconds int = 1000

@description('Optional. Minutes that a training job may wait in its queue; after a day it is given up.')
@minValue(1)
@maxValue(1440)
param waitingMinutes int = 60

@description('Optional. What a month may cost, in the currency of the bill; 0 for no budget.')
@minValue(0)
@maxValue(1000000)
param monthlyBudget int = 0

@description('Conditional. First day of the month that the budget starts in, such as 2027-01-01. Needed with monthlyBudget.')
param budgetStartDate string = ''

var token = uniqueString(subscription().id, environmentName, location)
var tags = union(extraTags, { 'azd-env-name': environmentName, application: 'nerine' })
var storageSku = zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
var packagesContainer = 'packages'
var eventsQueue = 'blob-events'
var deadLettersContainer = 'dead-letters'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-nerine-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: { location: location, token: token, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    token: token
    tags: tags
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  scope: group
  params: { location: location, token: token, tags: tags, addressPrefix: networkAddressPrefix }
}

module hostStorage 'modules/hostStorage.bicep' = {
  name: 'host-storage'
  scope: group
  params: {
    location: location
    token: token
    tags: tags
    sku: storageSku
    isPrivate: privateNetwork
    packagesContainer: packagesContainer
    workspaceId: monitoring.outputs.workspaceId
  }
}

module dataStorage 'modules/dataStorage.bicep' = {
  name: 'data-storage'
  scope: group
  params: {
    location: location
    token: token
    tags: tags
    sku: storageSku
    projectContainers: projectContainers
    eventsQueue: eventsQueue
    deadLettersContainer: deadLettersContainer
    isPrivate: privateNetwork
    allowedIpRanges: allowedIpRanges
    locked: protectData
    workspaceId: monitoring.outputs.workspaceId
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    location: location
    token: token
    tags: tags
    isPrivate: privateNetwork
    allowedIpRanges: allowedIpRanges
    purgeProtection: protectData
    workspaceId: monitoring.outputs.workspaceId
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  scope: group
  params: { location: location, token: token, tags: tags, workspaceId: monitoring.outputs.workspaceId }
}

module privateEndpoints 'modules/privateEndpoints.bicep' = if (privateNetwork) {
  name: 'private-endpoints'
  scope: group
  params: {
    location: location
    token: token
    tags: tags
    networkId: network!.outputs.networkId
    subnetId: network!.outputs.endpointsSubnetId
    hostStorageId: hostStorage.outputs.id
    dataStorageId: dataStorage.outputs.id
    vaultId: vault.outputs.id
  }
}

module events 'modules/events.bicep' = {
  name: 'events'
  scope: group
  params: {
    location: location
    token: token
    tags: tags
    storageAccountId: dataStorage.outputs.id
    workspaceId: monitoring.outputs.workspaceId
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  scope: group
  params: {
    apiPrincipalId: identity.outputs.api.principalId
    trainerPrincipalId: identity.outputs.trainer.principalId
    eventsPrincipalId: events.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
    hostStorageName: hostStorage.outputs.name
    dataStorageName: dataStorage.outputs.name
    projectContainers: projectContainers
    tables: dataStorage.outputs.tables
    vaultName: vault.outputs.name
    registryName: registry.outputs.name
    insightsName: monitoring.outputs.insightsName
  }
}

module eventSubscription 'modules/eventSubscription.bicep' = {
  name: 'event-subscription'
  scope: group
  dependsOn: [roles] // delivery is checked when the subscription is made
  params: {
    topicName: events.outputs.topicName
    storageAccountId: dataStorage.outputs.id
    queueName: eventsQueue
    deadLettersContainer: deadLettersContainer
    watchedContainer: 'documents'
  }
}

module api 'modules/api.bicep' = {
  name: 'api'
  scope: group
  dependsOn: [roles] // a host that starts before its roles are there does not start
  params: {
    location: location
    token: token
    tags: tags
    identity: identity.outputs.api
    hostStorage: hostStorage.outputs.endpoints
    dataStorage: dataStorage.outputs.endpoints
    packagesContainer: packagesContainer
    vaultUri: vault.outputs.uri
    authorKeys: authorKeys
    queryKeys: queryKeys
    insightsConnectionString: monitoring.outputs.connectionString
    workspaceId: monitoring.outputs.workspaceId
    instanceMemoryMB: instanceMemoryMB
    perInstanceConcurrency: perInstanceConcurrency
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    modelCacheMB: modelCacheMB
    zoneRedundant: zoneRedundant && zoneRedundantApi
    subnetId: privateNetwork ? network!.outputs.apiSubnetId : ''
    entraClientId: entraClientId
  }
}

module trainer 'modules/trainer.bicep' = {
  name: 'trainer'
  scope: group
  dependsOn: [roles] // it could not pull its image
  params: {
    location: location
    token: token
    tags: tags
    identity: identity.outputs.trainer
    hostStorage: hostStorage.outputs.endpoints
    dataStorage: dataStorage.outputs.endpoints
    registryServer: registry.outputs.loginServer
    image: trainerImage
    insightsConnectionString: monitoring.outputs.connectionString
    workspaceId: monitoring.outputs.workspaceId
    workloadProfile: trainerWorkloadProfile
    minReplicas: trainerMinReplicas
    maxReplicas: trainerMaxReplicas
    zoneRedundant: zoneRedundant && privateNetwork
    subnetId: privateNetwork ? network!.outputs.trainerSubnetId : ''
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    token: token
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    email: alertEmail
    predictionMilliseconds: predictionMilliseconds
    waitingMinutes: waitingMinutes
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: { location: location, tags: tags, insightsId: monitoring.outputs.insightsId }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0 && !empty(budgetStartDate) && !empty(alertEmail)) {
  name: 'budget'
  scope: group
  params: { amount: monthlyBudget, startDate: budgetStartDate, email: alertEmail }
}

@description('Where applications and the studio call.')
output API_ENDPOINT string = api.outputs.endpoint

@description('The function app, for publishing and restarts.')
output API_APP_NAME string = api.outputs.name

@description('The function app, for having it look its keys up.')
output API_APP_ID string = api.outputs.id

@description('The container app.')
output TRAINER_APP_NAME string = trainer.outputs.name

@description('Everything is in this group.')
output AZURE_RESOURCE_GROUP string = group.name

@description('azd pushes the trainer image here.')
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.loginServer

@description('The vault with the author and query keys.')
output KEY_VAULT_NAME string = vault.outputs.name

@description('The account that documents are uploaded to.')
output DATA_STORAGE_NAME string = dataStorage.outputs.name

@description('The component with traces, metrics and the workbook.')
output APPLICATION_INSIGHTS_NAME string = monitoring.outputs.insightsName
