metadata description = 'The registry of the trainer image; its admin user, a shared password, is off.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Workspace for logs and metrics.')
param workspaceId string

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' = {
  name: 'cr${token}'
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: registry
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = registry.id
output name string = registry.name
output loginServer string = registry.properties.loginServer
