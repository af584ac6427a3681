# Every target sets up what it needs. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help check fix generate release-metrics test test-long e2e e2e-long compat demo demo-hpa bench-objects build

NPM := npm --no-update-notifier --no-audit --no-fund
# The test runner writes colours into files and pipes unless it is told not to.
RUN := [ -t 1 ] || export NO_COLOR=1; $(NPM) run --silent
INSTALLED := node_modules/.package-lock.json

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check: $(INSTALLED) ## types, lint, format, dead code, generated files, names of metrics
	@$(RUN) check

fix: $(INSTALLED) ## mend what lint and format can mend
	@$(RUN) fix

generate: $(INSTALLED) ## docs/metrics.md, docs/vm-metrics.md, docs/wire-contract-status.md and the record of exported names
	@$(RUN) generate

release-metrics: generate ## a release: what it exports becomes what later ones are compared with
	@cp test/golden/exported-metrics.yaml test/golden/released-metrics.yaml

test: $(INSTALLED) ## unit, contract and integration tests
	@$(RUN) test

test-long: $(INSTALLED) ## full matrices
	@$(RUN) test:long

e2e: $(INSTALLED) ## a real control plane scales pools of virtual machines
	@$(RUN) e2e

e2e-long: $(INSTALLED) ## a soak (SOAK=10m) and what else takes long
	@$(RUN) e2e:long

compat: $(INSTALLED) ## this adapter beside the real prometheus-adapter (CONFIGS=folder; FUZZ=1000 SEED=1)
	@$(RUN) compat

demo: $(INSTALLED) ## the adapter on a small world of simulated virtual machines (ONCE=1: one round; CONFIG=file)
	@$(RUN) demo

demo-hpa: $(INSTALLED) ## the same with a real control plane: watch a pool scale
	@$(RUN) demo:hpa

bench-objects: $(INSTALLED) ## memory, stalls and first answers with 100,000 pods and 20,000 virtual machines
	@$(RUN) bench:objects

build: $(INSTALLED) ## dist/main.js, the one file that is shipped
	@$(RUN) build

$(INSTALLED): package.json package-lock.json
	@echo "Installing packages, which takes about 15 s ..."
	@$(NPM) ci --loglevel=error
	@touch $@
