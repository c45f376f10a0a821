# The only entry to every task. Each one first sets up .venv with what it needs.
#
#: make run                  start the quickstart: sample services, and a gateway in front of them on port 8080
#: make test                 run every test; make test ARGS="tests/plan -x" runs a part
#: make check                format, lint, types, and the laws of the tree
#: make bench                measure, side by side with a hand-written Envoy configuration and other gateways
#: make docs                 write docs/reference/, dashboards/ and the stubs of the SDK from the code
#: make example NAME=tls     run one folder of examples/ to its end

PORT := 8080
ADMIN := 7070
NAME :=
ARGS :=
WORKERS := 2

BIN := .venv/bin
PYTHON := $(BIN)/python
RUN := .venv/run.stamp
DEV := .venv/dev.stamp

.PHONY: help run test check bench docs example

help:
	@sed -n 's/^#: //p' Makefile

run: $(RUN)
	@$(PYTHON) -m examples.quickstart.serve $(PORT) $(ADMIN)

test: $(DEV)
	$(BIN)/pytest -n $(WORKERS) $(ARGS)

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTHON) tools/protos.py --check
	$(PYTHON) tools/pins.py --check
	$(PYTHON) tools/tree.py
	$(PYTHON) tools/readmes.py
	$(PYTHON) -m tools.reference --check
	$(PYTHON) -m tools.sdk --check
	$(PYTHON) -m tools.dashboards --check

bench: $(DEV)
	$(PYTHON) -m bench $(ARGS)

docs: $(DEV)
	$(PYTHON) -m tools.sdk
	$(PYTHON) -m tools.reference
	$(PYTHON) -m tools.dashboards

example: $(DEV)
	@test -n "$(NAME)" || { echo "say which one: make example NAME=..., one of:" $$(ls -d examples/*/ | cut -d/ -f2); exit 2; }
	@$(PYTHON) -m examples.$(NAME).run

$(RUN): requirements/run.txt requirements/build.txt pyproject.toml
	@tools/setup run

$(DEV): requirements/run.txt requirements/build.txt requirements/dev.txt pyproject.toml
	@tools/setup dev
