# Every target works on a machine that has Go and nothing else. `make` alone prints this list.
GO          ?= go
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
LDFLAGS     := -s -w
FUZZTIME    ?= 20s

export CGO_ENABLED ?= 0

.DEFAULT_GOAL := help

.PHONY: help
help: ## print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## run the four demo workflows offline and show what came out
	@$(GO) build -o bin/emulator ./cmd/emulator
	@for w in record-summary lead-qualification state-formatting email-draft; do \
		bin/emulator run $$w --demo || exit 1; echo; \
	done
	@echo 'The program is bin/emulator; try: bin/emulator runs show last --record 4024 --demo'

.PHONY: tui
tui: ## open the screen on the demo portal
	@$(GO) run ./cmd/tui --demo

.PHONY: build
build: ## build bin/emulator and bin/tui
	$(GO) build -trimpath -ldflags "$(LDFLAGS)" -o bin/ ./cmd/...

.PHONY: install
install: ## install the programs into Go's bin folder
	$(GO) install -trimpath -ldflags "$(LDFLAGS)" ./cmd/...

# The race detector needs cgo and a C compiler; without one the same tests run without it, and the output says so.
.PHONY: test
test: ## run every test (with the race detector where a C compiler is there)
	@if command -v $${CC:-cc} >/dev/null 2>&1; then \
		echo "CGO_ENABLED=1 $(GO) test -race ./..."; CGO_ENABLED=1 $(GO) test -race ./...; \
	else \
		echo "no C compiler: testing without the race detector"; $(GO) test ./...; \
	fi

.PHONY: check
check: format vet cross lint tidy test ## everything that must hold before a change lands

.PHONY: format
format: ## fail when a file is not gofmt-ed
	@files=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$files" ]; then echo "not gofmt-ed:"; echo "$$files"; exit 1; fi

.PHONY: vet
vet: ## go vet
	$(GO) vet ./...

.PHONY: cross
cross: ## compile for every system that is promised, without cgo
	@for os in linux darwin windows; do for arch in amd64 arm64; do \
		echo "build $$os/$$arch"; CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -o /dev/null ./cmd/emulator && CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -o /dev/null ./cmd/tui || exit 1; \
	done; done

.PHONY: lint
lint: ## run the linters of .golangci.yml
	$(GO) run $(GOLANGCI) run ./...

.PHONY: tidy
tidy: ## fail when go.mod or go.sum would change
	$(GO) mod tidy -diff

.PHONY: bench
bench: ## speed and size beside the raw cost of the same work, as ratios of one run
	$(GO) run ./internal/bench

.PHONY: screenshots
screenshots: ## draw the README's pictures anew, from real runs of the demo
	$(GO) run ./internal/screenshots docs/pictures

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME each
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done
