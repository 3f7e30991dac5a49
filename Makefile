# The two commands: `make discover ARTIST="Drake"` and `make test`. Both build what they need.

PYTHON ?= python3
ARTIST ?= Drake
VENV := .venv
BIN := $(VENV)/bin

.PHONY: discover test lint types check bench clean

# The name goes to the program as it was typed: no $ or quote of it means anything to make or
# to the shell.
discover: $(VENV)/run
	@$(BIN)/linernotes discover '$(subst ','\'',$(value ARTIST))'

# Two at a time, each with servers of its own; many tests wait more than they work.
test: $(VENV)/dev
	@$(BIN)/pytest -n 2 --dist worksteal

lint: $(VENV)/dev
	@$(BIN)/ruff check && $(BIN)/ruff format --check

types: $(VENV)/dev
	@$(BIN)/mypy

check: lint types test

# How fast the engine is beside SQL by hand, and how busy the slowest source is kept; with
# BENCH="--quick" in two minutes.
bench: $(VENV)/dev
	@$(BIN)/python scripts/bench.py $(BENCH)

clean:
	rm -rf $(VENV)

# A stamp for each set of locked requirements; the development set contains the other.
$(VENV)/run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Linernotes needs Python 3.11 or newer: make PYTHON=python3.11")'
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@echo "installing what Linernotes needs into $(VENV) …" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/run
	@echo "installing what its development needs …" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
