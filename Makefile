# Two commands: `make demo` shows the whole pipeline on a synthetic bank, `make test` runs its tests.
.DEFAULT_GOAL := help
.PHONY: help demo down setup setup-dev test test-slow check lint format lock bench bench-anonymity bench-cleaning bench-decisions bench-models bench-explanations bench-privacy privacy-docs reporting-docs pages messages pictures
BIN := .venv/bin

help:  ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup:  ## make .venv from the lock files
	@scripts/setup runtime

setup-dev:
	@scripts/setup dev

demo: setup  ## start everything, make the demo bank, run the pipeline in Airflow and show what was published
	@$(BIN)/recsys demo

down:  ## stop everything that was started
	@test ! -x $(BIN)/recsys || $(BIN)/recsys down

test: setup-dev  ## unit, property, integration, DAG and end-to-end tests
	$(BIN)/pytest -m "not slow"

test-slow: setup-dev  ## kill, load and real-data runs
	$(BIN)/pytest -m slow

check: setup-dev lint test  ## what CI runs: lint, format, types, import contracts, SQL lint, tests

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --disable-progress-bar src/recsys/io/migrations dbt_project

format: setup-dev  ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev  ## measure everything and write docs/performance.md
	$(BIN)/python -m bench.performance

bench-cleaning: setup-dev  ## measure duplicates, standardising and clusters against the truth, write docs/cleaning.md
	$(BIN)/python -m bench.cleaning

bench-explanations: setup-dev  ## publish three banks (RECSYS_PUBLIC_DATA), write two hundred explanations into docs/explanations.md
	$(BIN)/python -m bench.explanations

bench-anonymity: setup-dev  ## publish two banks with several k (RECSYS_PUBLIC_DATA), write what k-anonymity costs into docs/privacy.md
	$(BIN)/python -m bench.anonymity

bench-decisions: setup-dev  ## publish a demo bank, write one decision record, one why-not and one suitability statement into the documents
	$(BIN)/python -m bench.decisions

bench-models: setup-dev  ## publish five banks (RECSYS_PUBLIC_DATA) and write docs/models.md, its pictures, a model card and the README's table
	$(BIN)/python -m bench.models

bench-privacy: setup-dev  ## measure what is found in free text (RECSYS_PUBLIC_DATA), write docs/privacy.md
	$(BIN)/python -m bench.privacy
	$(BIN)/python -m bench.privacy.leaks
	$(BIN)/python -m bench.privacy.speed

privacy-docs: setup-dev  ## write the record of processing and the impact summary, with the policy and grants in force
	$(BIN)/recsys up --database-only
	$(BIN)/recsys privacy record > docs/record-of-processing.md
	$(BIN)/recsys privacy impact > docs/impact-summary.md

pages: setup-dev  ## publish a demo bank and take pictures of every page of it; needs Debian's chromium
	$(BIN)/python -m bench.pages

messages: setup-dev  ## gather what the pages say into the catalogues of their translators
	$(BIN)/python scripts/update_messages.py

reporting-docs: setup-dev  ## write the views for BI tools into docs/reporting.md, from their comments in the database
	@$(BIN)/recsys up --database-only
	@$(BIN)/python -m scripts.write_reporting

pictures: setup-dev  ## take the README's pictures from a running installation; needs Debian's chromium
	$(BIN)/python scripts/draw_flow.py
	$(BIN)/python scripts/take_pictures.py

lock: setup-dev  ## resolve the lock files again
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		--upgrade pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		--group bootstrap -c requirements-dev.lock -o requirements-bootstrap.txt
