# Every habit has a name: `make help` lists them. Nothing here needs root, and nothing outside
# this folder is changed, except that `make test` run as root on Debian installs what it lacks.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
# uv trusts the authorities that this machine trusts, which an organisation may have added to.
export UV_SYSTEM_CERTS ?= true
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PYTEST := $(BIN)/python -m pytest
# `make test PYTEST_ARGS="-k calendar"` narrows every lane.
PYTEST_ARGS ?=

PLUGIN_LIST := $(wildcard instance/plugins.txt)
CATALOGUES := $(shell find translations core plugins -name '*.po' -not -path '*/build/*' 2>/dev/null)
FRONT_SOURCES := package.json package-lock.json \
	$(shell find core/static -type f -not -path 'core/static/build/*' 2>/dev/null)

.PHONY: help
help: ## List these targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 22

# -- Run -----------------------------------------------------------------------------------------

.PHONY: run
run: front $(STAMPS)/run $(STAMPS)/catalogues ## Serve Maillage with its demo on http://127.0.0.1:8000.
	@exec $(BIN)/maillage run

.PHONY: doctor
doctor: $(STAMPS)/run ## Say in plain words what is wrong with this installation.
	@$(BIN)/maillage doctor

# -- Environment -----------------------------------------------------------------------------------

.PHONY: env
env: $(STAMPS)/dev front $(STAMPS)/catalogues ## Everything a developer needs, from the hashed locks.

.PHONY: env-run
env-run: $(STAMPS)/run front $(STAMPS)/catalogues ## What production needs, and no more.

$(STAMPS)/uv: requirements/uv.txt
	@if ! $(BIN)/python -c '' 2>/dev/null; then \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
			|| { echo "Maillage needs Python 3.11 or later; say which with PYTHON=…" >&2; exit 1; }; \
		$(PYTHON) -m venv --clear $(VENV) \
			|| { echo "On Debian, the package python3-venv is missing." >&2; exit 1; }; \
	fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@mkdir -p $(STAMPS) && touch $@

# The plugins of instance/plugins.txt come last, held to the versions of the lock.
$(STAMPS)/run: $(STAMPS)/uv requirements/run.txt pyproject.toml $(PLUGIN_LIST)
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/run.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@if [ -s instance/plugins.txt ]; then \
		$(BIN)/uv pip install -q --python $(BIN)/python -c requirements/run.txt -r instance/plugins.txt \
			|| echo "The plugins of instance/plugins.txt were not installed; Maillage runs without them." >&2; \
	fi
	@touch $@

$(STAMPS)/dev: $(STAMPS)/run requirements/dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: lock
lock: $(STAMPS)/uv ## Write requirements/*.txt anew, with the newest versions that pyproject.toml admits.
	@tools/lock

# -- Front end and catalogues ------------------------------------------------------------------------

.PHONY: front
front: core/static/build/.stamp ## Build the sheet, the script, the fonts and the icons.

core/static/build/.stamp: node_modules/.stamp $(FRONT_SOURCES)
	@tools/npm run build
	@mkdir -p $(@D) && touch $@

node_modules/.stamp: package.json package-lock.json $(wildcard .npmrc) | $(STAMPS)/uv
	@tools/npm ci --no-audit --no-fund
	@touch $@

.PHONY: translations-compile
translations-compile: $(STAMPS)/catalogues ## Compile the catalogues of core and of the plugins.

$(STAMPS)/catalogues: $(CATALOGUES) | $(STAMPS)/run
	@$(BIN)/python -m core.translating compile >/dev/null
	@touch $@

.PHONY: translations-update
translations-update: $(STAMPS)/run ## Bring the catalogues up to date with the source.
	@$(BIN)/python -m core.translating update

.PHONY: translations-check
translations-check: $(STAMPS)/run ## Say what the catalogues lack.
	@$(BIN)/python -m core.translating check

# -- Manual ------------------------------------------------------------------------------------------

SPHINX := $(BIN)/python -m sphinx -q -W --keep-going -n

.PHONY: docs
docs: env ## Build the manual in English and French, into build/docs.
	@for language in en fr; do \
		$(SPHINX) -b html -D language=$$language -d build/docs/.doctrees-$$language docs build/docs/$$language; \
	done
	@cp docs/site/front.html build/docs/index.html
	@echo "The manual: build/docs/en/index.html and build/docs/fr/index.html"

# A paragraph that changed keeps its French as a suggestion, marked as fuzzy, until somebody reads it again.
.PHONY: manual
manual: env ## Write the manual of the hooks anew from the code, after a hook or its sentence has changed.
	@$(BIN)/python -m core.scaffold.manual > docs/plugin-authors/hooks.md

