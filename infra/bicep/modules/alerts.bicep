metadata description = 'What somebody must look at: six questions to the logs, and who is told.'

@description('Required. Azure region.')
param location string

@description('Required. Suffix that makes names unique.')
param token string

@description('Required. Tags of every resource.')
param tags object

@description('Required. The workspace that is asked.')
param workspaceId string

@description('Required. Address that is told; empty: alerts show in the portal only.')
param email string

@description('Required. Milliseconds that the 99th percentile of predictions may take.')
@minValue(1)
@maxValue(600000)
param predictionMilliseconds int

@description('Required. Minutes that a training job may wait in its queue.')
@minValue(1)
@maxValue(1440)
param waitingMinutes int

// Spans and metrics are those of functions/telemetry.py. How the host names requests is not asked: that depends on its mode.
// A gauge's value is in Sum where the exporter gives it no Max. ItemCount: each row stands for so many, where it samples.
var alerts = [
  {
    name: 'server-errors'
    description: 'More than 1 % of the requests of 15 minutes ended in a 5xx.'
    severity: 1
    minutes: 15
    query: 'AppRequests | where toint(ResultCode) >= 100 | summarize failed = sumif(ItemCount, toint(ResultCode) >= 500), total = sum(ItemCount) | where total >= 20 and failed * 100.0 / total > 1'
  }
  {
    name: 'slow-predictions'
    description: 'The 99th percentile of predictions, waiting included, is above its limit.'
    severity: 2
    minutes: 15
    query: 'AppDependencies | where Name == "nerine.predict" | extend ms = DurationMs + coalesce(todouble(Properties["nerine.queue_ms"]), 0.0) | summarize p99 = percentilew(ms, ItemCount, 99), total = sum(ItemCount) | where total >= 20 and p99 > ${predictionMilliseconds}'
  }
  {
    name: 'poisoned-messages'
    description: 'Work failed every time it was tried: a message came to a poison queue.'
    severity: 1
    minutes: 15
    query: 'AppMetrics | where (Name == "nerine.messages.poisoned" and Sum > 0) or (Name == "nerine.queue.messages" and tostring(Properties.queue) endswith "-poison" and coalesce(Max, Sum) > 0)'
  }
  {
    name: 'stuck-jobs'
    description: 'A training job waits too long, or its trainer was lost.'
    severity: 2
    minutes: 15
    query: 'AppMetrics | where (Name == "nerine.queue.age" and tostring(Properties.queue) == "training-jobs" and coalesce(Max, Sum) > ${waitingMinutes * 60}) or (Name == "nerine.job.failures" and tostring(Properties.code) == "TrainerLost")'
  }
  {
    name: 'older-model'
    description: 'A deployed model cannot be loaded: the one before it answers in its place.'
    severity: 1
    minutes: 15
    query: 'AppMetrics | where Name == "nerine.model.stand_ins" and Sum > 0'
  }
  {
    name: 'no-heartbeat'
    description: 'The timer that runs every minute did not run for 15 minutes: the api does not start, or does not report.'
    severity: 1
    minutes: 15
    query: 'AppMetrics | where Name == "nerine.heartbeats" | summarize beats = coalesce(sum(Sum), 0.0) | where beats == 0'
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'nerine'
    enabled: true
    emailReceivers: [{ name: 'operator', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: 'alert-${alert.name}-${token}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Nerine: ${alert.name}'
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT${alert.minutes}M'
      // Tables of the workspace come with the first data.
      skipQueryValidation: true
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: empty(email) ? [] : [people.id] }
    }
  }
]
