# `make` runs all that CI runs.
PYTHON := .venv/bin/python

.PHONY: all setup lint types imports test fmt docs function serve demo proof

all: lint types imports test

setup:
	./start.sh setup

lint: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: setup
	$(PYTHON) -m mypy

imports: setup
	.venv/bin/lint-imports

test:
	./start.sh test

fmt: setup
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

docs: setup
	$(PYTHON) -m functions.docs
	$(PYTHON) -m functions.expressions.docs
	$(PYTHON) -m server.docs

# Begins a catalog function and its test: `make function NAME=my_step`, in another group with `GROUP=columns`.
function: setup
	$(PYTHON) -m functions.new '$(NAME)' $(GROUP)

# One of the modules in benchmarks/, such as `make bench-overhead`.
bench-%: setup
	$(PYTHON) -m benchmarks.$*

# The long forms of what tests prove in short ones.
proof: setup
	$(PYTHON) -m benchmarks.webhook_faults
	$(PYTHON) -m benchmarks.process_keys

serve:
	./start.sh serve

demo:
	./start.sh
