# `make` lists the targets. What is needed is Go, a C compiler (SQLite is C), and for the tests Python 3.11 to 3.13 with venv:
# the programs that check exports from outside are installed in .venv. The tests of the device program also want cargo and a C++ compiler:
# NVIDIA's headers, which are not ours to hand on, come from a crate and from Python packages into .device.

# Without it go-sqlite3 would build all the same, and fail when it runs.
export CGO_ENABLED = 1

# Pinned, and run through Go, so that nothing has to be installed.
staticcheck = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2

govulncheck = go run golang.org/x/vuln/cmd/govulncheck@v1.9.0

# The packages that share memory between goroutines.
concurrent = ./evaluator/... ./search/... ./store/...

python = .venv/bin/python

# Where NvInfer.h and cuda.h are, and a libcuda.so to link with, for make device-program.
TENSORRT_INCLUDE ?= /usr/include/x86_64-linux-gnu
CUDA_INCLUDE ?= /usr/local/cuda/include
CUDA_LIB ?= /usr/local/cuda/lib64/stubs

.PHONY: help build man test lint fmt race fuzz soak soak-quick vuln kill verify verify-timm verify-quick verify-train verify-zerocost study-zerocost study-fractals verify-ui verify-optuna verify-device device-program vet-device test-device FORCE bench bench-export bench-nsga2 bench-search bench-search-quick scale release check-release results studies exploit golden golden-pymoo clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/trtnas
	go build -o bin/ ./cmd/trtnas

man: build ## write the man pages to bin/man/man1; SOURCE_DATE_EPOCH dates them, else the commit
	bin/trtnas man bin/man/man1

test: lint ## check everything: format, vet, staticcheck, tests, data races, exports from outside, the device program
	go test ./...
	$(MAKE) --no-print-directory race verify-quick soak-quick test-device bench-search-quick

lint: ## check format, vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then \
		echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(staticcheck) ./...

fmt: ## format the Go files
	gofmt -w .

race: ## run the tests of concurrent packages under the race detector
	go test -race $(concurrent)

# package:target. Making an input smaller that does no harm is not worth the minute that Go takes for it.
fuzzed = space:FuzzParse \
	space/onnx:FuzzRead \
	space/onnx:FuzzGenotype \
	predictor/latency:FuzzFile \
	trt:FuzzClassify \
	trt/smi:FuzzReadings \
	trt/trtexec:FuzzFiles \
	trt/wire:FuzzServe \
	trt/sim:FuzzParse \
	trt/replay:FuzzRead \
	evaluator/train:FuzzEvent \
	evaluator/fleet:FuzzJob \
	evaluator/fleet:FuzzOutcome \
	evaluator/fleet:FuzzTraining \
	evaluator/fleet:FuzzLabel \
	store/pages:FuzzRows \
	experiments:FuzzGoals \
	experiments:FuzzDecisions \
	experiments/report:FuzzExport

fuzz: ## fuzz everything that reads outside bytes, FUZZTIME each (30s)
	@for target in $(fuzzed); do \
		go test ./$${target%%:*} -run '^$$' -fuzz "^$${target##*:}\$$" -fuzztime $(or $(FUZZTIME),30s) -fuzzminimizetime 20x || exit 1; \
	done

verify: .venv/verify ## have ONNX Runtime, PyTorch, timm and TensorRT-RTX check all networks (40 min); writes experiments/verify/README.md
	go run ./experiments/verify -python $(python)

verify-timm: .venv/verify ## compare timm's own ONNX exports with our graphs (7 min); writes experiments/verify/timm/README.md
	go run ./experiments/verify/timm -python $(python)

verify-quick: .venv/verify build ## check one network of each family and every block, and the drivers of these programs
	go run ./experiments/verify -python $(python) -quick
	go test ./trt/python -run '^TestBuildsForTarget$$' -rtx-python $(CURDIR)/$(python)
	go test ./trt/ort -run '^TestNetwork$$' -ort-python $(CURDIR)/$(python)
	$(python) experiments/verify/training/check.py -program $(CURDIR)/bin/trtnas -quick
	go run ./experiments/verify/zerocost -python $(python) -quick
	go run ./experiments/verify/fractals -python $(python) -quick

