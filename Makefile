# make demo: raw events to scored customers. make test: the tests. make help: the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Processes that share the tests, each with a Spark session of its own of up to 4 GiB
WORKERS ?= 2

# Sizes of the soak: all halt points, so many records of dirt and so many runs that are killed
SOAK := CDP_FAULTS=every CDP_FAULT_ROWS=10000 CDP_FAULT_KILLS=20

.PHONY: help setup demo retail test soak lint docs lock clean java python

help: ## What there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

python:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 is needed and was not found: install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }

java:
	@java -version 2>&1 | grep -qE 'version "(17|21)' \
	  || { echo "Java 17 is needed and was not found: install a JRE 17 (for Debian: openjdk-17-jre-headless) and put java on PATH" >&2; exit 1; }

.venv/made: requirements.lock pyproject.toml
	@echo "making .venv from requirements.lock …" >&2
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: python java .venv/made ## Make .venv and fetch the pinned jars
	@$(BIN)/python -m cdp_spark.lake.jars

demo: setup ## Simulated customers, from raw events to the report
	@$(BIN)/cdp demo

retail: setup ## The same on a real grocery panel
	@$(BIN)/cdp demo --data retail

test: setup ## The tests at small size: unit, spark, job and system (one tier: make test TIER=unit)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(if $(TIER),-m "$(TIER) and not bench")

soak: setup ## The long tests: every halt point, many kills, large worlds, all faults at full size
	@$(SOAK) $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "soak or fault or cluster"

lint: setup ## Format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: setup ## Write the references of docs/ from the code
	@$(BIN)/python -m tests.docs.references

lock: ## Resolve requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 --custom-compile-command "make lock" -o requirements.lock

clean: ## Remove lakes and caches, keep .venv and .jars
	rm -rf .lake .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
