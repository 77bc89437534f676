# The operators' front door. Every target sets up what it needs first.
PYTHON ?= python3
PY := .venv/bin/python
# The whole machine's answer to "python" may be old: say so at once, not in the middle.
CHECK := $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'

# What two tests of the API's description need from npm; the others need none of it.
NPM := tests/openapi/clients
WITHOUT_NPM := NOT TESTED are Redocly's lint and the TypeScript client:

AT_ONCE := -n 4 --dist worksteal
# What make has started ends with make, also when make is killed.
WITH_MAKE := exec env ENDS_WITH_PID=$$PPID $(PY)

.DEFAULT_GOAL := help
.PHONY: help run serve jobs jobs-once migrate copy-to-postgres backup sync communities test campaign bench check format tours tour outbox replay cancel-tour switch-community doctor move-lock tasks task-done clean

help: ## list every target
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

run: .venv/sandbox ## everything on loopback with the sandbox as Knock and lock system
	@$(WITH_MAKE) -m sandbox

serve: .venv/product ## the web application only (PORT, HOST, WORKERS)
	@$(WITH_MAKE) -m vendor_app serve

jobs: .venv/product ## the scheduler only
	@$(WITH_MAKE) -m jobs

jobs-once: .venv/product ## every job once, in order
	@$(PY) -m jobs once

migrate: .venv/product ## bring the database up to date
	@$(PY) -m vendor_app migrate

copy-to-postgres: .venv/product ## move a SQLite database into an empty PostgreSQL: TO=postgresql://… [FROM=sqlite:///var/vendor.db]
	@$(PY) -m vendor_app copy-to-postgres $(if $(FROM),--from "$(FROM)") --to "$(TO)"

backup: .venv/product ## copy the SQLite database, also while it is in use: TO=file
	@$(PY) -m vendor_app backup --to "$(TO)"

sync: .venv/product ## fetch the communities that Knock lists, and say what has changed
	@$(PY) -m vendor_app sync

communities: .venv/product ## take over the communities' rules: FILE=communities.toml [DRY_RUN=1]
	@$(PY) -m vendor_app communities --file "$(FILE)" $(if $(filter-out 0,$(DRY_RUN)),--dry-run)

tours: .venv/product ## the tours booked last
	@$(PY) -m vendor_app tours

tour: .venv/product ## what happened to this tour? ID=tour_…
	@$(PY) -m vendor_app tour "$(ID)"

cancel-tour: .venv/product ## cancel a tour, its doors and its appointment: ID=tour_…
	@$(PY) -m vendor_app cancel-tour "$(ID)"

switch-community: .venv/product ## take a community's tours on or off: ID=… STATE=on|off
	@$(PY) -m vendor_app switch-community "$(ID)" "$(STATE)"

outbox: .venv/product ## what is owed to the partners, and what was given up on
	@$(PY) -m vendor_app outbox

doctor: .venv/product ## is everything connected, and may every community be served by its lock system?
	@$(PY) -m vendor_app doctor

move-lock: .venv/product ## a lock system is found at another address: TO=https://… [LOCK=http|seam]
	@$(PY) -m vendor_app move-lock $(if $(LOCK),--lock "$(LOCK)") --to "$(TO)"

tasks: .venv/product ## what only a person can do
	@$(PY) -m vendor_app tasks

task-done: .venv/product ## say that a task has been done by hand: ID=number
	@$(PY) -m vendor_app task-done "$(ID)"

replay: .venv/product ## try a message again that was given up on: ID=number
	@$(PY) -m vendor_app replay "$(ID)"

test: .venv/development $(NPM)/node_modules ## all tests, four at a time: most of them wait for sockets
	@$(PY) -m pytest $(AT_ONCE)

campaign: .venv/development ## two minutes of faults and kills, both engines, then what we say beside what partners hold [SEED=n]
	@$(PY) -m tests.campaign --engine both --minutes 1 --kills 50 $(if $(SEED),--seed $(SEED))

bench: .venv/development ## the paths beside their floors, the store beside the bare drivers: eight minutes [ONLY=times, one line; ONLY=store]
	@$(PY) -m bench $(if $(ONLY),--only "$(ONLY)")

check: .venv/development $(NPM)/node_modules ## lint, types, tests
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m pytest $(AT_ONCE)

format: .venv/development ## put the code in the house's format
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

clean: ## remove the environment and caches; the data in var/ stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info $(NPM)/node_modules

.venv/bin/python:
	@$(CHECK)
	@$(PYTHON) -m venv .venv

.venv/product: .venv/bin/python setup.cfg pyproject.toml constraints.txt
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/sandbox: .venv/product
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[sandbox]'
	@touch $@

.venv/development: .venv/sandbox
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Where there is no npm, or it reaches no registry, the rest is tested all the same.
$(NPM)/node_modules: $(NPM)/package-lock.json
	@if ! command -v npm >/dev/null; then echo "$(WITHOUT_NPM) there is no npm here"; \
	elif npm ci --prefix $(NPM) --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null; then touch $@; \
	else rm -rf $@; echo "$(WITHOUT_NPM) npm ci failed"; fi
