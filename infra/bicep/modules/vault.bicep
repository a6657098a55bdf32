metadata description = 'The vault that holds the author and query keys; scripts/keys.py makes and rotates them.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Whether the firewall lets only private endpoints and Azure\'s own services in.')
param isPrivate bool

@description('Required. Addresses or CIDR ranges that the firewall lets in nevertheless, for people who rotate keys.')
param allowedIpRanges string[]

@description('Required. Whether a deleted vault can never be removed before its time; it cannot be switched off again.')
param purgeProtection bool

@description('Required. Workspace for logs and metrics.')
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: 'kv-${token}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: purgeProtection ? 90 : 7
    // Azure refuses `false` here.
    enablePurgeProtection: purgeProtection ? true : null
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: [for range in allowedIpRanges: { value: range }]
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
