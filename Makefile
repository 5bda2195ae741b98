# Gatewatch: each recipe builds what it needs into .venv; nothing is installed elsewhere.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
QUERIES := .venv/share/gatewatch/duckdb-wasm
SHELL := /bin/bash
FOLDER ?= demo-ledger
PORT ?= 8451

.PHONY: demo serve test whole search check bench docs words pins queries sbom audit wheel clean

# Build a small ledger from what the project ships and show the commands at work.
demo: $(STAMP)
	@$(BIN)/gatewatch demo --folder $(FOLDER)

# Open the site on the demo ledger and the shipped catalogue, at http://127.0.0.1:8451/
serve: $(STAMP)
	@$(BIN)/gatewatch doctor --ledger $(FOLDER) > /dev/null 2>&1 \
		|| $(BIN)/gatewatch demo --folder $(FOLDER) > /dev/null
	@$(BIN)/gatewatch serve --ledger $(FOLDER) --port $(PORT)

# Run every test in parallel, the slow proofs over real registers included. Bytecode is written once for the
# many processes that tests start, whatever the environment says of that.
test: export PYTHONDONTWRITEBYTECODE =
test: $(STAMP) .venv-oonidata/.ready
	@scripts/setup tests
	@$(BIN)/python scripts/queries $(QUERIES)
	@$(BIN)/python -m compileall -q -j 0 src/gatewatch
	$(BIN)/python -m pytest -n auto --dist worksteal

# The same tests, and of wide matrices all: every run proves a sample that holds each value of each axis.
whole: export PYTHONDONTWRITEBYTECODE =
whole: $(STAMP) .venv-oonidata/.ready
	@scripts/setup tests
	@$(BIN)/python scripts/queries $(QUERIES)
	$(BIN)/python -m pytest --whole -n auto --dist worksteal

# Try the laws on examples that no run had before. What is found is named, and becomes an example of its test.
search: $(STAMP)
	$(BIN)/python -m pytest -m hypothesis --whole --hypothesis-profile search -n auto --dist worksteal

# Lint, types and the walls between the rooms.
check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/python docs/words.py --check
	$(BIN)/python scripts/audit.py

# Measure against the baselines in the same run and print the ratios.
bench: $(STAMP) .venv-oonidata/observations/.ready
	$(BIN)/python -m benchmarks

# Write the generated pages of docs anew.
docs: $(STAMP)
	$(BIN)/python docs/generate.py

# Gather the sentences, compile their translations, write the tables of CLDR and of letters.
words: $(STAMP)
	$(BIN)/python docs/words.py

# Compile the pins anew after a change of dependencies in pyproject.toml.
pins: $(STAMP)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate requirements/oonidata.in -o requirements/oonidata.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --all-extras --group dev pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --extra site --extra network --extra draw --group build \
		--constraint requirements/dev.txt pyproject.toml -o requirements/site.txt

# The wheel, its bytes the same wherever it is built, and the bill of what a site installs beside it.
wheel: $(STAMP)
	$(BIN)/python -m hatchling build -t wheel
	$(BIN)/python scripts/sbom.py > dist/gatewatch.cdx.json

# The bill of materials (CycloneDX) from the pins, without the network.
sbom: $(STAMP)
	@mkdir -p dist
	$(BIN)/python scripts/sbom.py > dist/gatewatch.cdx.json

# Compare the pins with advisories at hand: GATEWATCH_ADVISORIES names a folder in the OSV format.
audit: $(STAMP)
	$(BIN)/python scripts/audit.py

# Fetch DuckDB-Wasm, for the page of queries of `gatewatch export --site`.
queries: $(STAMP)
	@$(BIN)/python scripts/queries $(QUERIES)

# Remove the environment and everything that was built.
clean:
	rm -rf .venv .venv-oonidata build dist demo-ledger demo-ledger-site

$(STAMP): requirements/dev.txt pyproject.toml
	@PYTHON=$(PYTHON) scripts/setup base
	@$(PYTHON) -c 'import sys; sys.exit("Gatewatch needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	@echo "Building .venv (once)..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

# A baseline that wants other versions than we do lives by itself.
.venv-oonidata/.ready: requirements/oonidata.txt
	@$(PYTHON) -m venv .venv-oonidata
	@.venv-oonidata/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The last release of the same name that makes observations, beside its successor, whose libraries do for both.
.venv-oonidata/observations/.ready: requirements/oonidata-observations.txt .venv-oonidata/.ready
	@.venv-oonidata/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		--target .venv-oonidata/observations --upgrade -r $<
	@touch $@
