# Every command sets up what it needs: Rust, CPython 3.11 or newer and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The package, built for development, and what tests and lints it.
INSTALLED := $(VENV)/.installed
TESTING := $(VENV)/.testing
# What builds the documentation, and what judges a release.
DOCUMENTING := $(VENV)/.documenting
RELEASING := $(VENV)/.releasing
ENGINES := .venv-engines
RUST_SOURCES := $(shell find src -name '*.rs' -o -name '*.txt') Cargo.toml Cargo.lock

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What no mirror uses of SQLite is left out of wheels: full-text and spatial indexes, statistics of pages, loading of libraries.
WITHOUT := FTS3 FTS3_PARENTHESIS FTS5 RTREE DBSTAT_VTAB LOAD_EXTENSION STAT4
wheel bench: export LIBSQLITE3_FLAGS := $(WITHOUT:%=-USQLITE_ENABLE_%)
WHEEL := $(BIN)/maturin build --release --locked --strip --compression-level 9 --out dist
# An activated environment of the caller's must not be the one that is changed.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)

.DEFAULT_GOAL := help
.PHONY: help demo test test-rust test-python test-engines lint format check docs bench wheel dist notebook simulate soak crash build stubs lock audit notices clean

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

# Engines have an environment of their own: what they bring must not decide what the package is tested with.
test-engines: $(INSTALLED) $(ENGINES)/.installed ## Run Spark, Ray, Dask, polars, dlt and datasets against the emulator
	$(ENGINES)/bin/python -m pytest tests/engines tests/choosing/test_polars.py --timeout 600
	$(ENGINES)/bin/python -m pytest tests/docs/test_pages.py tests/docs/test_docs.py --timeout 600 \
		-k "docs/engines or dask.py or datasets.py or dlt.py"

lint: $(INSTALLED) $(TESTING) $(DOCUMENTING) ## Check format, lints, types and stubs
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

stubs: $(INSTALLED) $(TESTING) ## Write the keywords that are declared in the bindings into the stubs
	$(BIN)/python tests/typing/signatures.py

check: lint test docs ## Lint, test, build the documentation: what the continuous integration runs

# Two generators read one mkdocs.yml, and neither may find anything amiss; the site that stays is the second's.
docs: $(DOCUMENTING) ## Build the documentation into site/, strictly and without a network
	$(BIN)/zensical build --strict --clean --config-file mkdocs.yml
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	$(BIN)/python tools/llms.py site
	$(BIN)/python tools/links.py site

wheel: $(VENV)/.tools ## Build the release wheel into dist/
	$(WHEEL)

dist: wheel $(RELEASING) ## Build wheel and sdist into dist/, use each in an empty environment, judge both
	$(BIN)/maturin sdist --out dist
	for package in dist/blocks_sessions-*.whl dist/blocks_sessions-*.tar.gz; do \
		rm -rf $(VENV)/empty && $(PYTHON) -m venv $(VENV)/empty && $(VENV)/empty/bin/python -m pip install --quiet $$package \
		&& $(VENV)/empty/bin/python tools/smoke.py || exit 1; \
	done
	$(BIN)/twine check --strict dist/*
	$(BIN)/abi3audit --strict --summary dist/*.whl
	$(BIN)/python tools/weigh.py dist/*.whl

# BENCH="--only collect --rounds 3" chooses; BENCH="--into ../docs/performance.md" writes what is documented.
bench: $(VENV)/.tools ## Measure against other clients, side by side
	$(BIN)/python -m pip install --quiet --group bench
	$(WHEEL) --quiet
	$(BIN)/python -m pip install --quiet --force-reinstall --no-deps --no-index --find-links dist blocks-sessions
	@rm -f $(INSTALLED)
	cargo build --quiet --release --locked --no-default-features --example bare --example prerendered
	cd benches && $(CURDIR)/$(BIN)/python -m compare $(BENCH)

notebook: $(INSTALLED) $(TESTING) ## Run the quickstart notebook; keep its outputs, and the page made of them
	$(BIN)/python tests/notebooks.py
	$(BIN)/python tools/notebook.py

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock'
lock: $(RELEASING) ## Resolve requirements/ anew; UPGRADE=--upgrade takes the newest
	$(LOCK) $(UPGRADE) --group test --output-file requirements/test.txt
	for group in build docs engines release; do \
		$(LOCK) $(UPGRADE) --group $$group --constraint requirements/test.txt --output-file requirements/$$group.txt || exit 1; \
	done

audit: $(RELEASING) ## Judge the workflows
	$(BIN)/zizmor --offline --pedantic --quiet .github

notices: ## Write THIRD-PARTY-NOTICES anew (cargo install --locked cargo-about --features cli)
	cargo about generate --locked --offline --fail about.hbs --output-file THIRD-PARTY-NOTICES

crash: ## Kill a thousand exports at random moments, and judge what they come to
	BLOCKS_KILLS=$${BLOCKS_KILLS:-1000} cargo test --locked --no-default-features --test rust export::kills -- --nocapture

soak: $(INSTALLED) $(TESTING) ## Work for twenty agents for ten minutes, and judge what that leaves behind
	$(BIN)/python tests/soak.py $${SOAK_SECONDS:-600}

simulate: ## Judge the proof of whole listings on simulated services
	BLOCKS_SIMULATIONS=$${BLOCKS_SIMULATIONS:-100000} cargo test --locked --no-default-features --profile fast --test rust simulation -- --nocapture

clean: ## Remove what was built
	rm -rf target dist site $(VENV) $(ENGINES) python/blocks_sessions/_core*.so

$(VENV)/.tools: requirements/build.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "CPython 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/build.txt
	@touch $@

# The marks .testing, .documenting and .releasing stand for the lock of that name.
$(TESTING): $(VENV)/.tools requirements/test.txt
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/test.txt
	@touch $@

$(DOCUMENTING): $(VENV)/.tools requirements/docs.txt
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/docs.txt
	@touch $@

$(RELEASING): $(VENV)/.tools requirements/release.txt
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/release.txt
	@touch $@

$(ENGINES)/.installed: requirements/engines.txt
	$(PYTHON) -m venv $(ENGINES)
	$(ENGINES)/bin/python -m pip install --quiet --require-hashes --requirement requirements/engines.txt
	@$(ENGINES)/bin/python -c 'import pathlib, site; pathlib.Path(site.getsitepackages()[0], "blocks_sessions.pth").write_text("$(CURDIR)/python")'
	@touch $@

$(INSTALLED): $(VENV)/.tools pyproject.toml $(RUST_SOURCES)
	@echo "building the package: minutes the first time, seconds later"
	@$(BIN)/maturin develop --quiet --locked --extras progress > $(VENV)/build.log || { cat $(VENV)/build.log >&2; exit 1; }
	@touch $@
