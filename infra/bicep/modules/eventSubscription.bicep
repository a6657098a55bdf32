metadata description = 'Delivers events of uploaded documents to the queue that the api\'s ingest function listens to.'

// A queue and not the blob extension's webhook: that one needs the app's key, and a second deployment after the code.

@description('Required. Name of the system topic; its identity must have its roles already.')
param topicName string

@description('Required. The account with queue and dead-letter container.')
param storageAccountId string

@description('Required. The queue.')
param queueName string

@description('Required. The container for events that could not be delivered.')
param deadLettersContainer string

@description('Required. The container shared by projects; other containers are found by the reconcile timer.')
param watchedContainer string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'ingest'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      subjectBeginsWith: '/blobServices/default/containers/${watchedContainer}/'
    }
    deliveryWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      destination: {
        endpointType: 'StorageQueue'
        properties: {
          resourceId: storageAccountId
          queueName: queueName
          // A week: the reconcile timer finds what waited longer.
          queueMessageTimeToLiveInSeconds: 604800
        }
      }
    }
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: { resourceId: storageAccountId, blobContainerName: deadLettersContainer }
      }
    }
    retryPolicy: { eventTimeToLiveInMinutes: 1440, maxDeliveryAttempts: 30 }
  }
}
