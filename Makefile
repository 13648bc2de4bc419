# Every target does its own set-up: from a fresh clone, `make example` or `make test` is all there is to type.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

export TF_CPP_MIN_LOG_LEVEL ?= 3
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help example test lint format docstrings bench browser clean

help:
	@echo "make example   train on Boston Housing and print the test error"
	@echo "make test      lint, then the whole test suite"
	@echo "make lint      ruff only"
	@echo "make format    let ruff rewrite what it can"
	@echo "make docstrings  write what parameters are described as into the estimators' docstrings"
	@echo "make bench     time this package against its peers (benchmarks/RESULTS.md)"
	@echo "make clean     remove the virtual environment"

example: $(VENV)/.example
	$(BIN)/python -m examples.boston_housing

test: lint browser
	$(BIN)/python -m pytest -q -n $(WORKERS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docstrings: $(VENV)/.dev
	$(BIN)/python -m estimators.base.parameters.docstrings estimators

# Pages of training runs are tested in Debian's chromium; where it cannot be had those tests skip.
browser:
	@test -x /usr/bin/chromium || test "$$(id -u)" != 0 || ! command -v apt-get > /dev/null || \
	{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
	--no-install-recommends chromium fonts-dejavu-core; } > /dev/null 2>&1 || true

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# One stamp for each set of extras, renewed when pyproject.toml changes.
EXTRAS_example := plot,data
EXTRAS_dev := dev
EXTRAS_bench := bench

$(VENV)/.%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS_$*)]'
	@touch $@
