#!/bin/sh
# After the resources are there: keys in the vault, and the package that is deployed next.
set -eu
python3 -m scripts.keys ensure "$KEY_VAULT_NAME" --app "$API_APP_ID"
make studio package
