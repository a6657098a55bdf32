metadata description = 'Storage of the service: documents, labels, models, jobs. The names are those of functions/stores/connection.py.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

@description('Required. How often data is copied.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param sku string

@description('Required. Containers of projects that do not use the shared one.')
param projectContainers string[]

@description('Required. Whether the firewall lets only private endpoints and Azure\'s own services in.')
param isPrivate bool

@description('Required. Addresses or CIDR ranges that the firewall lets in nevertheless.')
param allowedIpRanges string[]

@description('Required. Whether the account can only be deleted after its lock is taken off.')
param locked bool

@description('Required. Workspace for logs and metrics.')
param workspaceId string

@description('Required. The queue that Event Grid puts events of new and changed blobs on.')
param eventsQueue string

@description('Required. The container for events that could not be delivered.')
param deadLettersContainer string

var containers = ['documents', 'texts', 'datasets', 'models', 'results']
var queues = [
  'training-jobs'
  'training-jobs-poison'
  'operations'
  'operations-poison'
  'analysis-jobs'
  'analysis-jobs-poison'
  'container-jobs'
  'container-jobs-poison'
  eventsQueue
  '${eventsQueue}-poison'
]
var tables = [
  'projects'
  'documents'
  'contents'
  'labels'
  'labelhistory'
  'suggestions'
  'quality'
  'changes'
  'models'
  'deployments'
  'jobs'
  'jobparts'
]

module account 'storageAccount.bicep' = {
  name: 'data-storage-account'
  params: {
    name: 'stdata${token}'
    location: location
    tags: tags
    sku: sku
    containers: concat(containers, projectContainers, [deadLettersContainer])
    queues: queues
    tables: tables
    softDeleteDays: 14
    versioning: true
    isPrivate: isPrivate
    allowedIpRanges: allowedIpRanges
    workspaceId: workspaceId
  }
}

resource stored 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: 'stdata${token}'
}

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-01-01' = {
  parent: stored
  name: 'default'
  dependsOn: [account]
  properties: {
    policy: {
      rules: [
        {
          name: 'results-of-expired-jobs'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['results/'] }
            actions: {
              // The service removes them after 7 days itself; this catches what it missed.
              baseBlob: { delete: { daysAfterModificationGreaterThan: 8 } }
              // They have texts of callers, and nobody brings one back.
              version: { delete: { daysAfterCreationGreaterThan: 1 } }
            }
          }
        }
        {
          name: 'undelivered-events'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${deadLettersContainer}/'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 30 } } }
          }
        }
        {
          name: 'overwritten-checkpoints'
          type: 'Lifecycle'
          enabled: true
          definition: {
            // A training run writes its checkpoint over and over; snapshots of data sets are written once.
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['datasets/'] }
            actions: { version: { delete: { daysAfterCreationGreaterThan: 1 } } }
          }
        }
        {
          name: 'old-versions'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'] }
            actions: { version: { delete: { daysAfterCreationGreaterThan: 30 } } }
          }
        }
      ]
    }
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'documents-and-models'
  scope: stored
  dependsOn: [account]
  properties: {
    level: 'CanNotDelete'
    notes: 'Documents, labels and models of every project.'
  }
}

output id string = account.outputs.id
output name string = account.outputs.name
output endpoints object = account.outputs.endpoints
output tables string[] = tables
