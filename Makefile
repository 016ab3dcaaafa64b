# The environment is made by the first target that needs it, with nothing but Python (3.11 to 3.13) and its venv module.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
CHECKED := $(VENV)/installed-test

.PHONY: demo test long drills audit coverage lint quality bench clean

demo: $(INSTALLED)            ## crawl the packaged sample site and show the corpus; no network once installed
	$(BIN)/civicpress demo

test: $(CHECKED)              ## the tests, but for `long` and `drills`; most of them four at once
	$(BIN)/python -m compileall -q crawler spiders storage
	$(BIN)/python -m pytest -m "not alone and not drill and not long" --numprocesses 4 --dist worksteal --durations 15
	$(BIN)/python -m pytest -m "alone and not drill"

long: $(CHECKED)              ## tests that crawl very often, or in a browser, or are killed over and over
	$(BIN)/python -m pytest -m "long and not alone" --numprocesses 4 --dist worksteal

drills: $(CHECKED)            ## hostile servers, bombs, traps, faults of the disk: one line each of what was seen
	$(BIN)/python -m pytest -m drill --numprocesses 3 --dist worksteal tests/drills

coverage: $(CHECKED)          ## all tests, and which lines none of them reaches; takes half as long again
	$(BIN)/python -m pytest -m "not alone and not drill" --numprocesses 4 --dist worksteal --cov --cov-report=
	$(BIN)/python -m pytest -m "alone and not drill" --cov --cov-append --cov-report=term:skip-covered

lint: $(CHECKED)              ## style, types, the direction between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(INSTALLED): pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else f"civicpress needs Python 3.11 to 3.13, this is {v[0]}.{v[1]}; try: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(CHECKED): pyproject.toml $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

bench: $(CHECKED)             ## throughput, memory, refresh cost beside trafilatura's command line (needs nginx and ../shared)
	$(BIN)/python -m benchmarks.throughput

quality: $(CHECKED)           ## titles, dates and texts against labels; fails where a recorded figure fell (needs ../shared)
	$(BIN)/python -m benchmarks.quality --check

audit: $(CHECKED)             ## known faults of the versions in requirements.lock; says so where no registry answers
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit || { echo "audit: pip-audit cannot be installed; nothing was checked"; exit 0; }; \
	told=$$($(BIN)/pip-audit --no-deps --disable-pip --progress-spinner off --requirement requirements.lock 2>&1); status=$$?; echo "$$told"; \
	if [ $$status -ne 0 ] && ! echo "$$told" | grep -q "known vulnerabilit"; then echo "audit: no registry of known faults answers; nothing was checked"; else exit $$status; fi

clean:                        ## remove the environment and what tools leave behind
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
