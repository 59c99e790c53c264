# make run:   generate from spec/easemob.yaml into gen/, then do the same work with a token bucket and with the
#             generated client, side by side against the generated server, for twenty seconds.
# make test:  the tests that say whether a change is sound, in a few minutes. Go fetches the modules that it needs. The
#             engines that are tested for real (nginx, HAProxy, Redis, Prometheus, LuaJIT) are installed from
#             Debian packages where that is allowed; otherwise their tests are skipped.
# make proof: the tests that "make test" shortens or leaves out, whole: simulated fleets, soaks, thousands of mutated
#             specs, engines under load, a browser.

GO ?= go
CORPUS ?= spec/valid
LIMITGEN = $(GO) run ./cmd/limitgen
# What is committed for the table: the Go package, and every target beside it.
EMIT = client,server,limits,json,ratelimit,envoy,envoy-local,nginx,haproxy,prometheus,grafana,markdown,html
# The gallery: limits that vendors publish, in spec/vendors.
VENDORS = amazon github pinterest slack stripe xapi
# Packages beside it. Those that need other modules are modules of their own here, so that the main go.mod stays small.
OBSERVE = otel,prometheus,slog
STORE = redis,rls
NESTED = cmd/internal/proof cmd/internal/goals cmd/internal/doors cmd/internal/bench gen/connectlimits gen/grpclimits gen/otelobserver gen/promobserver gen/redisstore gen/rlsstore

.PHONY: run test proof generate check lint bench benchmarks corpus goals

run: generate
	$(GO) run ./cmd/internal/demo

generate:
	$(GO) build -o bin/limitgen ./cmd/limitgen
	bin/limitgen generate --spec spec/easemob.yaml --out gen/easemob --emit $(EMIT) --allow-approximate --runtime gen --observe $(OBSERVE) --store $(STORE)
	@for v in $(VENDORS); do bin/limitgen generate --spec spec/vendors/$$v.yaml --out gen/vendors/$$v --emit limits,markdown --runtime gen || exit 1; done
	bin/limitgen generate --spec spec/rpc.yaml --out gen/testservice --emit limits --runtime gen --rpc grpc,connect --quiet

# No limit on a whole module's time, which a slow machine would meet: each wait in a test has its own, with a message.
TEST = $(GO) test -timeout 0
# Folders of the main module that have long tests, and the names of those of a folder.
LONG = cmd/limitgen generator templates
NAMES = $(GO) run ./cmd/internal/long

test:
	cmd/internal/proof/install.sh
	@echo "== tests of the main module"
	$(GO) vet ./...
	$(TEST) -short ./...
	@for m in $(NESTED); do echo "== tests of $$m"; $(GO) -C $$m vet ./... && $(GO) -C $$m test -timeout 0 -short ./... || exit 1; done

proof: export LIMITGEN_PROOF = 1
proof:
	cmd/internal/proof/install.sh all
	@echo "== long tests of the main module"
	$(TEST) -run "$$($(NAMES) $(LONG))" $(LONG:%=./%/...)
	@for m in $(NESTED); do names=$$($(NAMES) $$m) || exit 1; [ -n "$$names" ] || continue; \
	  echo "== long tests of $$m"; $(GO) -C $$m test -timeout 0 -run "$$names" ./... || exit 1; done

check:
	$(LIMITGEN) check gen
	$(LIMITGEN) lint spec/easemob.yaml
	@for v in $(VENDORS); do $(LIMITGEN) lint spec/vendors/$$v.yaml || exit 1; done

# What the limiters promise, measured with peers beside it; ends with one line for each goal.
goals:
	$(GO) run -C cmd/internal/goals .

# golangci-lint is built from a module of its own, so that the main go.mod stays small.
lint:
	$(GO) build -C cmd/internal/tools -o ../../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	bin/golangci-lint run ./...
	for m in $(NESTED); do (cd $$m && $(CURDIR)/bin/golangci-lint run ./...) || exit 1; done

# What generated code costs, measured with that of other generators beside it; ends with one line for each goal.
bench:
	$(GO) run -C cmd/internal/bench .

benchmarks:
	$(GO) test -run '^$$' -bench . -benchmem ./templates/... ./generator ./gen/...

# For every OpenAPI file of a folder: does it generate, twice the same, compile, and please vet and staticcheck; does
# each operation come back whole over HTTP; do server and a validator judge bodies alike.
corpus:
	$(GO) build -C cmd/internal/tools -o ../../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	$(GO) run ./cmd/internal/corpus --linter $(CURDIR)/bin/golangci-lint $(CORPUS)
