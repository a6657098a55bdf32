metadata description = 'Mail when the month\'s bill comes near what was planned. It stops nothing.'

@description('Required. What a month may cost, in the currency of the bill.')
@minValue(1)
@maxValue(1000000)
param amount int

@description('Required. First day of a month, not in the past when the budget is made, such as 2027-01-01; Azure does not let it be changed.')
param startDate string

@description('Required. Address that is told.')
param email string

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: 'nerine'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: {
      spent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: [email]
      }
      foreseen: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: [email]
      }
    }
  }
}
