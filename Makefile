# The contributor guide: `make help` tells what there is. Every target sets up what it needs.
# Needs make and Python ≥ 3.11; as root on Debian or Ubuntu missing system packages are installed, otherwise named.

PORT ?= 8000
ONCE ?=
PYTEST_ARGS ?=

BIN := .venv/bin
# What checks may load without a database: Django, but no query.
NO_DATABASE := CHANNEL_MANAGER_NO_DATABASE=1 DJANGO_SETTINGS_MODULE=channel_manager.config.settings
COMPILE := $(BIN)/uv pip compile --python-version 3.11 --universal --generate-hashes --strip-extras \
	--no-emit-index-url --no-emit-find-links --quiet

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check chaos mechanisms bench screens messages fmt requirements clean runtime dev
MAKEFLAGS += --no-print-directory

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: runtime ## See it work: pages on PORT=8000, simulated platforms on the next two; ONCE=1 plays it without a browser
	@$(BIN)/channel-manager demo $(if $(filter-out 0,$(ONCE)),--once,--port $(PORT))

demo-reset: runtime ## Throw the demo's data away
	@$(BIN)/channel-manager demo --reset

test: dev ## The whole test suite, browser tests included where Chromium is; PYTEST_ARGS="-k name" chooses
	@scripts/test.sh $(PYTEST_ARGS)

check: dev ## Style, types, import directions, migrations
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(NO_DATABASE) $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(NO_DATABASE) $(BIN)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run

chaos: dev ## Real workers under seeded faults, whole states compared; SEED=1 FAULTS=500
	@$(BIN)/python -m chaos --seed $(or $(SEED),1) --faults $(or $(FAULTS),500) --minutes $(or $(MINUTES),60)

mechanisms: dev ## Each mechanism of the engine removed in turn, so that its test fails; NAMES="lease" chooses
	@$(BIN)/python tests/mechanisms/remove.py $(NAMES)

bench: dev ## Throughput, latency and memory
	@$(BIN)/python -m benchmarks

screens: dev ## Pictures of every page into docs/screens; NAMES="home orders" takes some of them, into a new folder
	@$(BIN)/python -m screens $(NAMES)

messages: dev ## Collect every sentence of the pages into the catalogues of the languages, and compile them
	@$(BIN)/python scripts/messages.py

fmt: dev ## Put the code into its form
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

requirements: dev ## Resolve requirements/*.in anew into pinned, hashed lists; UPGRADE=1 takes newer releases
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/runtime.in -o requirements/runtime.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) -c requirements/runtime.txt requirements/dev.in -o requirements/dev.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/strangers.in -o requirements/strangers.txt

clean: ## Remove what can be made again; data in var/ stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
	find channel_manager channel_simulators tests -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@scripts/bootstrap.sh runtime

dev:
	@scripts/bootstrap.sh dev
