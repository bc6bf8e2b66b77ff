# Two commands do everything: `make demo` and `make test`. Needs Python 3.11+ and a package registry.
PYTHON ?= python3
SIZE ?= small
DEMO ?= demo
BIN := .venv/bin

.PHONY: demo test lint install clean

demo: install
	$(BIN)/aac demo $(DEMO) --size $(SIZE)

# One process more than two cores have: some tests wait for a clock, or for a process to end.
test: install
	$(BIN)/python -m pytest -n 3 --dist worksteal

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "aac needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@

clean:
	rm -rf .venv demo build *.egg-info
