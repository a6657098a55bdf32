#!/bin/sh
# After the resources are there: keys in the vault, and the package that is deployed next.
set -eu
if [ -z "${NERINE_AUTHOR_KEYS:-}" ] || [ -z "${NERINE_QUERY_KEYS:-}" ]; then # else the vault holds none
  python3 -m scripts.keys ensure "$KEY_VAULT_NAME" --app "$API_APP_ID"
fi
make studio package
