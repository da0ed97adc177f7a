# Everything a user types. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV := uv==0.13.9
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONPATH := src
export DVC_NO_ANALYTICS := 1
# Gathers the stages of one invocation under one MLflow run.
export FASHION_HLS_RUN_ID ?= $(shell date -u +%Y%m%dT%H%M%SZ)

.PHONY: help install repro profile pictures readme report test test-full open lint format docs docs-serve ui lock params show search clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: .venv/.installed  ## make .venv and install requirements.lock, hashes checked

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is too old: Python 3.11 or newer is needed; try make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet $(UV)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src  # each stage is a process, and some machines write no bytecode
	@touch $@

repro: params  ## run the pipeline on the generated sample and print its tables
	@python -m fashion_hls.lockfile
	dvc repro
	@$(MAKE) --no-print-directory show PROFILE=sample

show:  ## print the tables of PROFILE (sample or open) and say where the rest is
	@cat metrics/$(or $(PROFILE),sample)/tables/tables.md
	@echo "metrics: metrics/$(or $(PROFILE),sample)/   report: reports/$(or $(PROFILE),sample)/index.html   runs: make ui"

open: install  ## run the pipeline on real photos below FASHION_HLS_DATA (an hour and a half); S="detector=small" and the like
	python -m fashion_hls.experiment open $(foreach setting,$(S),-S $(setting))

profile: install  ## run PROFILE (open, catalogue, deepfashion) on data below FASHION_HLS_DATA
	@test -n "$(PROFILE)" || { echo "name a profile: make profile PROFILE=catalogue"; exit 2; }
	python -m fashion_hls.experiment $(PROFILE) $(foreach setting,$(S),-S $(setting))

search: install  ## search a classifier's settings on validation (docs/search.md); S="method=stl trials=40" and the like
	python -m fashion_hls search $(foreach setting,$(S),-S '$(setting)')

report: install  ## write the run of PROFILE as one HTML file to hand on, and say where
	@python -m fashion_hls report --profile $(or $(PROFILE),sample)

pictures: install  ## draw the pictures of the README (after make repro)
	python -m fashion_hls.report.drawings
	python -m fashion_hls.report.pictures
	python -m fashion_hls.documentation.workflows

readme: install  ## write the results block of the README from metrics/open
	python -m fashion_hls.report.readme

test: install  ## the tests that CI runs
	pytest -m "not slow" tests

test-full: install  ## all tests
	pytest tests

lint: install  ## ruff, mypy, import-linter
	ruff check src stages tests benchmarks
	ruff format --check src stages tests benchmarks
	mypy
	lint-imports

format: install  ## write the code in ruff's format
	ruff check --fix src stages tests benchmarks
	ruff format src stages tests benchmarks

params: install  ## compose conf/ into params.yaml, as dvc exp run does
	python -m fashion_hls.compose

docs: install  ## build the documentation site into site/, links checked
	NO_MKDOCS_2_WARNING=1 mkdocs build
	@echo "the site: site/index.html"

docs-serve: install  ## the documentation site on http://127.0.0.1:8000, built anew at each change
	NO_MKDOCS_2_WARNING=1 mkdocs serve --dev-addr 127.0.0.1:8000

ui: install  ## MLflow's pages on http://127.0.0.1:5000
	@echo "the runs: http://127.0.0.1:5000/#/experiments/1/runs"
	mlflow ui --host 127.0.0.1 --port 5000 --workers 1 --backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///$(CURDIR)/mlflow.db}"

lock: install  ## resolve requirements.lock anew from pyproject.toml
	uv pip compile --universal --generate-hashes --no-header --no-annotate --extra app --extra docs --extra dev --python-version 3.11 --quiet pyproject.toml -o requirements.lock

clean:  ## remove what the pipeline made (metrics in Git and the DVC cache stay)
	rm -rf data/raw data/detection data/benchmark data/crops data/catalogue data/catalogue_detection \
	  data/catalogue_crops data/sheets models predictions reports timings .checkpoints .search