verify-train: .venv/verify .venv/training build ## train, kill and resume networks on digits and fractals (10 min); writes experiments/verify/train.md
	$(python) experiments/verify/training/check.py -program $(CURDIR)/bin/trtnas

verify-zerocost: .venv/verify ## have PyTorch compute zero-cost proxies from the papers' formulas; writes experiments/verify/zerocost/README.md
	go run ./experiments/verify/zerocost -python $(python)

study-zerocost: .venv/verify ## score the published networks that evaluator/zerocost/data/scores.csv lacks
	go run ./experiments/verify/zerocost -python $(python) -study evaluator/zerocost/data/scores.csv

study-fractals: .venv/verify ## train the networks that experiments/verify/fractals/scores.csv lacks, on fractals (2 h, resumable), and write README.md beside it
	go run ./experiments/verify/fractals -python $(python)

verify-ui: .venv/ui build ## look at dashboard and report in a real Chromium (3 min; CHROMIUM says where); writes experiments/verify/ui/README.md
	$(python) experiments/verify/ui/check.py -program bin/trtnas $(if $(CHROMIUM),-chromium $(CHROMIUM))

vuln: ## ask Go's vulnerability database about the code that is called (needs to reach vuln.go.dev)
	$(govulncheck) ./...

soak: build ## kill, pause, cut off, fill, damage (5 min, needs root for small disks); writes experiments/verify/soak/README.md
	go run ./experiments/verify/soak -program bin/trtnas

soak-quick: build ## a few of each fault (1 min)
	go run ./experiments/verify/soak -program bin/trtnas -quick

verify-optuna: .venv/optuna build ## have Optuna and its dashboard open exported runs (2 min); writes experiments/verify/optuna/README.md
	$(python) experiments/verify/optuna/check.py -program bin/trtnas

scale: build ## measure 1 to 1,000 simulated workers, and what a million results take (15 min); writes experiments/bench/scale/README.md
	go run ./experiments/bench/scale

kill: ## kill a search of 50,000 evaluations 20 times, and compare it with an undisturbed one
	go test ./cmd/trtnas -run Kill -v -timeout 30m -kills 20 -kill-evals 50000

bench: ## run the Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

bench-nsga2: .venv/nsga2 ## compare NSGA-II with pymoo's; writes experiments/bench/nsga2/README.md
	go run ./experiments/bench/nsga2 -python $(python)

bench-export: .venv/verify ## compare writing ONNX with torch.onnx.export; writes experiments/bench/export/README.md
	go run ./experiments/bench/export -python $(python)

bench-search: .venv/search build ## compare how many measurements searches need (2 h, resumable); writes experiments/bench/search/README.md
	go run ./experiments/bench/search -python $(python)

bench-search-quick: .venv/search build ## make sure that screening saves measurements beside pymoo (1 min)
	go run ./experiments/bench/search -python $(python) -quick

.venv/release: experiments/release/requirements.txt
	python3 -m venv .venv/release
	.venv/release/bin/pip install --quiet --requirement $<

release: .venv/release ## build static programs for linux/amd64 and linux/arm64, checksums and a bill of materials in bin/release (6 min)
	rm -rf bin/release
	experiments/release/release.sh .venv/release/bin/python bin/release

check-release: ## use what was released as a stranger would (needs root for chroot, and qemu-user-static)
	experiments/release/check.sh bin/release

results: build ## run the searches and the cross-validation that docs/results shows
	rm -f bin/results.db*
	for space in trt-vit open paper; do for budget in 10ms 20ms; do \
		bin/trtnas search --budget $$budget --space $$space --db bin/results.db > docs/results/$$space-$$budget.txt || exit 1; \
	done; done
	bin/trtnas validate > docs/results/validate.txt
	bin/trtnas validate-accuracy --alternatives > docs/results/accuracy.txt
	bin/trtnas validate-accuracy --worth-of-labels > docs/results/worth-of-labels.txt

