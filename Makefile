# `make app` serves the dashboard, `make test` checks it, `make test-slow` checks what takes minutes;
# all install what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

LOCALE := emargin_core/text/locale
TESTS := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

.PHONY: app test test-slow lint types words bench gallery clean

app: $(VENV)/.installed
	$(BIN)/python -m streamlit run app/main.py

test: lint types
	$(TESTS) -m "not slow"

test-slow: $(VENV)/.installed-dev
	$(TESTS) -n 2 -m slow --timeout 1800

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=. $(BIN)/lint-imports --no-logo

types: $(VENV)/.installed-dev
	$(BIN)/mypy

words: $(VENV)/.installed-dev
	PYTHONPATH=. $(BIN)/pybabel -q extract -F babel.cfg --sort-by-file --add-location=file --no-wrap \
		-o $(VENV)/messages.pot .
	$(BIN)/pybabel -q update -d $(LOCALE) -i $(VENV)/messages.pot --no-wrap \
		--ignore-pot-creation-date --ignore-obsolete --no-fuzzy-matching
	-$(BIN)/pybabel -q compile -d $(LOCALE) 2>/dev/null # takes '5 % of' for a format: a test looks at fields

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

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
