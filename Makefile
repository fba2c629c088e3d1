# Everything runs in .venv, which `make setup` makes. `make help` lists what there is.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints/tested.txt
STUDY ?= loans
OUT ?= report
FOLDER ?= workspace
ARGS ?=
SECONDS ?= 600
# two files of tests at a time, in their order: what drives a browser takes long and comes early; WORKERS= for one
WORKERS ?= --numprocesses 2 --dist loadfile --no-loadscope-reorder

# `node` and `npm` are the machine's, or those that .ci/node puts into .venv
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help guide report test setup validators browser cron lint js unit fuzz format bench build pins newest clean
.SUFFIXES:

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

guide: .venv/.runtime ## open the guide in JupyterLab, on copies of the notebooks in workspace/
	@.venv/bin/mlops-widgets guide "$(FOLDER)" $(ARGS)

report: .venv/.runtime ## write reports that open offline: STUDY=loans OUT=report
	@.venv/bin/mlops-widgets report "$(STUDY)" --out "$(OUT)" $(ARGS)

test: setup validators browser cron js ## set up and test everything: JavaScript, Python, notebooks, real browser
	$(PY) -m pytest --cov=mlops_widgets $(WORKERS) $(ARGS)

setup: .venv/.dev node_modules/.package-lock.json ## make .venv and node_modules with pinned versions

validators: .venv/.validators ## make .venv/validators, where a program that we didn't write checks our data contracts

browser: ## find a Chromium, or install Debian's where that is possible
	@.ci/browser

cron: ## find a crontab, or install Debian's where that is possible
	@.ci/cron

lint: setup ## format, lint, types, import rules, unused code, dependencies
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-cache
	$(PY) -m vulture
	$(PY) -m deptry .
	npm run --silent check
	npm run --silent verify

js: setup ## test the JavaScript
	npm test --silent

unit: .venv/.dev ## test the Python without notebooks and browser
	$(PY) -m pytest -m 'not browser and not notebook' $(ARGS)

fuzz: .venv/.dev ## fuzz everything that reads a stranger's file: SECONDS=600 in all
	$(PY) tests/fuzz/fuzz.py $(SECONDS)

format: .venv/.dev ## format the Python and mend what can be mended
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: .venv/.dev ## run the benchmarks
	@set -e; for script in benchmarks/*.py; do echo "== $$script"; $(PY) "$$script"; done

build: .venv/.dev ## build wheel and sdist into dist/
	$(PY) -m build --no-isolation

newest: .venv/.dev ## say what the newest versions of all dependencies break
	$(PY) .ci/newest.py

pins: ## resolve the newest versions and write constraints/ and binder/requirements.txt
	.ci/pins

clean: ## remove what was made here, but not workspace/ and report/, which may hold your work
	rm -rf .venv node_modules build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov tests/browser/shots
	find mlops_widgets tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "mlops-widgets needs Python 3.11 or newer, and none was found. Install one, or name it: make setup PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "mlops-widgets needs Python 3.11 or newer; this is $$("$(PYTHON)" --version 2>&1). Name another: make setup PYTHON=python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' || { echo "This Python can't make environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	"$(PYTHON)" -m venv .venv
	@echo '{}' > .venv/package.json  # else Node reads JupyterLab's own scripts as ES modules, as our package.json says

# The build backends are pinned too, so nothing is built in isolation with versions of the day; lime needs setuptools.
.venv/.runtime: pyproject.toml constraints/tested.txt | .venv/bin/python
	@echo "Installing the pinned packages into .venv"
	@$(PIP) hatchling setuptools
	@$(PIP) --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime
	@echo "Installing the pinned tools for tests into .venv"
	@$(PIP) --no-build-isolation --editable '.[dev]'
	@touch $@

# An environment of its own: it needs older versions of what we use.
.venv/.validators: constraints/validators.txt | .venv/bin/python
	@echo "Installing the pinned validators into .venv/validators"
	@rm -rf .venv/validators
	@$(PY) -m venv .venv/validators
	@.venv/validators/bin/python -m pip install --quiet --disable-pip-version-check --requirement constraints/validators.txt
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json | .venv/.dev
	@.ci/node
	npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@
