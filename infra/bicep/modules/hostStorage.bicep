metadata description = 'Storage of the Functions host: its locks and keys, and the api\'s package. No data of users.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

@description('Required. How often data is copied; a plan that is to outlive a zone needs the host\'s storage to do so too.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param sku string

@description('Required. Whether the firewall lets only private endpoints and Azure\'s own services in.')
param isPrivate bool

@description('Required. Workspace for logs and metrics.')
param workspaceId string

@description('Required. The container that Flex Consumption takes the api\'s package from.')
param packagesContainer string

module account 'storageAccount.bicep' = {
  name: 'host-storage-account'
  params: {
    name: 'sthost${token}'
    location: location
    tags: tags
    sku: sku
    containers: [packagesContainer, 'azure-webjobs-hosts', 'azure-webjobs-secrets']
    softDeleteDays: 7
    versioning: false
    isPrivate: isPrivate
    workspaceId: workspaceId
  }
}

output id string = account.outputs.id
output name string = account.outputs.name
output endpoints object = account.outputs.endpoints
