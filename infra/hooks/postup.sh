#!/bin/sh
# After everything is deployed: does it work, and what now?
set -eu
KEYS="NERINE_AUTHOR_KEYS and NERINE_QUERY_KEYS"
NERINE_KEY="${NERINE_AUTHOR_KEYS:-}"
NERINE_KEY="${NERINE_KEY%%,*}"
if [ -z "$NERINE_KEY" ]; then
  KEYS="python3 -m scripts.keys show $KEY_VAULT_NAME author    (or: query)"
  NERINE_KEY="$(python3 -m scripts.keys show "$KEY_VAULT_NAME" author | head -n 1)"
fi
export NERINE_KEY
# An app whose identity was not yet let in when it looked its keys up does not start: then it looks once more.
python3 -m scripts.smoke_test "$API_ENDPOINT" || {
  python3 -m scripts.keys refresh "$API_APP_ID"
  python3 -m scripts.smoke_test "$API_ENDPOINT"
}
case "$(infra/chosen.sh)" in
  main.prod) COSTS="about 68 USD a month when idle, about 82 USD with 1,000,000 predictions" ;;
  *) COSTS="about 9 USD a month when idle, about 66 USD with 1,000,000 predictions" ;;
esac
cat <<TEXT

Endpoint   $API_ENDPOINT
Studio     $API_ENDPOINT/studio
Keys       $KEYS
Costs      $COSTS: docs/azure.md says what is assumed
TEXT
