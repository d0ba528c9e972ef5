.DEFAULT_GOAL := help
# make hands FEEDS and Q from its command line to the recipes as environment variables, so quotes in them survive.
PYTHON_RUN := .venv/bin/python

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## check git, Python and Java; install locked packages, jars, MinIO and MQTT broker (once)
	@sh infra/setup.sh

demo: setup up ## run the whole line on the demo feeds (FEEDS=dir: on the files of that folder)
	@$(PYTHON_RUN) -m infra.local demo $${FEEDS:+--feeds "$$FEEDS"}

check: setup lint ## what needs no running service: lint, unit, DAGs, transforms, the samples of all feeds
	@$(PYTHON_RUN) -m pytest tests/unit tests/dags tests/spark tests/contracts/test_sources.py

# The files of tests are taken in this order: the longest, on the real files, must not begin last.
# What fails in the first half says nothing about the second, which a run that takes an hour had better show as well.
test: setup ## every kind of test, on real components
	@failed=0; \
	$(PYTHON_RUN) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder tests/contracts tests/spark tests/dags tests/unit || failed=1; \
	$(PYTHON_RUN) -m pytest tests/integration || failed=1; \
	exit $$failed

browser: setup ## the upload page in a real browser (Debian's: apt-get install chromium)
	@$(PYTHON_RUN) -m pytest tests/browser

bench: setup ## ratios to DuckDB and to a JVM per task, feeds cold and all at once, a day on a year, uploads
	@$(PYTHON_RUN) -m tests.bench
	@$(PYTHON_RUN) -m tests.bench.samples
	@$(PYTHON_RUN) -m tests.bench.growth
	@$(PYTHON_RUN) -m tests.bench.uploads
	@$(PYTHON_RUN) -m tests.bench.all_feeds
	@$(PYTHON_RUN) -m tests.bench.builds
	@$(PYTHON_RUN) -m tests.bench.daily
	@$(PYTHON_RUN) -m tests.bench.live

drill: setup ## the long tests: kills, other masters and stores, soak
	@$(PYTHON_RUN) -m pytest tests/drills

up: setup ## start the local stack
	@$(PYTHON_RUN) -m infra.local up

stop: ## stop the local stack, keep its data
	@$(PYTHON_RUN) -m infra.local stop

status: ## programs of the local stack and their addresses
	@$(PYTHON_RUN) -m infra.local status

logs: ## last log lines of every program
	@$(PYTHON_RUN) -m infra.local logs

clean: ## stop the local stack and delete all its data
	@$(PYTHON_RUN) -m infra.local clean

sql: ## query the current release (Q="select …"; without Q: interactive)
	@$(PYTHON_RUN) -m lakehouse sql $${Q:+"$$Q"}

dbt-docs: setup ## dbt's documentation of all marts as one page, without a running stack
	@$(PYTHON_RUN) -m spark_jobs docs

lint: setup ## formatting, types, import rules, declarations, SQL, links
	@bash .ci/lint

lock: setup ## renew the lock files from infra/requirements/*.in
	@sh infra/requirements/lock.sh

.PHONY: help setup demo check test browser bench drill up stop status logs clean sql dbt-docs lint lock
