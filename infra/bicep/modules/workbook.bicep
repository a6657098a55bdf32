metadata description = 'The workbook that shows how the service is doing; its content is workbook.json.'

@description('Required. Azure region.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Application Insights component that it belongs to.')
param insightsId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insightsId, 'nerine-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Nerine'
    category: 'workbook'
    sourceId: insightsId
    serializedData: loadTextContent('../workbook.json')
  }
}
