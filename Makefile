# Everything one needs, on a machine with Python 3.11, make and git.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Without compiled files the workflow sandbox would compile its source again for every ticket.
export PYTHONDONTWRITEBYTECODE =
export UV_COMPILE_BYTECODE = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

BIN := .venv/bin
RUNTIME := .venv/installed-runtime
DEVELOPMENT := .venv/installed-development
ROLE ?= customer
SUBJECT ?=
SEED ?=
MINUTES ?= 63
RATE ?= 8
ARGUMENTS ?=
# Begun first: a file that runs for a minute must not be the last one.
SLOWEST := tests/docs tests/api/http
APART := --ignore tests/browser --ignore tests/chaos/test_chaos.py --ignore tests/soak/test_power_cut.py \
	--ignore tests/soak/test_minute.py
BY_FILE := --dist loadfile --no-loadscope-reorder
ONLY ?=

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: $(RUNTIME) ## start everything, drive one ticket through its life, stay up until Ctrl-C
	@exec $(BIN)/python -m workers.local run

.PHONY: demo
demo: $(RUNTIME) ## the same, but exit with the story's verdict
	@exec $(BIN)/python -m workers.local demo

.PHONY: token
token: $(RUNTIME) ## print a token: ROLE=customer|expert|helpdesk|manager|admin|integration [SUBJECT=...]
	@exec $(BIN)/python -m workers.stack.issuer token --role '$(ROLE)' $(if $(SUBJECT),--subject '$(SUBJECT)')

.PHONY: reset
reset: $(RUNTIME) ## drop the local data
	@exec $(BIN)/python -m workers.local reset

.PHONY: lint
lint: $(DEVELOPMENT) ## format, lint, types, imports
	@$(BIN)/ruff format --check --quiet . || { echo "not formatted: run $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@# On a busy machine its processes give each other up, which is no error of ours: one is enough.
	@$(BIN)/mypy || { [ $$? -eq 2 ] && $(BIN)/mypy --num-workers 0; }
	@$(BIN)/lint-imports

.PHONY: test
test: lint ## every check, and every test that is done in moments
	@exec $(BIN)/pytest --numprocesses 3 $(BY_FILE) -m 'not long' $(APART) $(SLOWEST) tests

.PHONY: test-long
test-long: $(DEVELOPMENT) ## the tests that take long: who is killed, frozen or waited for, every command of the docs
	@exec $(BIN)/pytest --numprocesses 2 $(BY_FILE) -m long $(APART) $(SLOWEST) tests

.PHONY: browser
browser: $(DEVELOPMENT) ## the tests in a browser; needs Chromium on the PATH
	@command -v chromium chromium-browser google-chrome >/dev/null \
	|| { echo "no Chromium on the PATH: install it (Debian: apt-get install chromium)" >&2; exit 1; }
	@exec $(BIN)/pytest --numprocesses 2 --dist loadfile tests/browser

.PHONY: bench
bench: $(DEVELOPMENT) ## the table of figures, from one run
	@$(BIN)/python -m tests.bench.life
	@exec $(BIN)/python -m tests.bench.escalating

.PHONY: chaos
chaos: $(DEVELOPMENT) ## kill and freeze everything while people use it, half an hour: SEED=...
	@exec $(BIN)/python -m tests.chaos --folder .local/chaos $(if $(SEED),--seed '$(SEED)')

.PHONY: chaos-short
chaos-short: $(DEVELOPMENT) ## the same in a minute: a dozen chosen kills
	@exec $(BIN)/pytest tests/chaos/test_chaos.py

.PHONY: cluster
cluster: $(DEVELOPMENT) ## the system as docker-compose has it, on a production Temporal cluster; needs Go
	@exec $(BIN)/python -m tests.cluster

.PHONY: soak
soak: $(DEVELOPMENT) ## prove that no ticket is lost, faults all the while: MINUTES=63 SEED=...
	@exec $(BIN)/python -m tests.soak --folder .local/soak --minutes '$(MINUTES)' --rate '$(RATE)' \
		$(if $(SEED),--seed '$(SEED)') $(ARGUMENTS)

.PHONY: soak-short
soak-short: $(DEVELOPMENT) ## the same in a minute: each kind of fault once
	@exec $(BIN)/pytest tests/soak/test_minute.py

.PHONY: power-cut
power-cut: $(DEVELOPMENT) ## cut the power of a house that waits for its disk, and of one that does not; needs root
	@exec $(BIN)/pytest tests/soak/test_power_cut.py

.PHONY: mutants
mutants: $(DEVELOPMENT) ## change the rules one by one: which changes does no test notice? ONLY='*.ticket.*'
	@exec $(BIN)/python -m tests.mutants $(if $(ONLY),'$(ONLY)')

.PHONY: lock
lock: $(RUNTIME) ## resolve the dependencies anew, within pyproject.toml
	@compile="$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11"; \
	compile="$$compile --no-emit-index-url --no-emit-find-links --no-header"; \
	$$compile pyproject.toml -o requirements.lock; \
	$$compile pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock

.PHONY: clean
clean: ## remove the virtual environment and the caches; local data stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis mutants
	@find . -name __pycache__ -type d -not -path './.local/*' -prune -exec rm -rf {} +

# ---- set-up: once, and again when a lock changes ----

$(RUNTIME): requirements.lock .venv/installed-uv
	$(call install,requirements.lock)

$(DEVELOPMENT): requirements-dev.lock .venv/installed-uv
	$(call install,requirements-dev.lock)

# uv installs the whole lock in 9 s where pip needs 40; pip remains for where uv finds no packages.
define install
	@printf 'set-up: installing what %s names, once ... ' $< >&2; started=$$SECONDS; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $< 2>.venv/uv.log \
	|| $(BIN)/python -m pip install -qq --require-hashes -r $< \
	|| { cat .venv/uv.log >&2; echo "set-up: could not install $<: is the package index reachable?" >&2; exit 1; }; \
	echo "done in $$((SECONDS - started)) s" >&2; touch $@
endef

.venv/installed-uv: requirements-uv.lock
	@for python in $(PYTHON) python3.11 python3 python3.12 python3.13 python; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	[ -n "$${found:-}" ] || { echo "set-up: Python 3.11 or newer is needed and none is on the PATH: install python3.11, or name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }; \
	[ -x $(BIN)/python ] && $(BIN)/python -m pip --version >/dev/null 2>&1 || "$$found" -m venv --clear .venv >/dev/null \
	|| { echo "set-up: $$found cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }; \
	$(BIN)/python -m pip install -qq --require-hashes -r requirements-uv.lock \
	|| echo "set-up: uv is not to be had; pip does it, more slowly" >&2; \
	touch $@
