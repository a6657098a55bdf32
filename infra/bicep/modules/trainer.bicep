metadata description = 'The trainer: one training job at a time per replica, from none to a few, on Container Apps.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

@description('Required. The trainer\'s identity: id, clientId, principalId.')
param identity object

@description('Required. Storage of the host: blobUri, queueUri. Its tables are for diagnostic events only, which nobody has a role for.')
param hostStorage object

@description('Required. Storage of the service: blobUri, queueUri, tableUri.')
param dataStorage object

@description('Required. Server of the registry that the image is pulled from.')
param registryServer string

@description('Required. The trainer image; empty before the first one is built.')
param image string

@description('Required. Application Insights connection string; it is an address, not a right.')
param insightsConnectionString string

@description('Required. Workspace for logs and metrics.')
param workspaceId string

@description('Required. Where a job runs: on 4 cores with 8 GiB, or on 8 cores with 56 GiB and a T4 GPU (image built for CUDA).')
@allowed(['Consumption', 'Consumption-GPU-NC8as-T4'])
param workloadProfile string

@description('Required. Trainers that always run.')
@minValue(0)
@maxValue(20)
param minReplicas int

@description('Required. Jobs that may run at the same time.')
@minValue(1)
@maxValue(20)
param maxReplicas int

@description('Required. Whether the environment spreads over three zones; needs a subnet.')
param zoneRedundant bool

@description('Required. Subnet of the environment; empty for none.')
param subnetId string

var sizes = {
  Consumption: { cpu: 4, memory: '8Gi' }
  'Consumption-GPU-NC8as-T4': { cpu: 8, memory: '56Gi' }
}
var consumption = [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
var gpu = [{ name: workloadProfile, workloadProfileType: workloadProfile }]

// Not 80: only root may listen there, and the image runs as somebody else. The same for the image that keeps the place,
// since a deployment by azd changes the image and nothing else.
var port = 8080
var probes = [for kind in ['Startup', 'Liveness', 'Readiness']: {
  type: kind
  tcpSocket: { port: port }
  // Five minutes to start in; a training job, which takes every core, may make the host slow to answer.
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 10
}]

var settings = {
  AzureWebJobsStorage__blobServiceUri: hostStorage.blobUri
  AzureWebJobsStorage__queueServiceUri: hostStorage.queueUri
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  // The host cannot make its keys in storage by identity here; nobody calls the trainer, so they may be lost.
  AzureWebJobsSecretStorageType: 'Files'
  NerStorage__blobServiceUri: dataStorage.blobUri
  NerStorage__queueServiceUri: dataStorage.queueUri
  NerStorage__tableServiceUri: dataStorage.tableUri
  NerStorage__credential: 'managedidentity'
  NerStorage__clientId: identity.clientId
  ASPNETCORE_URLS: 'http://+:${port}'
  NER_ROLE: 'trainer'
  NER_DATA_DIR: '/tmp/nerine'
  NER_MODEL_CACHE_MB: '512'
  NER_DISK_CACHE_MB: '1024'
  NER_THREADS: string(sizes[workloadProfile].cpu)
  // One job at a time, for as long as it takes; a job whose replica dies three times is given up.
  AzureFunctionsJobHost__functionTimeout: '-1'
  AzureFunctionsJobHost__extensions__queues__batchSize: '1'
  AzureFunctionsJobHost__extensions__queues__newBatchThreshold: '0'
  AzureFunctionsJobHost__extensions__queues__maxDequeueCount: '3'
  AZURE_CLIENT_ID: identity.clientId
  FUNCTIONS_WORKER_RUNTIME: 'python'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
  PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'
}

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: 'cae-${token}'
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: { destination: 'azure-monitor' }
    workloadProfiles: workloadProfile == 'Consumption' ? consumption : concat(consumption, gpu)
    vnetConfiguration: empty(subnetId) ? null : { infrastructureSubnetId: subnetId, internal: true }
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.App/containerApps@2026-01-01' = {
  name: 'ca-trainer-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'trainer' })
  // Container Apps then derives the scaling from the queue trigger itself.
  kind: 'functionapp'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: workloadProfile
    configuration: {
      activeRevisionsMode: 'Single'
      // Nothing calls it, but scaling by events needs an ingress; this one is reachable from inside only.
      ingress: { external: false, targetPort: port, transport: 'http', allowInsecure: false }
      registries: [{ server: registryServer, identity: identity.id }]
    }
    template: {
      // A running job has this long to be stopped; it is then taken up again from its queue.
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'trainer'
          // Until the first image is pushed, Microsoft's sample keeps the place.
          image: empty(image) ? 'mcr.microsoft.com/k8se/quickstart-functions:latest' : image
          resources: { cpu: sizes[workloadProfile].cpu, memory: sizes[workloadProfile].memory }
          env: [for setting in items(settings): { name: setting.key, value: setting.value }]
          probes: probes
        }
      ]
      // No rule for the queue: those of a function app are the platform's, and this API version refuses our own.
      scale: { minReplicas: minReplicas, maxReplicas: max(minReplicas, maxReplicas) }
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: environment
  properties: {
    workspaceId: workspaceId
    // By name: the group of all logs grows with what Container Apps brings out, and the bill with it.
    logs: [
      { category: 'ContainerAppConsoleLogs', enabled: true }
      { category: 'ContainerAppSystemLogs', enabled: true }
    ]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output name string = app.name
