#!/bin/sh
# After everything is deployed: does it work, and what now?
set -eu
NERINE_KEY="$(python3 -m scripts.keys show "$KEY_VAULT_NAME" author | head -n 1)"
export NERINE_KEY
python3 -m scripts.smoke_test "$API_ENDPOINT"
cat <<TEXT

Endpoint   $API_ENDPOINT
Studio     $API_ENDPOINT/studio
Keys       python3 -m scripts.keys show $KEY_VAULT_NAME author    (or: query)
Costs      about 8 USD a month when idle, about 65 USD with 1,000,000 predictions: docs/azure.md says what is assumed
TEXT
