metadata description = 'Storage of the Functions host: its locks and keys, and the api\'s package. No data of users.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

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
    // Everything in it is made again by a deployment or a restart.
    sku: 'Standard_LRS'
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
