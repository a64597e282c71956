# Every command sets up what it needs: Rust, CPython 3.11 or newer and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The package, built for development, and what tests and lints it.
INSTALLED := $(VENV)/.installed
TESTING := $(VENV)/.testing
RUST_SOURCES := $(shell find src -name '*.rs') Cargo.toml Cargo.lock

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# An activated environment of the caller's must not be the one that is changed.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)

.DEFAULT_GOAL := help
.PHONY: help demo test test-rust test-python lint format check bench wheel notebook simulate build clean

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## List 10,000 made-up sessions from a server in memory
	@$(BIN)/blocks-sessions demo

build: $(INSTALLED) ## Build the package into .venv

test: test-rust test-python ## Run the Rust and the Python tests

test-rust: ## Run the core's and the emulator's tests, without Python
	cargo test --locked --no-default-features

test-python: $(INSTALLED) $(TESTING) ## Run the Python tests
	$(BIN)/python -m pytest

lint: $(INSTALLED) $(TESTING) ## Check format, lints, types and stubs
	cargo fmt --check
	cargo clippy --locked --no-default-features --all-targets -- -D warnings
	cargo clippy --locked --lib -- -D warnings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest blocks_sessions

format: $(TESTING) ## Format the Rust and the Python code
	cargo fmt
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: lint test ## Lint and test: what the continuous integration runs

wheel: $(VENV)/.tools ## Build the release wheel into dist/
	$(BIN)/maturin build --release --locked --strip --out dist

# BENCH="--only collect --rounds 3" chooses; BENCH="--into ../docs/performance.md" writes what is documented.
bench: $(VENV)/.tools ## Measure against other clients, side by side
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/maturin build --quiet --release --locked --strip --out dist
	$(BIN)/python -m pip install --quiet --force-reinstall --no-deps --no-index --find-links dist blocks-sessions
	@rm -f $(INSTALLED)
	cargo build --quiet --release --locked --no-default-features --example bare --example prerendered
	cd benches && $(CURDIR)/$(BIN)/python -m compare $(BENCH)

notebook: $(INSTALLED) $(TESTING) ## Run the quickstart notebook and keep its outputs
	$(BIN)/python tests/notebooks.py

simulate: ## Judge the proof of whole listings on simulated services
	BLOCKS_SIMULATIONS=$${BLOCKS_SIMULATIONS:-100000} cargo test --locked --no-default-features --profile fast --test rust simulation -- --nocapture

clean: ## Remove what was built
	rm -rf target dist $(VENV) python/blocks_sessions/_core*.so

$(VENV)/.tools: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "CPython 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' 'maturin>=1.9,<2'
	@touch $@

$(TESTING): $(VENV)/.tools
	$(BIN)/python -m pip install --quiet --group test
	@touch $@

$(INSTALLED): $(VENV)/.tools $(RUST_SOURCES)
	@echo "building the package: minutes the first time, seconds later"
	@$(BIN)/maturin develop --quiet --locked --extras progress > $(VENV)/build.log || { cat $(VENV)/build.log >&2; exit 1; }
	@touch $@
