# Every target does its own set-up: it needs make, git and Python 3.11 or newer. `make e2e` also needs a Docker engine, or root on Debian.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test check audit e2e e2e-platform bench bench-short fuzz chaos docs site lock clean set-up

# The newest of the Pythons we test, else any newer one. Tried by running it: a shim may be there and lead nowhere.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	if $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$name; break; fi; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq --no-input
SUM := $(shell cat requirements-dev.txt pyproject.toml | cksum | tr -d ' ')
READY := .venv/.ready-$(SUM)
SHIPPED := .venv/workflows# what people copy: examples, pages, what init writes

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: $(READY) ## everything once, against the sandbox: about ten seconds
	@$(BIN)/python examples/demo.py

test: $(READY) ## unit and integration tests
	@$(BIN)/python -m pytest -q -n auto

check: $(READY) ## formatting, lint, types, arrows between rooms, workflows, Dockerfile
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/python tools/shipped_workflows.py $(SHIPPED)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml $(SHIPPED)/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/zizmor --offline --no-progress --quiet --strict-collection --persona auditor action.yml .github $(SHIPPED)/*.yml
	@# The fork of actionlint that knows `queue`, which GitHub has had since May 2026. Neither shellcheck nor pyflakes, whatever is installed.
	$(BIN)/actionlint -shellcheck= -pyflakes= .github/workflows/*.yml $(SHIPPED)/*.yml
	$(BIN)/hadolint Dockerfile

AUDIT := .venv/audit-$(shell cksum < requirements-audit.txt | cut -d ' ' -f 1)
audit: $(READY) ## known vulnerabilities of every locked package: it needs the network
	@[ -d $(AUDIT) ] || $(PIP) install --require-hashes --no-deps --target $(AUDIT) -r requirements-audit.txt
	@code=0; for each in requirements*.txt; do echo "$$each:"; \
	PYTHONPATH=$(AUDIT) $(BIN)/python -m pip_audit --strict --disable-pip --require-hashes --progress-spinner off -r $$each || code=1; done; exit $$code

# Run once more, with each request to GitHub's stand-in held to GitHub's own description of its API.
DESCRIBED := tests/unit/github $(addprefix tests/integration/test_,$(addsuffix .py,pull_request_comment shown_deployments preview github_state_runs release_pages))

e2e: $(READY) ## the action in a real container, run by act; graphs in a real browser; requests against GitHub's own description; expressions against acorn
	@tests/e2e/engine.sh >/dev/null
	@export FLOWSHIP_OPENAPI="$$(tests/e2e/drawing.sh | sed -n 's/^OPENAPI=//p')"; \
	$(BIN)/python -m pytest -q tests/e2e/test_*.py && $(BIN)/python -m pytest -q -n auto $(DESCRIBED)

N8N := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/flowship-n8n
e2e-platform: $(READY) ## the platform of examples/platforms/n8n against a real n8n, which it installs, and in the container: npm, a C++ compiler, 3 GB, ten minutes the first time
	@$(BIN)/python examples/platforms/n8n/tests/n8n_server.py $(N8N)
	@tests/e2e/engine.sh >/dev/null
	@export FLOWSHIP_N8N_CACHE=$(N8N); \
	$(BIN)/python -m pytest -q -n 2 examples/platforms/n8n/tests && $(BIN)/python -m pytest -q tests/e2e/n8n

CHAOS := $(addprefix tests/integration/test_,$(addsuffix .py,any_reply stopped_anywhere kill race)) tests/integration/promises
chaos: $(READY) ## disturb every request of whatever writes (errors, lost replies, signals, kills), at random instants too, run it again; races: an hour
	@FLOWSHIP_CHAOS=1 $(BIN)/python -m pytest -q -n auto $(CHAOS)

bench: $(READY) ## start-up, a thousand files, deploys, ten thousand workflows, evals, the container: against their limits (PAGE=FILE shows them there)
	@$(BIN)/python bench/run.py $(if $(PAGE),--page $(PAGE))

bench-short: $(READY) ## the same on less, and without the container: a minute
	@BENCH=short $(BIN)/python bench/run.py $(if $(PAGE),--page $(PAGE))

FUZZ := .venv/fuzz-$(shell cksum < requirements-fuzz.txt | cut -d ' ' -f 1)
fuzz: $(READY) ## bytes that a fuzzer makes, a minute as files and one as replies: no exception, no hang (FUZZ_SECONDS=600 for more)
	@[ -d $(FUZZ)/lib ] || $(PIP) install --require-hashes --target $(FUZZ)/lib -r requirements-fuzz.txt
	@for target in lint replies; do \
		PYTHONPATH=$(FUZZ)/lib $(BIN)/python tests/fuzz/fuzz_$$target.py $(FUZZ) $(or $(FUZZ_SECONDS),60); done

docs: $(READY) ## write the generated parts of the pages, the rules' pages and the picture anew
	@$(BIN)/python tools/make_docs.py && $(BIN)/python tools/make_rule_docs.py && $(BIN)/python tools/picture.py

SITE := .venv/site-$(shell cksum < requirements-site.txt | cut -d ' ' -f 1)
site: $(READY) ## the pages as a site, in .venv/site: it needs npm, for the Mermaid that draws its graphs
	@[ -d $(SITE) ] || $(PIP) install --require-hashes --no-deps --target $(SITE) -r requirements-site.txt
	@folder="$$(tests/e2e/drawing.sh | sed -n 's/^FOLDER=//p')"; \
	NO_MKDOCS_2_WARNING=1 MERMAID="$$folder/node_modules/mermaid-11/dist/mermaid.min.js" PYTHONPATH=$(SITE) $(BIN)/python -m mkdocs build --quiet --clean -f tools/site/mkdocs.yml

.PHONY: graph-picture
graph-picture: $(READY) ## draw the pages' picture of a graph anew: it needs npm and Chromium
	@$(BIN)/python tools/graph_picture.py

lock: $(READY) ## pin requirements*.txt anew: the newest versions, with the hash of every wheel
	set -- pip compile --universal --generate-hashes --python-version 3.11 --no-header --quiet --upgrade; \
	$(BIN)/uv "$$@" pyproject.toml -o requirements.txt; \
	$(BIN)/uv "$$@" pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt; \
	$(BIN)/uv "$$@" --group pyproject.toml:audit -o requirements-audit.txt; \
	$(BIN)/uv "$$@" --group pyproject.toml:site -o requirements-site.txt; \
	$(BIN)/uv "$$@" --group pyproject.toml:fuzz -o requirements-fuzz.txt
	for each in requirements*.txt; do sed -i.old '1i # Made by `make lock`; do not edit.' $$each; done; rm requirements*.old

set-up: $(READY) ## only the set-up: .venv with everything in it

clean: ## delete what the targets made here
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(READY):
	@[ -n "$(PYTHON)" ] || { echo "Flowship needs Python 3.11 or newer, with venv (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@echo "set-up: .venv with $$($(PYTHON) -V), about half a minute"
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.txt
	@# The pip just installed, not the one that came along: older ones write a start script that imports `re`.
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(PIP) uninstall -y setuptools 2>/dev/null
	@rm -rf .venv/lib/python3.*/site-packages/tests  # actions-toolkit's own tests, under a name that is ours
	@touch $@