exploit: build ## search long for weaknesses of the accuracy model (10 searches of 100,000; 3 min); writes docs/results/exploit.md
	rm -f bin/exploit.db*
	for space in trt-vit open; do \
		for seed in 1 2; do bin/trtnas search --space $$space --budget 10ms --evals 100000 --seed $$seed --name $$space-10ms-seed$$seed --db bin/exploit.db > bin/exploit.txt || exit 1; done; \
		for seed in 1 2 3; do bin/trtnas search --space $$space --budget 1h --evals 100000 --seed $$seed --name $$space-unbounded-seed$$seed --db bin/exploit.db > bin/exploit.txt || exit 1; done; \
	done
	go run ./experiments/exploit

studies: build ## ask of t4 and v100 what the TRT-ViT paper found (5 min); writes experiments/results
	rm -f bin/studies.db*
	for device in t4 v100; do \
		bin/trtnas study all --device $$device --db bin/studies.db --output experiments/results/$$device || exit 1; \
	done

.venv/verify: experiments/verify/requirements.txt experiments/verify/requirements-rtx.txt
	python3 -m venv .venv
	$(python) -m pip install --quiet --requirement experiments/verify/requirements.txt
	$(python) -m pip install --quiet --no-deps --requirement experiments/verify/requirements-rtx.txt
	touch $@

# The device program. The function's arguments are the folders of TensorRT's headers, of CUDA's, and of the libcuda.so to link with. The
# wrapper of cuda.h does nothing before CUDA 13. go-nvml needs lazy symbols.
device = CGO_CXXFLAGS="-I$(1)" CGO_CFLAGS="-Wno-deprecated-declarations -I$(CURDIR)/cmd/trtnas-device/gpu/cuda13 -I$(2)" CGO_LDFLAGS="-L$(3)"
lazy = -ldflags '-extldflags=-Wl,-z,lazy'
program = ./cmd/trtnas-device
headers = $(CURDIR)/.device/TensorRT-Headers
with_headers = $(call device,$(headers)/$(1),$(CURDIR)/.device/cuda/nvidia/cuda_runtime/include,$(CURDIR)/.device)
rtx = $(call with_headers,TRT-RTX-1.7)
enterprise = $(call with_headers,TRT-Enterprise-11.4)
rtx_libraries = $$(dirname $(CURDIR)/.venv/lib/python3*/site-packages/tensorrt_rtx_libs/libtensorrt_rtx.so.1)

device-program: ## build bin/trtnas-device with the headers in TENSORRT_INCLUDE and CUDA_INCLUDE, linked with libcuda.so in CUDA_LIB
	@test -f $(TENSORRT_INCLUDE)/NvInfer.h || { echo "no NvInfer.h in $(TENSORRT_INCLUDE): set TENSORRT_INCLUDE"; exit 1; }
	@test -f $(CUDA_INCLUDE)/cuda.h || { echo "no cuda.h in $(CUDA_INCLUDE): set CUDA_INCLUDE"; exit 1; }
	$(call device,$(TENSORRT_INCLUDE),$(CUDA_INCLUDE),$(CUDA_LIB)) go build -tags 'cuda tensorrt' $(lazy) -o bin/trtnas-device $(program)

vet-device: .device/headers .device/libcuda.so bin/trtnas-device-rtx ## vet and link the device program's variants, with headers from the registries
	$(rtx) go vet -tags tensorrt $(program)/...
	$(rtx) $(staticcheck) -tags tensorrt $(program)/...
	$(rtx) go vet -tags 'cuda tensorrt' $(program)/...
	$(rtx) go build -tags 'cuda tensorrt' $(lazy) -o .device/bin/ $(program)
	$(enterprise) go vet -tags 'cuda tensorrt' $(program)/...
	$(enterprise) go build -tags 'cuda tensorrt' $(lazy) -o .device/bin/ $(program)
	$(enterprise) $(staticcheck) -tags 'cuda tensorrt' $(program)/...

test-device: vet-device .device/fake ## test the device program: builds by TensorRT-RTX, and runs on libraries of testdata in place of NVIDIA's
	LD_LIBRARY_PATH=$(rtx_libraries) $(rtx) go test -count=1 -tags tensorrt $(program)
	LD_LIBRARY_PATH=$(CURDIR)/.device/fake $(enterprise) go test -count=1 -tags 'cuda tensorrt' $(lazy) $(program)

