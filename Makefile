# The developer's verbs. Each does its own set-up.
PYTHON ?= python3
PORT ?= 8080
SEEDS ?= 1
VENV := .venv
BIN := $(VENV)/bin
GRADIO5 := .venv-gradio5
PIP := -m pip --quiet --disable-pip-version-check
# People's speech in five languages, and music: what voice is tested and measured with.
SOUNDS := /usr/share/asterisk/sounds
SPEECH := $(SOUNDS)/en_US_f_Allison/activated.g722:asterisk-core-sounds-en-g722 \
  $(SOUNDS)/es_MX_f_Allison/agent-alreadyon.wav:asterisk-core-sounds-es-wav \
  $(SOUNDS)/fr_CA_f_June/activated.wav:asterisk-core-sounds-fr-wav \
  $(SOUNDS)/it_IT_m_Carlo/activated.wav:asterisk-core-sounds-it-wav \
  $(SOUNDS)/ru_RU_f_IvrvoiceRU/activated.wav:asterisk-core-sounds-ru-wav \
  /usr/share/pocketsphinx/test/data/cards/001.wav:pocketsphinx-testdata \
  /usr/share/asterisk/moh/manolo_camp-morning_coffee.wav:asterisk-moh-opsound-wav

.PHONY: help setup setup-gradio5 setup-widget demo run test check fix bench faults build lock
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

widget/node_modules/.ready: widget/package-lock.json widget/package.json
	@.ci/need node:nodejs npm:npm
	cd widget && npm ci --no-fund --no-audit
	@touch $@

setup: $(VENV)/.ready ## A virtual environment with all extras and the newest Gradio
setup-gradio5: $(GRADIO5)/.ready
setup-widget: widget/node_modules/.ready

demo: setup ## A chatbot of our own and the page to talk to it (PORT=8080, admin on the next port)
	@.ci/need ffmpeg:ffmpeg
	$(BIN)/trunkline demo --port $(PORT)

run: setup ## The service, from trunkline.toml (ARGS="--app URL")
	$(BIN)/trunkline run $(ARGS)

check: setup setup-widget ## Format, lint, types, import arrows, drift of generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd widget && npm run --silent check
	$(BIN)/python -m pytest -q tests/rules

test: setup setup-gradio5 setup-widget ## Every test
	@.ci/need chromium:chromium ffmpeg:ffmpeg espeak-ng:espeak-ng $(SPEECH)
	cd widget && npm test --silent
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

fix: setup setup-widget ## Format and mend what can be mended; make generated files anew
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m trunkline.generated
	cd widget && npm run --silent build

bench: setup ## Measure; writes tests/benchmarks/results.json
	@.ci/need $(SPEECH)
	$(BIN)/python tests/benchmarks/run.py

faults: setup ## Seeded kills and disconnects under load (SEEDS=1)
	@.ci/need $(SPEECH)
	$(BIN)/python tests/faults/run.py --seeds $(SEEDS)

build: setup setup-widget ## The widget, the wheel and the sdist
	cd widget && npm run --silent build
	$(BIN)/python -m uv build --no-build-isolation

lock: setup ## Compile the pinned requirements anew
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  pyproject.toml --extra all --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  pyproject.toml --extra discord --extra plots --extra slack --extra voice --extra postgres --group build -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  requirements/gradio5.in -o requirements/gradio5.txt
