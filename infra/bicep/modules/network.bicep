metadata description = 'The optional virtual network: a subnet for each app, and one for the private endpoints.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Addresses of the network; a /22 or larger.')
param addressPrefix string

var subnets = [
  { name: 'endpoints', prefix: cidrSubnet(addressPrefix, 24, 0), delegations: [] }
  // Flex Consumption and Container Apps both live in subnets delegated to Container Apps, which they do not share.
  { name: 'api', prefix: cidrSubnet(addressPrefix, 24, 1), delegations: ['Microsoft.App/environments'] }
  { name: 'trainer', prefix: cidrSubnet(addressPrefix, 24, 2), delegations: ['Microsoft.App/environments'] }
]

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: 'vnet-${token}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      for subnet in subnets: {
        name: subnet.name
        properties: {
          addressPrefix: subnet.prefix
          privateEndpointNetworkPolicies: 'Disabled'
          delegations: map(subnet.delegations, service => { name: 'container-apps', properties: { serviceName: service } })
        }
      }
    ]
  }
}

output networkId string = network.id
output endpointsSubnetId string = resourceId('Microsoft.Network/virtualNetworks/subnets', network.name, 'endpoints')
output apiSubnetId string = resourceId('Microsoft.Network/virtualNetworks/subnets', network.name, 'api')
output trainerSubnetId string = resourceId('Microsoft.Network/virtualNetworks/subnets', network.name, 'trainer')
