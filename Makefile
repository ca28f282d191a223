# Everything a stranger runs. Needs Python 3.11 or later and make; the first run needs the network, later ones do not.
#   make demo PYTHON=python3.12     another interpreter (after make clean, if .venv exists)
#   make test JOBS=1                fewer test processes

VENV ?= .venv
PYTHON ?= python3
JOBS ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
SCENARIO ?= scenarios/upgrade_canary.yaml
ITEMS ?= 20000
PORT ?= 8500
PLAN ?= loadtests/rehearsal/plans/tryton_8.yaml
REPEATS ?= 1
HOLD ?= 240

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env demo test verify twins-long bench target target-stop predict rehearse lint clean always

run := $(VENV)/bin/python
pip := $(run) -m pip --quiet --disable-pip-version-check --no-input
pytest := $(run) -m pytest -n $(JOBS)
installed := $(VENV)/.installed
warmed := $(VENV)/.warmed
bench_installed := $(VENV)/.bench-installed
sources := $(shell find twin -name '*.py' 2>/dev/null)
is_python := 'import sys; sys.exit(sys.version_info < (3, 11))'

help: ## these lines
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-19s %s\n", $$1, $$2 }'

env: $(installed) ## the environment in .venv, as pinned in requirements.txt

demo: $(warmed) ## an upgrade scenario end to end; the last line names the report to open
	@$(VENV)/bin/twin run $(SCENARIO)

test: $(installed) ## lint, types and every test but the long ones
	@status=0; $(MAKE) --no-print-directory lint || status=$$?; $(pytest) -m "not long" || status=$$?; \
	  [ $$status = 0 ] || echo "make test failed: see above" >&2; exit $$status

verify: $(installed) ## the long proof: every theorem at full precision, then all other long tests
	@$(pytest) tests/theory
	@$(pytest) -m long --ignore=tests/theory

twins-long: $(installed) ## the two engines row for row on thousands of made-up scenarios
	@$(pytest) -m long tests/twins

bench: $(bench_installed) ## speed beside other simulators, as ratios measured in one run
	@$(VENV)/bin/twin bench

target: $(installed) ## a real PLM to put load on: Tryton on PostgreSQL, seeded, on loopback only (ITEMS=20000 PORT=8500)
	@$(run) -m loadtests.targets.tryton start --items $(ITEMS) --port $(PORT)

rehearse: $(warmed) ## a cutover rehearsed: Tryton 7.0 and its upgrade to 8.0 compared, loaded and gated (PLAN=...)
	@rm -rf runs/rehearsal; $(VENV)/bin/twin rehearse $(PLAN) --out runs/rehearsal || test -f runs/rehearsal/gate.html

target-stop: $(installed) ## stop it and remove its data; what it was built from stays in .targets
	@$(run) -m loadtests.targets.tryton stop

predict: $(installed) ## calibrate Tryton at light load, predict, measure, compare; two quiet cores, 36 minutes a repeat
	@$(run) -m loadtests.predict --repeats $(REPEATS) --hold $(HOLD)

lint: $(installed) ## ruff, then mypy --strict on twin/ and loadtests/
	@status=0; $(run) -m ruff check --quiet . || status=$$?; $(run) -m mypy --strict || status=$$?; exit $$status

clean: ## remove the environment and every cache; runs/ stays
	@rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp holds the folder it was made in: a copied or moved clone installs anew.
ifneq ($(shell cat $(installed) 2>/dev/null),$(CURDIR))
$(installed): always
endif

$(installed): requirements.txt pyproject.toml
	@$(PYTHON) -c $(is_python) 2>/dev/null || \
	  { echo "make: $(PYTHON) is not Python 3.11 or later; name one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "make: $(PYTHON) cannot make environments; install its venv module (python3-venv) and try again" >&2; exit 2; }
	@echo "Installing the environment in $(VENV) (once, a few minutes) ..."
	@rm -f $(installed) $(warmed) $(bench_installed)
	@$(run) -c $(is_python) 2>/dev/null && $(run) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(pip) install -r requirements.txt
	@$(pip) install --no-deps --no-build-isolation --editable .
	@found=$$($(run) -m pip check) || { echo "$$found" >&2; exit 1; }
	@echo '$(CURDIR)' > $@

$(warmed): $(installed) $(sources)
	@echo "Compiling the engine (once) ..."
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(VENV)/bin/twin run $(SCENARIO) --reps 2 -q --out "$$folder/run"
	@touch $@

$(bench_installed): $(installed) requirements-bench.txt
	@$(pip) install -c requirements.txt -r requirements-bench.txt
	@touch $@