verify-device: .venv/verify bin/trtnas-device-rtx ## have the device program build all networks (5 min); writes experiments/verify/device/README.md
	go run ./experiments/verify/device -program bin/trtnas-device-rtx -libraries $(rtx_libraries)

bin/trtnas-device-rtx: .device/headers FORCE
	$(rtx) go build -tags tensorrt -o $@ $(program)

# Only the headers of the crate are used, and it has some that are not: trtx-sys binds TensorRT-RTX and TensorRT to Rust.
.device/headers: .venv/verify
	mkdir -p .device/crate
	printf '[package]\nname = "headers"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\ntrtx-sys = { version = "=0.9.1", default-features = false }\n' > .device/crate/Cargo.toml
	touch .device/crate/lib.rs
	cargo fetch --quiet --target x86_64-unknown-linux-gnu --manifest-path .device/crate/Cargo.toml
	rm -rf $(headers) .device/cuda
	cp -r "$${CARGO_HOME:-$$HOME/.cargo}"/registry/src/*/trtx-sys-0.9.1+rtx1.7/TensorRT-Headers $(headers)
	$(python) -m pip download --quiet --no-deps --dest .device nvidia-cuda-runtime-cu12==12.6.77
	$(python) -m zipfile -e .device/nvidia_cuda_runtime_cu12-12.6.77-*.whl .device/cuda
	touch $@

.device/libcuda.so: .device/headers
	go run $(program)/cudastub .device/cuda/nvidia/cuda_runtime/include/cuda.h > .device/cuda.c
	$(CC) -shared -fPIC -Wl,-soname,libcuda.so.1 -o $@ .device/cuda.c

.device/fake: .device/headers $(wildcard cmd/trtnas-device/testdata/*.c*)
	mkdir -p $@
	$(CC) -shared -fPIC -w -Wl,-soname,libcuda.so.1 -o $@/libcuda.so.1 cmd/trtnas-device/testdata/cuda.c
	$(CC) -shared -fPIC -w -o $@/libnvidia-ml.so.1 cmd/trtnas-device/testdata/nvml.c
	$(CXX) -std=c++17 -shared -fPIC -w -I$(headers)/TRT-Enterprise-11.4 -Icmd/trtnas-device/nvinfer/cuda -o $@/libnvinfer.so.11 cmd/trtnas-device/testdata/nvinfer.cpp
	ln -sf libnvinfer.so.11 $@/libnvonnxparser.so.11
	touch $@

golden: ## write what tests compare with anew; read the diff before you commit it
	go test ./predictor/latency -run Refit -update
	go test ./experiments/study -run Golden -update
	go test ./space -run Blocks -update
	go test ./space/torch -run Golden -update
	go test ./space/onnx -run Nodes -update
	go test ./store -run Schema -update
	go test ./cmd/trtnas -run 'Scripts|Docs' -update

golden-pymoo: .venv/nsga2 ## compute the reference values of search with pymoo anew
	$(python) search/testdata/golden.py > search/testdata/pymoo.json.new
	mv search/testdata/pymoo.json.new search/testdata/pymoo.json
	$(python) search/testdata/nsga3.py > search/testdata/nsga3.json.new
	mv search/testdata/nsga3.json.new search/testdata/nsga3.json

.venv/nsga2: experiments/bench/nsga2/requirements.txt
	python3 -m venv .venv
	$(python) -m pip install --quiet --requirement $<
	touch $@

.venv/ui: experiments/verify/ui/requirements.txt
	python3 -m venv .venv
	$(python) -m pip install --quiet --requirement $<
	touch $@

.venv/training: experiments/verify/training/requirements.txt
	python3 -m venv .venv
	$(python) -m pip install --quiet --requirement $<
	touch $@

.venv/optuna: experiments/verify/optuna/requirements.txt
	python3 -m venv .venv
	$(python) -m pip install --quiet --requirement $<
	touch $@

.venv/search: experiments/bench/search/requirements.txt
	python3 -m venv .venv
	$(python) -m pip install --quiet --requirement $<
	touch $@

clean: ## remove what the other targets made
	rm -rf bin .venv .device
