# `make` lists the targets. What is needed is Go, a C compiler (SQLite is C), and for the tests Python 3.11 to 3.13 with venv:
# the programs that check exports from outside are installed in .venv.

# Without it go-sqlite3 would build all the same, and fail when it runs.
export CGO_ENABLED = 1

# Pinned, and run through Go, so that nothing has to be installed.
staticcheck = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2

# The packages that share memory between goroutines.
concurrent = ./evaluator/... ./search/... ./store/...

python = .venv/bin/python

.PHONY: help build test lint fmt race fuzz kill verify verify-timm verify-quick bench bench-export bench-nsga2 results golden golden-pymoo clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/trtnas
	go build -o bin/ ./cmd/trtnas

test: lint ## check everything: format, vet, staticcheck, tests, data races, exports from outside
	go test ./...
	$(MAKE) --no-print-directory race verify-quick

lint: ## check format, vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then \
		echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(staticcheck) ./...

fmt: ## format the Go files
	gofmt -w .

race: ## run the tests of concurrent packages under the race detector
	go test -race $(concurrent)

fuzz: ## fuzz every parser of outside bytes, FUZZTIME each (30s)
	go test ./space -run '^$$' -fuzz '^FuzzParse$$' -fuzztime $(or $(FUZZTIME),30s)
	go test ./space/onnx -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(or $(FUZZTIME),30s)
	go test ./space/onnx -run '^$$' -fuzz '^FuzzGenotype$$' -fuzztime $(or $(FUZZTIME),30s)

verify: .venv/verify ## have ONNX Runtime, PyTorch, timm and TensorRT-RTX check all networks (40 min); writes experiments/verify/README.md
	go run ./experiments/verify -python $(python)

verify-timm: .venv/verify ## compare timm's own ONNX exports with our graphs (7 min); writes experiments/verify/timm/README.md
	go run ./experiments/verify/timm -python $(python)

verify-quick: .venv/verify ## check one network of each family and every block, and the drivers of these programs
	go run ./experiments/verify -python $(python) -quick
	go test ./trt/python -run '^TestBuildsForTarget$$' -rtx-python $(CURDIR)/$(python)
	go test ./trt/ort -run '^TestNetwork$$' -ort-python $(CURDIR)/$(python)

kill: ## kill a search of 50,000 evaluations 20 times, and compare it with an undisturbed one
	go test ./cmd/trtnas -run Kill -v -timeout 30m -kills 20 -kill-evals 50000

bench: ## run the Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

bench-nsga2: .venv/nsga2 ## compare NSGA-II with pymoo's; writes experiments/bench/nsga2/README.md
	go run ./experiments/bench/nsga2 -python $(python)

bench-export: .venv/verify ## compare writing ONNX with torch.onnx.export; writes experiments/bench/export/README.md
	go run ./experiments/bench/export -python $(python)

results: build ## run the searches and the cross-validation that docs/results shows
	rm -f bin/results.db*
	for space in trt-vit open paper; do for budget in 10ms 20ms; do \
		bin/trtnas search --budget $$budget --space $$space --db bin/results.db > docs/results/$$space-$$budget.txt || exit 1; \
	done; done
	bin/trtnas validate > docs/results/validate.txt
	go run ./experiments/pairs > docs/results/pairs.md

.venv/verify: experiments/verify/requirements.txt experiments/verify/requirements-rtx.txt
	python3 -m venv .venv
	$(python) -m pip install --quiet --requirement experiments/verify/requirements.txt
	$(python) -m pip install --quiet --no-deps --requirement experiments/verify/requirements-rtx.txt
	touch $@

golden: ## write what tests compare with anew; read the diff before you commit it
	go test ./predictor/latency -run Refit -update
	go test ./space -run Blocks -update
	go test ./space/torch -run Golden -update
	go test ./space/onnx -run Nodes -update
	go test ./store -run Schema -update
	go test ./cmd/trtnas -run Scripts -update

golden-pymoo: .venv/nsga2 ## compute the reference values of search with pymoo anew
	$(python) search/testdata/golden.py > search/testdata/pymoo.json.new
	mv search/testdata/pymoo.json.new search/testdata/pymoo.json

.venv/nsga2: experiments/bench/nsga2/requirements.txt
	python3 -m venv .venv
	$(python) -m pip install --quiet --requirement $<
	touch $@

clean: ## remove what the other targets made
	rm -rf bin .venv
