# Works from any directory: make -C DIR …, make -f DIR/Makefile …
COMMANDS := help demo test check bench docs lock wheel clean
.PHONY: $(COMMANDS)
.DEFAULT_GOAL := help

ifneq ($(strip $(MAKEFILE_LIST)),Makefile)

HERE := $(strip $(MAKEFILE_LIST))
$(COMMANDS):
	@$(MAKE) --no-print-directory -C "$$(dirname '$(HERE)')" $@

else

SHELL := /bin/sh
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Written after an installation: as long as they are newer than the locks, nothing needs the network.
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME) ## a made-up portal through the whole job, into the directory demo
	@$(BIN)/plugin-digest demo --dir demo

test: $(DEV) ## run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(DEV) ## lint, formatting, types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(DEV) ## run the benchmarks
	@set -e; for bench in tests/bench/[!_]*.py; do echo "$$bench"; $(BIN)/python "$$bench"; done

wheel: $(RUNTIME) ## build the wheel into dist
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

COMPILE := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header
docs: $(DEV) ## renew docs/settings.md
	@$(BIN)/python tests/settings_reference.py

lock: ## renew requirements*.txt (needs uv and the network)
	$(COMPILE) --upgrade --group build --output-file requirements.txt
	$(COMPILE) --upgrade --group dev --constraints requirements.txt --output-file requirements-dev.txt

clean: ## remove what was built and made; .venv stays
	rm -rf demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(DEV): requirements-dev.txt $(RUNTIME)
	@echo "installing what tests and checks need"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/pip
	@echo "installing plugin-digest into $(VENV)"
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# The first Python that is new enough; PYTHON=… names another.
$(BIN)/pip:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  "$$python" -m venv $(VENV) && exit 0; \
	  echo "make: $$python cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; \
	  exit 1; \
	done; \
	echo "make: Python 3.11 or later is needed; name one with: make PYTHON=/path/to/python3 …" >&2; exit 1

endif
