metadata description = 'One user-assigned identity per app: they outlive the apps, so roles are granted before code runs.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

resource api 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-api-${token}'
  location: location
  tags: tags
}

resource trainer 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-trainer-${token}'
  location: location
  tags: tags
}

output api object = {
  id: api.id
  clientId: api.properties.clientId
  principalId: api.properties.principalId
}

output trainer object = {
  id: trainer.id
  clientId: trainer.properties.clientId
  principalId: trainer.properties.principalId
}
