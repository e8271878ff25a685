# Two commands do everything: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO := $(VENV)/.demo

.PHONY: demo test check accuracy invariances cohort bench fixtures readme clean debian firmware fuzz soak mutation faults

# The demo asks for little; tests and tools for everything.
$(DEMO): EXTRAS := report
$(STAMP): EXTRAS := test,mutation
$(DEMO) $(STAMP): pyproject.toml constraints.txt rig/locale/compile_catalogues.py $(wildcard rig/locale/*/LC_MESSAGES/*.po)
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	@$(BIN)/python -m pip --version > /dev/null 2>&1 \
		|| $(PYTHON) -m venv --clear $(VENV) \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null && apt-get update -qq \
			&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv && $(PYTHON) -m venv --clear $(VENV); } \
		|| { echo "python3-venv is needed: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@

demo: $(DEMO)
	$(BIN)/rig demo --out demo

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# One worker more than cores: a third of the time tests wait for browsers, links and boards.
test: debian check
	$(BIN)/python -m pytest -n $$(($$(nproc) + 1)) -q

# Debian packages that tests need: installed when root and apt are there, else named by the tests that skip.
DEBIAN_PACKAGES := gcc make libc6-dev gcc-avr avr-libc libsimavr-dev libelf-dev dbus chromium chromium-driver poppler-utils
debian:
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && ! dpkg -s $(DEBIAN_PACKAGES) >/dev/null 2>&1; then \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(DEBIAN_PACKAGES); } >/dev/null \
			|| echo "Tests that need them will skip: apt-get could not install $(DEBIAN_PACKAGES)"; \
	fi

# The timer's firmware, ready to flash (docs/gate-hardware.md): build/gate_timer.hex.
firmware: debian
	$(MAKE) --no-print-directory -C firmware_protocol/firmware

accuracy: $(STAMP)
	$(BIN)/python -m tests.accuracy

# A few minutes: many draws of what must not matter.
invariances: $(STAMP)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.accuracy.invariances 200 --jobs 2

# Peers live in environments of their own; only names are pinned here, versions in tests/bench/peers.txt.
.peers/%/.installed: tests/bench/peers.txt
	$(PYTHON) -m venv .peers/$*
	.peers/$*/bin/python -m pip install --quiet --disable-pip-version-check $$(grep '^$*:' tests/bench/peers.txt | cut -d' ' -f2)
	@touch $@

# 5,000 people; about half an hour on two cores.
cohort: $(STAMP)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.cohort 2500 --family all --seed 912 --jobs 2 --page docs/cohort.md

bench: $(STAMP) .peers/mobgap/.installed .peers/skdh/.installed
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench

# Long runs: hours in all. Each prints its figures and fails where one is missed.
fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz

soak: $(STAMP) debian
	$(BIN)/python -m tests.hardware.soak
	$(BIN)/python -m tests.ble.soak
	RIG_SOAK=1 $(BIN)/python -m pytest -q tests/web tests/ble/test_pace.py
	$(BIN)/python -m tests.web.soak 20
	$(BIN)/python -m tests.web.wired frail_walker
	$(BIN)/python -m tests.archive.soak
	RANDOM_OPERATORS=10000 $(BIN)/python -m pytest -q tests/battery/test_random_operators.py --timeout 3600

mutation: $(STAMP)
	$(BIN)/python -m tests.mutation

# Spoil firmware and codecs on purpose, one fault at a time; each must turn the tests red.
faults: $(STAMP) debian
	$(BIN)/python -m tests.hardware.faults
	$(BIN)/python -m tests.mutation.faults

fixtures: $(STAMP)
	$(BIN)/python -m tests.make_fixtures

readme: $(STAMP)
	$(BIN)/python -m tests.readme

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
