# Two commands are all anyone needs: `make demo` and `make test`. Each does its own set-up.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test check fix bench docs lock wheel clean setup setup-run translations

PYTHON ?= python3
PORT ?= 8080
SPEED ?= 1
DATA ?= var/demo
WORKERS ?= auto
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.runtime
DEV_STAMP := $(VENV)/.dev
SOURCES := telemetry storage collectors history alarms dashboards operations reports config api web app simulator bench tests

help: ## what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

demo: setup-run ## start the product on a simulated plant (PORT=8080 SPEED=1 DATA=var/demo)
	@exec $(BIN)/outfall demo --port $(PORT) --speed $(SPEED) --data $(DATA)

test: check ## every check and every test (WORKERS=auto: as many side by side as there are cores)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: setup ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: setup ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## measure what the design promises, beside what a user would pick instead
	$(BIN)/python -m bench

docs: setup ## write anew what the reference pages take from the code
	@$(BIN)/python -m tests.docs.generate

translations: setup ## read new words out of templates and code into the catalogues
	$(BIN)/pybabel -q extract -F web/locale/babel.cfg -k _ -k N_ --no-location --sort-output --project outfall -o web/locale/web.pot .
	$(BIN)/pybabel -q update -D web -i web/locale/web.pot -d web/locale --no-fuzzy-matching --ignore-pot-creation-date

wheel: setup ## build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q requirements/build.in -o requirements/build.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q pyproject.toml -o requirements/runtime.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q pyproject.toml --extra postgresql -o requirements/container.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q pyproject.toml --extra postgresql --group dev -o requirements/dev.txt

setup-run: $(RUN_STAMP) ## what `make demo` needs
setup: $(DEV_STAMP) ## what the checks and tests need

# Hashes cannot be given for the project itself, so it is installed in a second step, from
# locked build requirements and without asking the network again.
$(RUN_STAMP): requirements/build.txt requirements/runtime.txt pyproject.toml hatch_build.py $(wildcard web/locale/*/LC_MESSAGES/*.po)
	@./tools/install.sh $(VENV) "$(PYTHON)" requirements/build.txt requirements/runtime.txt
	@touch $@

$(DEV_STAMP): requirements/dev.txt pyproject.toml hatch_build.py $(wildcard web/locale/*/LC_MESSAGES/*.po)
	@./tools/install.sh $(VENV) "$(PYTHON)" requirements/dev.txt
	@touch $@ $(RUN_STAMP)

clean: ## remove what was built; the data under var/ stays
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
