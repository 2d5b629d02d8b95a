# The developer's verbs. Each does its own set-up.
PYTHON ?= python3
PORT ?= 8080
SEEDS ?= 1
VENV := .venv
BIN := $(VENV)/bin
GRADIO5 := .venv-gradio5
PIP := -m pip --quiet --disable-pip-version-check

.PHONY: help setup setup-gradio5 test check build lock
help: ## What can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1: /p' Makefile

# --no-build-isolation and --require-hashes: nothing is installed that requirements/ does not pin.
$(VENV)/.ready: requirements/dev.txt pyproject.toml
	@PYTHON=$(PYTHON) .ci/need ensurepip:python3-venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) install --require-hashes -r requirements/dev.txt
	$(BIN)/python $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(GRADIO5)/.ready: requirements/gradio5.txt
	@PYTHON=$(PYTHON) .ci/need ensurepip:python3-venv
	$(PYTHON) -m venv $(GRADIO5)
	$(GRADIO5)/bin/python $(PIP) install --require-hashes -r requirements/gradio5.txt
	@touch $@

setup: $(VENV)/.ready ## A virtual environment with all extras and the newest Gradio
setup-gradio5: $(GRADIO5)/.ready



check: setup ## Format, lint, types, import arrows, drift of generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/rules

test: setup ## Every test
	$(BIN)/python -m pytest




build: setup ## The widget, the wheel and the sdist
	$(BIN)/python -m uv build --no-build-isolation

lock: setup ## Compile the pinned requirements anew
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  pyproject.toml --all-extras --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  pyproject.toml --extra discord --extra slack --extra voice --extra postgres --group build -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  requirements/gradio5.in -o requirements/gradio5.txt
