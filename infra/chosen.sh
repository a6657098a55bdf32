#!/bin/sh
# Prints which parameter file azure.yaml names, main.dev or main.prod, for whom azd does not tell.
set -eu
sed -n 's/^ *module: *\([a-z.]*\).*/\1/p' azure.yaml
