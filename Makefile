# Everything a newcomer, a developer and CI need. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PROFILE ?= release
PROFILE_DIR = $(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
TARGET_DIR = $(or $(CARGO_TARGET_DIR),target)
SLUICE = $(TARGET_DIR)/$(PROFILE_DIR)/sluice
# Where scripts/node puts a Node.js if that of the machine is too old.
NODE_DIR = $(abspath $(TARGET_DIR))/node
export PATH := $(NODE_DIR)/node_modules/.bin:$(PATH)
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print)

.PHONY: help
help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

.PHONY: run
run: tools web/dist/index.html ## Builds everything and starts Sluice, set up by the environment or sluice.toml (.env.example lists the settings)
	@echo "==> building the binary ($(PROFILE))"
	cargo build --locked --profile $(PROFILE) -p sluice
	@exec $(SLUICE) serve

.PHONY: cluster
cluster: tools servers web/dist/index.html ## Starts PostgreSQL, RabbitMQ, Redis, nginx and every service, in ./.cluster (PORT applies)
	@echo "==> building the services ($(PROFILE))"
	cargo build --locked --profile $(PROFILE) -p sluice -p api -p provider-worker -p accounting-worker \
		-p simulated-provider -p cluster
	@exec $(TARGET_DIR)/$(PROFILE_DIR)/cluster up --binaries $(TARGET_DIR)/$(PROFILE_DIR)

.PHONY: up
up: ## Starts the same in containers, where there is a Docker engine
	@scripts/up

.PHONY: test
test: tools browser servers schemathesis web/dist/index.html ## Runs every test; leaves nothing running
	@echo "==> web tests"
	cd web && npm run --silent check && npm run --silent test
	@echo "==> format"
	@if cargo fmt --version >/dev/null 2>&1; then cargo fmt --all --check; \
	else echo "NOT CHECKED: the format; rustfmt is not installed (rustup component add rustfmt)" >&2; fi
	@echo "==> Rust tests"
	@# All at once: a package by itself has other features of the libraries, which would be built twice.
	cargo test --locked --workspace --no-run
	@# More than there are cores, since most wait for something to break.
	@# Backtraces of tests name the runtime only, and hide what the test has to say.
	RUST_BACKTRACE=0 RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$((2 * $$(nproc)))} $(TARGET_DIR)/debug/cluster servers -- cargo test --locked --workspace

.PHONY: check
check: tools web/node_modules ## Format, lints, dependency rules
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cd web && npm run --silent check
	@if docker compose version >/dev/null 2>&1; then \
		DB_PASSWORD=x RABBITMQ_PASSWORD=x REDIS_PASSWORD=x JWT_SECRET=x API_PASSWORD=x \
		PROVIDER_WORKER_PASSWORD=x ACCOUNTING_WORKER_PASSWORD=x \
		docker compose --profile proxy --profile observability config --quiet; \
	else echo "NOT CHECKED: docker-compose.yml; the compose plugin of docker is not installed" >&2; fi
	@if command -v cargo-deny >/dev/null; then cargo deny check; \
	else echo "NOT CHECKED: advisories, licences and sources; cargo-deny is not installed (cargo install --locked cargo-deny)" >&2; fi

.PHONY: bench
bench: tools servers ## Measures speed, processor time and memory against a direct run
	cargo build --locked --release -p sluice -p api -p provider-worker -p accounting-worker \
		-p simulated-provider -p bench
	$(TARGET_DIR)/release/bench --binaries $(TARGET_DIR)/release

FUZZ_FLAGS = --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
	-Cdebug-assertions -Ccodegen-units=1

.PHONY: fuzz
fuzz: tools ## Fuzzes what providers send: TARGET=openai, gemini, anthropic or hint; SECONDS=60
	@scripts/need c++:g++
	cd fuzz && RUSTFLAGS="$(FUZZ_FLAGS)" cargo run --release --target $$(rustc -vV | sed -n 's/^host: //p') \
		--bin $(or $(TARGET),openai) -- -max_total_time=$(or $(SECONDS),60)

.PHONY: fmt
fmt: ## Formats the code
	cargo fmt --all

.PHONY: env-example
env-example: ## Writes .env.example from the settings
	cargo run --quiet --locked -p sluice -- config example > .env.example.new && mv .env.example.new .env.example

.PHONY: clean
clean: ## Removes what was built (not the data)
	cargo clean
	rm -rf web/dist web/node_modules

.PHONY: tools
tools: node # What building needs
	@scripts/need cc:build-essential /etc/ssl/certs/ca-certificates.crt:ca-certificates
	@command -v cargo >/dev/null || { echo "cargo is missing: install a Rust toolchain, see https://rustup.rs"; exit 1; }

.PHONY: node
node: # What the web page needs to be built
	@scripts/need node:nodejs npm:npm
	@scripts/node $(NODE_DIR)

.PHONY: browser
browser: # What the browser test needs
	@scripts/need chromium:chromium

.PHONY: servers
servers: # What the tests of the distributed engines need; what is running on the machine is left alone
	@scripts/need setpriv:util-linux redis-server:redis-server /usr/sbin/nginx:nginx-light \
		/usr/lib/rabbitmq/bin/rabbitmq-server:rabbitmq-server /usr/lib/postgresql:postgresql

.PHONY: schemathesis
schemathesis: $(TARGET_DIR)/schemathesis/bin/schemathesis # What tries the HTTP interface against its description

$(TARGET_DIR)/schemathesis/bin/schemathesis:
	@python3 -c 'import ensurepip' 2>/dev/null || scripts/need ensurepip:python3-venv
	@echo "==> installing schemathesis"
	python3 -m venv $(TARGET_DIR)/schemathesis
	$(TARGET_DIR)/schemathesis/bin/pip install --quiet --disable-pip-version-check schemathesis==4.32.5

web/node_modules: web/package-lock.json | node
	@echo "==> installing the web packages"
	cd web && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules $(WEB_SOURCES)
	@echo "==> building the web page"
	cd web && npm run --silent build
	@# The page is part of the binary, and cargo does not see files that come and go.
	@touch $@ api/src/assets.rs
