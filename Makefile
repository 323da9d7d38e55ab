# make demo: raw events to scored customers. make test: all tests. make help: the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Processes that share the tests, each with a Spark session of its own of up to 4 GiB
WORKERS ?= 2

.PHONY: help setup demo retail test lint lock clean java python

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

test: setup ## All tests
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: setup ## Format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: ## Resolve requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 --custom-compile-command "make lock" -o requirements.lock

clean: ## Remove lakes and caches, keep .venv and .jars
	rm -rf .lake .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
