# Every target makes .venv first when it is missing or out of date (tools/bootstrap.py decides, in
# a fraction of a second). CI calls these same targets, so here and there cannot drift apart.
#
#   make test ARGS="-k board -x"     arguments for pytest (likewise demo and bench)
#   make setup PYTHON=python3.12     another interpreter, 3.11 or later

SHELL := /bin/sh
VENV := .venv/bin
ARGS ?=

ifndef PYTHON
PYTHON := $(shell for name in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; \
	done)
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types contracts proofs bench checklist privacy faults journeys-outside figures format pins

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read -r name what; do \
		printf '  make %-16s %s\n' "$$name" "$$what"; done

setup: ## make .venv, or bring it up to date
	@if [ -z "$(PYTHON)" ] && ! command -v python3 >/dev/null; then \
		echo "Parallax needs Python 3.11 or later, and there is no python3 here: apt install python3 python3-venv" >&2; \
		exit 1; fi
	@"$(or $(PYTHON),python3)" tools/bootstrap.py

demo: setup ## play a recorded incident through the real bot; no Slack account needed
	@$(VENV)/parallax demo $(ARGS)

test: setup ## run the tests; what this machine cannot run is listed at the end by name
	@$(VENV)/python -m pytest $(ARGS)

lint: setup ## formatting and lint
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .

types: setup ## strict types
	@$(VENV)/mypy

contracts: setup ## imports run one way
	@$(VENV)/lint-imports --no-logo

proofs: setup ## what the plan of a study promises, on a million days
	@$(VENV)/python -m tests.bot.sampling.proofs

bench: setup ## timings and memory
	@$(VENV)/python -m tests.bench $(ARGS)

checklist: setup ## write docs/checklist.md from the tests
	@$(VENV)/python -m tools.checklist

privacy: setup ## write docs/privacy.md from the tables the bot works by
	@$(VENV)/python -m tools.privacy

faults: setup ## kill real processes while they send; ARGS="--sends 10000 --replicas 2 --kill 0.03 --bad 0.2"
	@$(VENV)/python -m tests.faults $(ARGS)

journeys-outside: setup ## every journey with the bot in a process of its own: over sockets, over HTTP
	@$(VENV)/python -m pytest tests/journeys --bot socket $(ARGS)
	@$(VENV)/python -m pytest tests/journeys --bot http $(ARGS)

figures: setup ## sizes of functions and files; lines that patch
	@$(VENV)/python -m tools.figures

format: setup ## write the formatting, and what lint can mend
	@$(VENV)/ruff check --fix --quiet . || true
	@$(VENV)/ruff format .

pins: ## requirements/*.in to *.txt, keeping what is pinned (needs uv; ARGS=--upgrade renews)
	cd requirements && for name in base dev bench; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			$(ARGS) $$name.in -o $$name.txt || exit 1; \
	done
