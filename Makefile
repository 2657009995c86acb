# The portal's commands. "make help" lists them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= $(shell n=$$(nproc); echo $$((n < 4 ? n + 1 : 4)))
AUDIT ?= ../shared/tools/phone_audit.py
# Tests write small databases all the time; in memory they need not wait for a disk.
MEMORY := $(shell d=/dev/shm; [ -d $$d ] && [ -w $$d ] && ! grep -qE " $$d .*noexec" /proc/mounts && \
  [ "$$(df -Pk $$d | awk 'END {print $$4}')" -gt 4194304 ] && echo TMPDIR=$$d)
APT := chromium chromium-headless-shell postgresql redis-server fonts-noto-core fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0

.PHONY: help run test lint types translations strings bench lab lab-small soak audit-pages attack-report ci packages clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

.venv/run: requirements.txt
	@echo "Installing packages into .venv …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

translations: .venv/run ## Compile the catalogues
	@$(BIN)/pybabel --quiet compile --directory translations

run: .venv/run translations ## Start both processes with demonstration data on http://127.0.0.1:8000
	@$(BIN)/python config.py
	@exec $(BIN)/flask demo run

PYTEST := $(MEMORY) $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# What takes longest (a browser, servers of its own) runs beside the attacks: "make ci" runs both.
APART := $(patsubst %,tests/browser/test_%.py,accessibility coming_back kiosk print promises round_by_pages \
  rounds_that_go_wrong scale staff_pages two_tabs) $(patsubst %,tests/%.py,backups/test_backups journeys/test_round \
  keys/test_destroyed_keys security/test_installed security/test_walls storage/test_at_once)

test: .venv/dev translations ## Run the suite (a browser is installed if none is found)
	@$(BIN)/python -m tests.support.browser
	@$(PYTEST) --ignore tests/lab $(APART:%=--ignore %)

lab-small: .venv/dev translations ## Run attacks, kills and long browser tests at their small size
	@$(BIN)/python -m tests.support.browser
	@$(PYTEST) tests/lab $(APART) --ignore tests/lab/long

lab: .venv/dev translations ## Run the long checks at their full size: attacks, kills, timing, crowd
	@SOAK=1 $(BIN)/python -m pytest tests/lab $(APART) -s

soak: lab

lint: .venv/dev ## Check style and imports
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: .venv/dev ## Check types
	@$(BIN)/mypy

strings: .venv/dev ## Bring the catalogues in step with the source
	@$(BIN)/pybabel --quiet extract -F translations/babel.cfg -k _l --no-location --sort-output --project portal -o translations/messages.pot .
	@for po in translations/*/LC_MESSAGES/messages.po; do l=$$(basename $$(dirname $$(dirname $$po))); \
	  $(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete -i translations/messages.pot -d translations -l $$l; done

bench: .venv/dev translations ## Time pages and the letterbox against a bare reference in the same run
	@$(BIN)/python -m tests.lab.bench

audit-pages: .venv/dev translations ## Measure the respondent pages as a cheap phone meets them
	@AUDIT=$(AUDIT) $(BIN)/python -m tests.lab.audit_pages

attack-report: .venv/dev translations ## Attack our design and a naive one on each database, and write docs/attack-report*.md
	@$(BIN)/python -m tests.support.browser
	@home=$$(mktemp -d); outcome=0; export PORTAL_ENV=development PORTAL_HOME=$$home; \
	  $(BIN)/flask attack run --page docs/attack-report.md || outcome=1; \
	  $(BIN)/flask attack run --database postgresql --page docs/attack-report-postgresql.md || outcome=1; \
	  rm -rf $$home; exit $$outcome

packages: ## Install the Debian packages that the suite uses (as root)
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  missing=$$(for p in $(APT); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	  if [ -n "$$missing" ]; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; fi; fi

ci: packages lint types ## What continuous integration runs
	@REQUIRE_SERVICES=1 $(MAKE) --no-print-directory test lab-small

clean: ## Remove what make built; installations stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis audit-out
	@find . -name __pycache__ -prune -exec rm -rf {} +
