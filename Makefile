# `make app` serves the dashboard, `make test` runs every check; both install what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: app test lint types words bench gallery clean

app: $(VENV)/.installed
	$(BIN)/python -m streamlit run app/main.py

test: lint types
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

words: $(VENV)/.installed-dev
	$(BIN)/python -m emargin_core.language_check

bench: $(VENV)/.installed
	$(BIN)/python -m emargin_core bench

gallery: $(VENV)/.installed
	$(BIN)/python -m emargin_core gallery

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	$(PIP) -r requirements.txt
	$(BIN)/python -m emargin_core warm
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PIP) -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache artifacts