.PHONY: docs-update
docs-update: env ## Bring the French catalogues of the manual up to date with its English pages.
	@rm -rf build/docs/gettext
	@$(SPHINX) -b gettext -d build/docs/.doctrees-gettext docs build/docs/gettext
	@$(BIN)/python docs/site/french.py build/docs/gettext

# -- Checks ----------------------------------------------------------------------------------------

.PHONY: check
check: env ## The fast lane: lint, types, imports and the quick tests on SQLite.
	@$(MAKE) --no-print-directory lint types
	$(PYTEST) -n $(JOBS) -m "not browser and not slow and not exhaustive" $(PYTEST_ARGS)

.PHONY: lint
lint: $(STAMPS)/dev ## Style, formatting and the rules about imports.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

.PHONY: types
types: $(STAMPS)/dev ## mypy --strict.
	$(BIN)/mypy

.PHONY: format
format: $(STAMPS)/dev ## Let ruff put imports and lines in order.
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

# Every lane runs even if one before it failed; the first failure decides the answer.
.PHONY: test
test: env test-prepare ## Everything but the exhaustive lanes: both databases, and a real browser.
	@status=0; \
	for lane in lint types test-sqlite test-postgres browser; do \
		echo "== $$lane"; \
		$(MAKE) --no-print-directory $$lane || { status=1; failed="$${failed:-} $$lane"; }; \
	done; \
	if [ $$status -ne 0 ]; then echo "Failed:$$failed" >&2; fi; \
	exit $$status

.PHONY: test-prepare
test-prepare: $(STAMPS)/dev
	@tools/prepare-tests

.PHONY: test-sqlite
test-sqlite: env ## All tests without a browser, on SQLite.
	$(PYTEST) -n $(JOBS) -m "not browser and not exhaustive" $(PYTEST_ARGS)

# Apart, since measuring doubles the time of the tests.
.PHONY: coverage
coverage: env ## The same, and which lines they reach: build/coverage/html.
	@rm -f build/coverage/data*; mkdir -p build/coverage
	@export COVERAGE_FILE=build/coverage/data status=0; \
	$(PYTEST) -n $(JOBS) -m "not browser and not exhaustive" --cov --cov-report= $(PYTEST_ARGS) || status=$$?; \
	$(BIN)/coverage html -q -d build/coverage/html; \
	echo "Coverage: $$($(BIN)/coverage report --format=total) %; the pages are in build/coverage/html."; \
	exit $$status

.PHONY: test-postgres
test-postgres: env ## The same tests on PostgreSQL, but for those that ask no database.
	$(PYTEST) -n $(JOBS) --database=postgresql -m "not browser and not exhaustive and not one_database" \
		$(PYTEST_ARGS)

.PHONY: browser
browser: env ## Every page in Chromium: light at 1280 px, and dark right-to-left at 320 px.
	$(PYTEST) -n $(JOBS) -m "browser and not exhaustive" $(PYTEST_ARGS)

.PHONY: pictures
pictures: env ## Take the pictures of README.md and of the manual anew.
	@rm -rf build/pictures/manual
	$(PYTEST) -m browser tests/browser/test_every_page.py tests/browser/test_documentation.py \
		-k "test_pictures or taken_anew"
	@mkdir -p docs/pictures && cp -R build/pictures/manual docs/pictures/
	@for name in home activities calendar plugins activity-form-arabic-phone home-arabic-phone; do \
		cp build/pictures/$$name.png docs/pictures/; done

.PHONY: browser-all
browser-all: env ## Every page in Chromium, in all eight combinations.
	$(PYTEST) -n $(JOBS) -m "browser" $(PYTEST_ARGS)

.PHONY: fuzz
fuzz: env ## Every form and the importer against thousands of made-up inputs, on both databases.
	$(PYTEST) -n $(JOBS) -m fuzz --timeout=3600 --hypothesis-profile=thorough $(PYTEST_ARGS)
	$(PYTEST) -n $(JOBS) -m fuzz --timeout=3600 --hypothesis-profile=thorough --database=postgresql $(PYTEST_ARGS)

.PHONY: bench-quick
bench-quick: env ## A small and a full site beside a floor, and a large feed, on SQLite in about three minutes.
	@$(BIN)/python -m tests.bench --quick

.PHONY: bench
bench: env ## The same at length on both databases, with imports and exports, in about twenty minutes.
	@$(BIN)/python -m tests.bench

.PHONY: clean
clean: ## Remove everything that was built; the databases and secrets in instance/ stay.
	rm -rf $(VENV) node_modules core/static/build build dist *.egg-info \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache .coverage*
	find core plugins tests translations tools docs \( -name __pycache__ -o -name '*.mo' \) \
		-prune -exec rm -rf {} + 2>/dev/null || true
