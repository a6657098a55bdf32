metadata description = 'The api: HTTP, ingest, queued analyses and timers, on Flex Consumption.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

@description('Required. The api\'s identity: id, clientId, principalId.')
param identity object

@description('Required. Storage of the host: blobUri, queueUri. Its tables are for diagnostic events only, which nobody has a role for.')
param hostStorage object

@description('Required. Storage of the service: blobUri, queueUri, tableUri.')
param dataStorage object

@description('Required. Container of the host\'s account that the package is published to.')
param packagesContainer string

@description('Required. Address of the vault that holds the keys, with its last slash.')
param vaultUri string

@description('Required. Author keys, comma-separated; empty: the vault holds them.')
@secure()
param authorKeys string

@description('Required. Query keys, comma-separated; empty: the vault holds them.')
@secure()
param queryKeys string

@description('Required. Application Insights connection string; it is an address, not a right.')
param insightsConnectionString string

@description('Required. Workspace for logs and metrics.')
param workspaceId string

@description('Required. Memory of an instance in MB; 2048 has one core, 4096 has two.')
@allowed([2048, 4096])
param instanceMemoryMB int

@description('Required. Requests that one instance handles at once; the platform\'s default for Python is 1, which loads the model once per parallel request.')
@minValue(1)
@maxValue(1000)
param perInstanceConcurrency int

@description('Required. The most instances there may be.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@description('Required. Instances that are always warm; 0 lets the api sleep, and the first call after it waits for a start.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int

@description('Required. Megabytes that loaded models may take in one instance.')
@minValue(16)
@maxValue(3072)
param modelCacheMB int

@description('Required. Whether instances spread over three zones.')
param zoneRedundant bool

@description('Required. Subnet for outgoing traffic; empty for none.')
param subnetId string

@description('Required. Application (client) id of the Entra ID registration with the app roles; empty: keys only.')
param entraClientId string

var settings = {
  AzureWebJobsStorage__blobServiceUri: hostStorage.blobUri
  AzureWebJobsStorage__queueServiceUri: hostStorage.queueUri
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  NerStorage__blobServiceUri: dataStorage.blobUri
  NerStorage__queueServiceUri: dataStorage.queueUri
  NerStorage__tableServiceUri: dataStorage.tableUri
  NerStorage__credential: 'managedidentity'
  NerStorage__clientId: identity.clientId
  NER_ROLE: 'api'
  // Two keys each, comma-separated; versionless, so that a rotation is picked up without a deployment.
  NER_AUTHOR_KEYS: empty(authorKeys) ? '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/author-keys)' : authorKeys
  NER_QUERY_KEYS: empty(queryKeys) ? '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/query-keys)' : queryKeys
  NER_DATA_DIR: '/tmp/nerine'
  NER_MODEL_CACHE_MB: string(modelCacheMB)
  NER_DISK_CACHE_MB: '1024'
  NER_THREADS: instanceMemoryMB == 4096 ? '2' : '1'
  NER_CONCURRENCY: instanceMemoryMB == 4096 ? '8' : '4'
  NER_MAX_WAITING: '200'
  // Else the credential chain would try an identity of the system's first.
  AZURE_CLIENT_ID: identity.clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
  PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'
  // The host would set 1000.
  PYTHON_THREADPOOL_THREAD_COUNT: '32'
  // glibc gives many threads many heaps, and each keeps what its largest text has taken.
  MALLOC_ARENA_MAX: '2'
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-api-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: 'func-api-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.blobUri}${packagesContainer}'
          // The default is a connection string, which an account without keys does not have.
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      // No parameter: the package carries compiled code for this version (scripts/package_api.py).
      runtime: { name: 'python', version: '3.13' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        triggers: { http: { perInstanceConcurrency: perInstanceConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      remoteDebuggingEnabled: false
      // The studio is served from the same origin; no other page has business here.
      cors: { allowedOrigins: [] }
      appSettings: [for setting in items(settings): { name: setting.key, value: setting.value }]
    }
  }

  // Publishing is by identity (One Deploy); the passwords for FTP and SCM are off.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource authentication 'Microsoft.Web/sites/config@2024-11-01' = if (!empty(entraClientId)) {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      // Callers with a key have no token; who has neither is refused by the app (functions/http/auth.py).
      requireAuthentication: false
      unauthenticatedClientAction: 'AllowAnonymous'
    }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: entraClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: { allowedAudiences: ['api://${entraClientId}', entraClientId] }
      }
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'FunctionAppLogs', enabled: true }
      { category: 'AppServiceAuthenticationLogs', enabled: true }
    ]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = app.id
output name string = app.name
output endpoint string = 'https://${app.properties.defaultHostName}'
