using 'main.bicep'

// Cheap when idle: nothing runs, nothing is private, everything may be deleted.
// Values come from the environment: azd sets these names, and people without azd export them.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param operatorPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param operatorPrincipalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
param entraClientId = readEnvironmentVariable('NERINE_ENTRA_CLIENT_ID', '')
param authorKeys = readEnvironmentVariable('NERINE_AUTHOR_KEYS', '')
param queryKeys = readEnvironmentVariable('NERINE_QUERY_KEYS', '')
param trainerImage = readEnvironmentVariable('SERVICE_TRAINER_IMAGE_NAME', '')
param trainerWorkloadProfile = readEnvironmentVariable('NERINE_TRAINER_PROFILE', 'Consumption')
param trainerMinReplicas = int(readEnvironmentVariable('NERINE_TRAINER_MIN_REPLICAS', '0'))
param allowedIpRanges = filter(split(readEnvironmentVariable('NERINE_ALLOWED_IPS', ''), ','), address => !empty(address))
param alertEmail = readEnvironmentVariable('NERINE_ALERT_EMAIL', '')

param logDailyQuotaGb = 1
