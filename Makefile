# Two commands: `make run` builds and starts the whole product, `make test` runs every test.
# `cargo test` alone needs only cargo.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run web build test test-oracles smoke-real-model lint test-tools bench deny clean

export NEXT_TELEMETRY_DISABLED := 1

WEB_SOURCES := $(shell git ls-files -co --exclude-standard web 2>/dev/null)

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: build ## Build and start Smithers on its embedded defaults
	./target/release/smithers serve

build: web/out/index.html ## Build the web app and the release binary
	cargo build --release --locked -p smithers

web: web/out/index.html ## Build the web app

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	scripts/retry npm ci --prefix web
	touch $@

web/out/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	npm run build --prefix web
	touch $@

test: ## Run every test; installs what the tests need
	scripts/test

test-oracles: ## More checks by software that is not ours: SDKs, a mock server, licences
	scripts/test-oracles

smoke-real-model: ## Ask a real model, run on this machine by llama.cpp
	scripts/smoke-real-model

test-tools: ## Install what the tests need, and nothing else
	scripts/install-test-tools

lint: ## Formatting and lints, as strict as the tests are
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

bench: build ## Measure what docs/performance.md reports
	scripts/bench

deny: ## Licences and banned crates
	scripts/deny

clean: ## Remove everything that was built
	cargo clean
	rm -rf web/out web/.next web/node_modules oracles/*/node_modules .cache
