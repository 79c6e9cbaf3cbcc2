# FinanceHub TUI. `make demo` needs only git, make and Python 3.11 or later.
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
CREATE := $(UV) venv --quiet --seed --allow-existing --python $(PYTHON) .venv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
else
CREATE := $(PYTHON) -m venv .venv
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif
PYTEST_WORKERS ?= 2

.PHONY: demo run test check bench pictures lock clean

demo: .venv/.run  ## open the workstation on bundled data, without network
	@$(BIN)/financehub --demo

run: .venv/.run  ## open the workstation, live
	@$(BIN)/financehub

test: .venv/.test  ## run the whole test suite with coverage
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadscope --cov --cov-report=term:skip-covered --cov-fail-under=90 tests

check: .venv/.test  ## format, lint, strict types, import contracts, links of the docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/check_docs.py

bench: .venv/.bench  ## measure beside the peers; writes bench/results/
	@$(BIN)/python -m bench

pictures: .venv/.test  ## make the README's pictures from a real session
	@$(BIN)/python tools/pictures.py

lock:  ## pin the dependencies of pyproject.toml with hashes
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements/run.txt pyproject.toml
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra test -c requirements/run.txt -o requirements/test.txt pyproject.toml
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra test --extra bench -c requirements/test.txt -o requirements/bench.txt pyproject.toml

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build

.venv/.made:
	@$(CREATE)
	@touch $@

.venv/.%: requirements/%.txt pyproject.toml .venv/.made
	@echo "Installing what requirements/$*.txt pins (once) ..."
	@$(INSTALL) --require-hashes -r requirements/$*.txt
	@$(INSTALL) --no-deps -e .
	@touch $@
