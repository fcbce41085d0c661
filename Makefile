# Everything lies in .venv and node_modules; `make setup` brings both up to the committed locks.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
WORKERS ?= 2
PORT ?= 8000

PY := .venv/bin/python
UV := UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never .venv/uv/bin/uv
PYTEST := $(PY) -m pytest
export PYTHON

.PHONY: help
help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ------------------------------------------------------------------ set-up

.PHONY: setup
setup: system .venv/.made-python .venv/.made-assets ## Install what running needs (again: only what changed)

.PHONY: setup-test
setup-test: system-test setup ## Install what the tests need as well

.PHONY: system
system:
	@.ci/system run

.PHONY: system-test
system-test:
	@.ci/system test

.venv/bin/python: | system
	@echo "Creating .venv"
	@$(PYTHON) -m venv .venv

# A folder of its own: a sync of .venv leaves it alone.
.venv/.made-uv: .ci/uv.txt | .venv/bin/python
	@rm -rf .venv/uv
	@$(PY) -m pip install -qq --disable-pip-version-check --target .venv/uv --require-hashes -r .ci/uv.txt
	@touch $@

.venv/.made-python: requirements.txt requirements-demo.txt .venv/.made-uv
	@echo "Installing Python packages"
	@$(UV) pip sync --quiet --python $(PY) --require-hashes requirements.txt requirements-demo.txt
	@touch $@

.venv/.made-assets: package.json package-lock.json .ci/assets.py .ci/npm .ci/node.txt | .venv/bin/python
	@echo "Installing front-end files"
	@.ci/npm ci --ignore-scripts --silent
	@$(PY) .ci/assets.py
	@touch $@

# ------------------------------------------------------------------ use

# A made-up house, so that the demo's reports and pages name one.
DEMO := ASSAY_VAR_DIR=var/demo ASSAY_ORGANISATION="Example Bank"

.PHONY: demo
demo: setup ## Do the main job on real data, from registration to a verified signed PDF
	@rm -rf var/demo
	@$(DEMO) $(PY) manage.py demo

.PHONY: serve-demo
serve-demo: setup ## Look around in what `make demo` made (PORT=8000)
	@$(DEMO) $(PY) manage.py serve --port $(PORT)

.PHONY: serve
serve: setup ## Run web, worker and scheduler together (PORT=8000)
	@$(PY) manage.py serve --port $(PORT)

# ------------------------------------------------------------------ tests

.PHONY: test
test: setup-test ## Run all tests, on PostgreSQL and Redis and then in short on SQLite
	@$(PYTEST) -n $(WORKERS) --dist loadgroup
	@ASSAY_TEST_EMBEDDED=1 $(PYTEST) -m embedded

.PHONY: check
check: setup-test ## Read the code: style, types, floors, migrations, templates, deployment
	@.ci/check

.PHONY: campaign
campaign: setup-test ## Run the long form of each promise (hours)
	@$(PYTEST) -m campaign

# ------------------------------------------------------------------ upkeep

.PHONY: lock
lock: .venv/.made-uv ## Resolve newer versions into the hashed locks
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
		--python-version 3.11 --group dev pyproject.toml -o requirements.txt
	@.ci/npm update --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --silent
	@! grep -n '"resolved"' package-lock.json

.PHONY: clean
clean: ## Remove what was installed and built (var/, with its data, stays)
	@rm -rf .venv node_modules static .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		governance/portal/static/vendor reports/render/assets/fonts
