#!/bin/sh
# Before anything is changed: which image the trainer runs, where this machine has not built it.
set -eu
if [ -z "${SERVICE_TRAINER_IMAGE_NAME:-}" ]; then
  IMAGE="$(python3 -m scripts.trainer_image "$AZURE_ENV_NAME")"
  if [ -n "$IMAGE" ]; then
    azd env set SERVICE_TRAINER_IMAGE_NAME "$IMAGE"
  fi
fi
