metadata description = 'Private addresses of both storage accounts and the vault inside the virtual network.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

@description('Required. The network whose machines shall find the private addresses.')
param networkId string

@description('Required. Subnet that the addresses are taken from.')
param subnetId string

@description('Required. Id of the host\'s storage account.')
param hostStorageId string

@description('Required. Id of the service\'s storage account.')
param dataStorageId string

@description('Required. Id of the vault.')
param vaultId string

var suffix = environment().suffixes.storage
var zoneNames = [
  'privatelink.blob.${suffix}'
  'privatelink.queue.${suffix}'
  'privatelink.table.${suffix}'
  'privatelink.vaultcore.azure.net'
]

// `zone` is an index into zoneNames.
var endpoints = [
  { name: 'host-blob', target: hostStorageId, group: 'blob', zone: 0 }
  { name: 'data-blob', target: dataStorageId, group: 'blob', zone: 0 }
  { name: 'data-queue', target: dataStorageId, group: 'queue', zone: 1 }
  { name: 'data-table', target: dataStorageId, group: 'table', zone: 2 }
  { name: 'vault', target: vaultId, group: 'vault', zone: 3 }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zoneName in zoneNames: {
    name: zoneName
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zoneName, i) in zoneNames: {
    parent: zones[i]
    name: 'to-network'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
]

resource privateEndpoints 'Microsoft.Network/privateEndpoints@2024-07-01' = [
  for endpoint in endpoints: {
    name: 'pep-${endpoint.name}-${token}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: endpoint.name
          properties: { privateLinkServiceId: endpoint.target, groupIds: [endpoint.group] }
        }
      ]
    }
  }
]

resource groups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = [
  for (endpoint, i) in endpoints: {
    parent: privateEndpoints[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: endpoint.group, properties: { privateDnsZoneId: zones[endpoint.zone].id } }]
    }
  }
]
