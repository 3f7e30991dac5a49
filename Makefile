# The two commands: `make discover ARTIST="Drake"` and `make test`. Both build what they need.

PYTHON ?= python3
ARTIST ?= Drake
VENV := .venv
BIN := $(VENV)/bin

.PHONY: discover test lint types check bench clean

discover: $(VENV)/run
	@$(BIN)/linernotes discover "$(ARTIST)"

test: $(VENV)/dev
	@$(BIN)/pytest

lint: $(VENV)/dev
	@$(BIN)/ruff check && $(BIN)/ruff format --check

types: $(VENV)/dev
	@$(BIN)/mypy

check: lint types test

clean:
	rm -rf $(VENV)

# A stamp for each set of locked requirements; the development set contains the other.
$(VENV)/run: requirements/run.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what Linernotes needs into $(VENV) …" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/run
	@echo "installing what its development needs …" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
