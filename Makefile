# FinanceHub TUI. `make demo` needs only git, make and Python 3.11 or later.
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
CREATE := $(UV) venv --quiet --seed --allow-existing --python $(PYTHON)
INSTALL = $(UV) pip install --quiet --compile-bytecode --python $(1)/bin/python
else
CREATE := $(PYTHON) -m venv
INSTALL = $(1)/bin/python -m pip install --quiet --disable-pip-version-check
endif
PYTEST_WORKERS ?= 3

.PHONY: demo run test check bench pictures lock clean

demo: .venv/.run  ## open the workstation on bundled data, without network
	@$(BIN)/financehub --demo

run: .venv/.run  ## open the workstation, live
	@$(BIN)/financehub

test: .venv/.test  ## run the whole test suite with coverage
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadscope --no-loadscope-reorder --cov --cov-report=term:skip-covered --cov-fail-under=90 tests

check: .venv/.test  ## format, lint, strict types, import contracts, links of the docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/check_docs.py

bench: .venv/.bench .venv-peers/.installed  ## measure beside the peers; writes bench/results/
	@$(BIN)/python -m bench

pictures: .venv/.test  ## make the README's pictures from a real session
	@$(BIN)/python tools/pictures.py

lock:  ## pin the dependencies of pyproject.toml with hashes
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements/run.txt pyproject.toml
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra test -c requirements/run.txt -o requirements/test.txt pyproject.toml
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra test --extra bench -c requirements/test.txt -o requirements/bench.txt pyproject.toml
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group peers -o requirements/peers.txt

clean:
	rm -rf .venv .venv-peers .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build

.venv/.made:
	@$(CREATE) .venv
	@touch $@

.venv/.%: requirements/%.txt pyproject.toml .venv/.made
	@echo "Installing what requirements/$*.txt pins (once) ..."
	@$(call INSTALL,.venv) --require-hashes -r requirements/$*.txt
	@$(call INSTALL,.venv) --no-deps -e .
	@$(BIN)/python -m compileall -q financehub_tui
	@touch $@

# Programs and libraries to measure beside, whose pins conflict with ours.
.venv-peers/.installed: requirements/peers.txt
	@echo "Installing the peers that requirements/peers.txt pins (once) ..."
	@{ $(CREATE) .venv-peers && $(call INSTALL,.venv-peers) --require-hashes -r requirements/peers.txt && touch $@; } \
		|| echo "The peers could not be installed: their figures are left out."
