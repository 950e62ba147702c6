# Every target works on a machine that has Python 3.12, make and a package registry.
PYTHON ?= $(shell command -v python3.12 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
SECONDS ?= 0
N ?= 20
FRAMES ?= 1000000
CASES ?= 10000
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix web
NODE_READY := web/node_modules/.ready
API_TYPES := web/src/wire/api.d.ts
WEB := app/web/index.html
RECORD := $(BIN)/python -m app.cli.recording

.DEFAULT_GOAL := help
.PHONY: help setup web screenshots demo test check test-core mutants stories swarm fuzz fuzz-api audit bench measure figures lifecycle lock clean

help: ## what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12) and "Naranja needs Python 3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

$(NODE_READY): web/package.json web/package-lock.json web/.npmrc $(READY)
	$(NPM) ci --silent
	@touch $(NODE_READY)

$(API_TYPES): $(NODE_READY) $(wildcard app/api/*.py) app/main.py
	$(BIN)/naranja openapi > web/openapi.json
	$(NPM) run --silent types
	@touch $(API_TYPES)

$(WEB): $(API_TYPES) $(shell find web/src web/public -type f) $(wildcard web/*.html web/*.ts web/*.js)
	$(NPM) run --silent build
	@touch $(WEB)

setup: $(READY) $(WEB) ## make .venv with everything pinned in requirements.lock, and build the pages

web: $(WEB) ## build the web pages into app/web, where the service serves them

demo: $(READY) $(WEB) ## a made-up city with its calls, patrols and shelters; SECONDS=60 ends by itself
	$(BIN)/naranja demo --seconds $(SECONDS)

test: $(READY) $(WEB) ## every test, on a real PostgreSQL started for the run; the pages in a real browser
	$(NPM) test --silent
	$(BIN)/python -m pytest -q -n 4 --dist loadgroup

check: $(READY) $(API_TYPES) ## lint, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(NPM) run --silent check
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_web_architecture.py

test-core: $(READY) ## the pure core only: no database, seconds
	$(BIN)/python -m pytest -q tests/core tests/test_architecture.py

# The limit: a lie that never stops adding must not take the whole machine with it.
mutants: $(READY) ## tell the pure core one small lie after another, and count how many its tests notice
	ulimit -v 6000000; $(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results --all true | $(BIN)/python -m tests.mutants

screenshots: $(READY) $(WEB) ## pictures of every page, by day and by night, into docs/screens
	$(BIN)/python -m tests.web.screenshots docs/screens

stories: $(READY) ## the real service under a hand clock
	$(BIN)/python -m pytest -q tests/stories

swarm: $(READY) ## N=100 invented days in which everything fails that can, watched after every command
	$(BIN)/naranja swarm --seeds $(N)

fuzz: $(READY) ## FRAMES=1000000 frames of noise on several sockets; oversize, memory, alive afterwards
	$(BIN)/python -m tests.fuzz.frames --frames $(FRAMES)

fuzz-api: $(READY) ## CASES=10000 made-up requests or more, in every role, against the API's own description
	$(BIN)/python -m tests.fuzz.api --cases $(CASES)

audit: $(READY) ## whether a pinned package is known to be broken, and how many could not be asked about
	$(BIN)/python -m tests.supply.audit

bench: $(READY) ## time an alert decided and saved, beside one bare insert
	$(BIN)/naranja bench dispatch

measure: $(READY) ## run every bench anew into docs/figures; FLOOR=path of the reference floor
	$(if $(FLOOR),$(RECORD) dispatch docs/figures bench dispatch --floor $(FLOOR))
	$(RECORD) stages docs/figures bench dispatch --stages
	$(RECORD) push docs/figures bench push
	$(RECORD) positions docs/figures bench positions
	$(RECORD) scale docs/figures bench scale

figures: $(READY) ## write the pages of figures from what the runs in docs/figures have left
	$(BIN)/naranja figures

lifecycle: $(READY) ## draw docs/lifecycle.md anew from the tables
	$(BIN)/python -m app.dispatch.lifecycle > docs/lifecycle.md

lock: $(READY) ## pin the dependencies again, with hashes
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header --no-emit-index-url --group dev pyproject.toml -o requirements.lock

clean: ## remove what the other targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist mutants var app/web web/node_modules web/openapi.json $(API_TYPES)
