# Everything here needs a JDK 25, Maven and a POSIX machine; Docker only for images, up and down. `make` alone lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

STACK := infra/local-stack/bin/stack
# Maven runs on the JDK 25 itself; without one this prints one line and ends.
MAVEN := JAVA_HOME="$$(infra/local-stack/bin/jdk25)" && export JAVA_HOME && mvn -B -ntp

# What the jars are made of: `make run` calls Maven only when one of these is newer than the last build.
SOURCES = $(shell find pom.xml */pom.xml infra/*/pom.xml */src/main infra/*/src/main -type f 2>/dev/null)
BUILT := target/built

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

.PHONY: run
run: $(BUILT) ## build, start everything and send a first mail; Ctrl-C ends it (ARGS="--workers 2")
	@exec $(STACK) --train $(ARGS)

.PHONY: dev
dev: $(BUILT) ## the same without the first mail
	@exec $(STACK) --train --no-demo $(ARGS)

.PHONY: build
build: ## build the jars without running tests
	@$(MAVEN) -q -DskipTests package
	@mkdir -p $(dir $(BUILT)) && touch $(BUILT)

$(BUILT): $(SOURCES)
	@$(MAKE) --no-print-directory build

# mdep: the class paths that `make bench` and `make faults` start with are the business of `make build`.
.PHONY: check
check: ## check the format, compile, and run the unit tests; a minute, for before each commit
	@infra/local-stack/bin/jdk25 >/dev/null
	@rm -rf {*,infra/*}/target/{surefire,failsafe}-reports
	@status=0; ( $(MAVEN) -q -T 2 -Dmdep.skip=true test ) || status=$$?; infra/local-stack/bin/count-tests; exit $$status

.PHONY: it
it: ## run one test class with what it needs (T=SearchIT, or one method: T='SearchIT#name')
	@infra/local-stack/bin/it '$(T)'

.PHONY: test
test: ## run every test (what the compiler warns of is for `make check`)
	@infra/local-stack/bin/jdk25 >/dev/null
	@rm -rf {*,infra/*}/target/{surefire,failsafe}-reports
	@status=0; ( $(MAVEN) -T 4 -Dtraining.skip=false -Derror-prone.warnings=-XepDisableAllWarnings verify ) || status=$$?; infra/local-stack/bin/count-tests; exit $$status

.PHONY: format
format: ## put all sources into the one format
	@$(MAVEN) -q spotless:apply

.PHONY: docs
docs: ## write anew what docs/ has from the code: the settings and the REST API
	@$(MAVEN) -q verify -pl '!infra/e2e-tests,!infra/faults,!infra/house-tests' -Dregenerate.docs=true -Dtest=SettingsTest -Dit.test=ApiIT,QuotaServiceIT,AuditServiceIT \
	  -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false

.PHONY: bench
bench: $(BUILT) ## measure the whole system on this machine (ARGS="delivery --rate 100 --seconds 30"; ARGS=--help)
	@exec infra/benchmark/bin/bench $(ARGS)

.PHONY: faults
faults: $(BUILT) ## break the running system in every way it must survive (ARGS="--only worker-killed --cycles 50"; ARGS=--help)
	@exec infra/faults/bin/faults $(ARGS)

.PHONY: seed
seed: ## make a sending key on the running stack (asks, or NAME=… LIMIT=…)
	@$(STACK) seed $(if $(NAME),--name '$(NAME)') $(if $(LIMIT),--limit '$(LIMIT)')

.PHONY: fuzz
fuzz: $(BUILT) ## ask every endpoint for what it does not expect (Schemathesis; needs Python 3; ARGS="--max-examples 200")
	@exec infra/local-stack/bin/fuzz $(ARGS)

# The id tells keys apart; the key is 32 random bytes.
.PHONY: encryption-key
encryption-key: ## print a new key for relays' passwords (ID=… if today's date is taken)
	@printf '%s:%s\n' '$(or $(ID),'"$$(date -u +%Y-%m-%d)"')' "$$(head -c 32 /dev/urandom | base64)"

.PHONY: replay
replay: ## replay dead letters on the running stack (FILTER="category=exhausted tenant=acme" ARGS="--rate 100")
	@$(STACK) replay $(FILTER) $(ARGS)

.PHONY: logs
logs: ## follow the logs of the running stack (SERVICE=worker for one)
	@ls .tallypost/logs/$(SERVICE)*.log >/dev/null 2>&1 || { echo "no such logs yet: start the stack with \`make run\`" >&2; exit 1; }
	@exec tail -n 20 -F .tallypost/logs/$(SERVICE)*.log

# What `make images` makes and `make up` runs.
SERVICES := intake-service quota-service delivery-worker audit-service
IMAGES ?= tallypost
TAG ?= 0.1.0-SNAPSHOT

.PHONY: images
images: ## build the services' images with their SBOMs, where Docker runs (BASE=… for a JRE image of your own, TAG=…)
	@$(MAVEN) -q -DskipTests -Psbom -pl "$$(tr ' ' , <<< '$(SERVICES)')" -am package
	@for service in $(SERVICES); do \
	  docker build --file infra/docker/Dockerfile --tag $(IMAGES)/$$service:$(TAG) --build-arg SERVICE=$$service \
	    --build-arg VERSION=$(TAG) --build-arg REVISION="$$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
	    $(if $(BASE),--build-arg BASE='$(BASE)') .; \
	done

# Traces are exported only where somebody takes them.
COMPOSE = TALLYPOST_IMAGES=$(IMAGES) TALLYPOST_TAG=$(TAG) docker compose --file infra/compose/compose.yaml

.PHONY: up
up: infra/compose/.env ## start everything in containers, where Docker runs (SCALE=3 workers; OBSERVE=1 with Jaeger, Prometheus, Grafana)
	@$(if $(OBSERVE),OTEL_EXPORTER_OTLP_ENDPOINT=http://jaeger:4318) $(COMPOSE) $(if $(OBSERVE),--profile observe) \
	  up --detach --wait --scale delivery-worker=$(or $(SCALE),1)
	@echo "API http://$$($(COMPOSE) port front-door 8080), inbox http://$$($(COMPOSE) port mailpit 8025); the operator's key:"
	@$(COMPOSE) exec intake-service cat /var/lib/tallypost/operator.key

# Made once: what is sealed by the key must open after the next start.
infra/compose/.env:
	@umask 077; { echo "POSTGRES_PASSWORD=$$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"; \
	  echo "EMAIL_ENCRYPTION_KEY=$$(date -u +%Y-%m-%d):$$(head -c 32 /dev/urandom | base64)"; } > $@

.PHONY: down
down: infra/compose/.env ## stop the containers; their data stays (ARGS=--volumes removes it)
	@$(COMPOSE) --profile observe down $(ARGS)

.PHONY: migrate
migrate: ## services migrate their own schemas when they start: show what the running stack's have done
	@$(STACK) shell < infra/local-stack/bin/migrations.sql

.PHONY: shell
shell: ## psql on the running stack's database
	@$(STACK) shell

.PHONY: clean
clean: ## remove what was built, and the stack's data
	@rm -rf target {*,infra/*}/target .tallypost
