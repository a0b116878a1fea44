package trt_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
)

var (
	failed  = trt.Exit{Code: 1}
	aborted = trt.Exit{Signal: syscall.SIGABRT}
)

// The texts are those of NVIDIA/TensorRT's and onnx-tensorrt's sources and of
// issue threads, whose numbers are given.
var classified = []struct {
	name    string
	output  string
	exit    trt.Exit
	class   trt.Class
	message string // a part of it
}{
	{"bad flag", "=== Model Options ===\n  --onnx=<file>  ONNX model, or no CUDA-capable device is detected\n[11/23/2026-10:00:00] [E] Unknown option: --fp16 \n&&&& FAILED TensorRT.trtexec [TensorRT v110000] # trtexec --fp16\n",
		failed, trt.BadFlag, "Unknown option: --fp16"},
	{"unsupported op, 8.6 (stable-diffusion-webui-tensorrt 54)", parser86, failed, trt.InvalidNetwork, `[8] Assertion failed: creator && "Plugin not found`},
	{"unsupported op, 10", parser10, failed, trt.InvalidNetwork, `creator && "Plugin not found`},
	{"parser without a GPU", "node 31 (MatMul): INVALID_NODE: last dimension of input0 = 64 and second to last dimension of input1 = 77 but must match\n[E] [TRT] Error Code 1: Cuda Runtime (In operator(): cudaError 35: CUDA driver version is insufficient for CUDA runtime version)\n",
		trt.Exit{}, trt.InvalidNetwork, "must match"},
	{"broken file", "[E] [TRT] ModelImporter.cpp:688: MODEL_DESERIALIZE_FAILED\n[E] Failed to parse onnx file\n", failed, trt.InvalidNetwork, "MODEL_DESERIALIZE_FAILED"},
	{"Python's exception", "RuntimeError: Failed to parse the ONNX model.", trt.Exit{}, trt.InvalidNetwork, "Failed to parse the ONNX model."},
	{"misused API", "[TRT] [E] 4: [network.cpp::validate::3062] Error Code 4: Internal Error (Network must have at least one output)\n", trt.Exit{}, trt.InvalidNetwork, "4: [network.cpp::validate::3062]"},
	{"no profile", "[E] [TRT] IBuilder::buildSerializedNetwork: Error Code 4: API Usage Error (Network has dynamic or shape inputs, but no optimization profile has been defined.)\n", failed, trt.InvalidNetwork, "IBuilder::buildSerializedNetwork"},
	{"no tactic (1917)", "[11/23/2026-10:00:00] [E] Error[10]: IBuilder::buildSerializedNetwork: Error Code 10: Internal Error (Could not find any implementation for node {ForeignNode[s1.b1...head]}.)\n[E] Engine could not be created from network\n[E] Building engine failed\n[E] Engine set up failed\n",
		failed, trt.NoImplementation, "Error[10]: IBuilder"},
	{"no memory (4258)", memory + verdict + "[E] Engine could not be created from network\n", failed, trt.OutOfMemory, "Error[1]: [defaultAllocator.cpp::allocate::31] Error Code 1: Cuda Runtime (out of memory)"},
	{"no memory, 7 (840)", "Cuda Error in allocate: 2 (out of memory)\n", failed, trt.OutOfMemory, "Cuda Error in allocate: 2"},
	{"no memory, warned of", "[W] [TRT] Requested amount of GPU memory (15485030400 bytes) could not be allocated.\n[E] Building engine failed\n", failed, trt.OutOfMemory, "Requested amount"},
	{"no memory on the host", "terminate called after throwing an instance of 'std::bad_alloc'\n", aborted, trt.OutOfMemory, "std::bad_alloc"},
	{"memory limit", "[V] [TRT] Parsing\n", trt.Exit{Signal: syscall.SIGKILL, MemoryLimit: 8 << 30}, trt.OutOfMemory, `more than 8192 MiB of memory, after "Parsing"`},
	{"memory was no matter", memory + "[I] Engine built in 20 sec.\n&&&& PASSED TensorRT.trtexec [TensorRT v100600] # trtexec\n", trt.Exit{}, trt.Degraded, "it passed"},
	{"hang", memory + "[11/23/2026-10:00:00] [I] [TRT] Local timing cache in use. Profiling results in this builder pass will not be stored.\n", trt.Exit{Signal: syscall.SIGKILL, TimeLimit: 10 * time.Minute}, trt.Timeout, `no end within 10m0s, after "Local timing cache in use.`},
	{"fault", "[I] [TRT] Local timing cache in use.\n", trt.Exit{Signal: syscall.SIGSEGV}, trt.Crash, `segmentation fault, after "Local timing cache`},
	{"fault after skipped kernels", memory, trt.Exit{Signal: syscall.SIGSEGV}, trt.Crash, "segmentation fault"},
	{"fault in a shell", memory, trt.Exit{Code: 139}, trt.Crash, "segmentation fault"},
	{"abort", "terminate called after throwing an instance of 'nvinfer1::APIUsageError'\n  what():  std::exception\n", aborted, trt.Crash, "aborted, after"},
	{"killed from outside", "", trt.Exit{Signal: syscall.SIGKILL}, trt.Crash, "memory was full"},
	{"old driver, 8", "Cuda failure: CUDA driver version is insufficient for CUDA runtime version\n", aborted, trt.NoDevice, "Cuda failure"},
	{"no GPU, 10", "Cuda failure: no CUDA-capable device is detected\n", failed, trt.NoDevice, "Cuda failure"},
	{"no GPU, by trtexec", "[11/23/2026-10:00:00] [I] === Device Information ===\n[11/23/2026-10:00:00] [I] Cannot find any available devices (GPUs)!\n", failed, trt.NoDevice, "Cannot find any available devices (GPUs)!"},
	{"no such GPU", "[I] Cannot find device ID 7!\n", failed, trt.NoDevice, "device ID 7"},
	{"no GPU, 11", "[E] [TRT] createInferBuilder: Error Code 6: API Usage Error (CUDA initialization failure with error: 35. Please check your CUDA installation)\n[E] Builder creation failed\n", failed, trt.NoDevice, "error: 35"},
	{"no driver", "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n", trt.Exit{Code: 9}, trt.NoDevice, "NVIDIA-SMI has failed"},
	{"missing library", "trtexec: error while loading shared libraries: libnvinfer.so.10: cannot open shared object file: No such file or directory\n", trt.Exit{Code: 127}, trt.Incomplete, "libnvinfer.so.10"},
	{"missing program", "", trt.Exit{Code: 127}, trt.Incomplete, "exit code 127"},
	{"missing library, 10", "[E] Could not load library libnvinfer.so.10: Unable to open library: libnvinfer.so.10 due to libnvinfer.so.10: cannot open shared object file: No such file or directory\n[E] Builder creation failed\n", failed, trt.Incomplete, "Could not load library"},
	{"missing resource (meta-tegra 2243)", "[E] [TRT] createInferBuilder: Error Code 6: API Usage Error (Unable to load library: libnvinfer_builder_resource_sm86.so.10.16.2: cannot open shared object file)\n[E] Builder creation failed\n", failed, trt.Incomplete, "libnvinfer_builder_resource_sm86"},
	{"driver was updated", "Failed to initialize NVML: Driver/library version mismatch\n", trt.Exit{Code: 18}, trt.Incompatible, "Failed to initialize NVML"},
	{"driver doesn't fit", "CUDA error 803: system has unsupported display driver / cuda driver combination", trt.Exit{}, trt.Incompatible, "803"},
	{"old GPU", "[E] Error Code: 9: Target GPU SM 60 is not supported by this TensorRT release.", failed, trt.Incompatible, "SM 60"},
	{"sticky error (2463)", "[E] Error[1]: [executionContext.cpp::~MyelinGraphContext] Error Code 1: Cuda Runtime (an illegal memory access was encountered)\n[E] Error[1]: [defaultAllocator.cpp::deallocate::42] Error Code 1: Cuda Runtime (an illegal memory access was encountered)\n[E] Error occurred during inference\n", failed, trt.DeviceLost, "executionContext.cpp"},
	{"launch failure", "Cuda failure: unspecified launch failure\n", aborted, trt.DeviceLost, "unspecified"},
	{"busy (1173)", "Cuda failure: all CUDA-capable devices are busy or unavailable\n", failed, trt.DeviceLost, "busy"},
	{"unknown error", "Cuda failure: unknown error\n", failed, trt.DeviceLost, "unknown error"},
	{"inference", "[E] Error occurred during inference\n", failed, trt.DeviceLost, "during inference"},
	{"plan of another release", "[E] [TRT] 6: The engine plan file is not compatible with this version of TensorRT, expecting library version 8.2.3 got 8.2.1, please rebuild.\n[E] Engine deserialization failed\n", failed, trt.StaleEngine, "8.2.3 got 8.2.1"},
	{"plan of another version", "[E] Error[1]: [stdArchiveReader.cpp::StdArchiveReader::40] Error Code 1: Serialization (Serialization assertion stdVersionRead == serializationVersion failed.Version tag does not match. Note: Current Version: 213, Serialized Engine Version: 205)\n", failed, trt.StaleEngine, "Serialized Engine Version: 205"},
	{"no plan (2041)", "[E] Error[1]: Error Code 1: Serialization (Serialization assertion magicTagRead == kMAGIC_TAG failed.Magic tag does not match)\n[E] Engine deserialization failed\n", failed, trt.StaleEngine, "kMAGIC_TAG"},
	{"plan of another device", "[E] [TRT] The engine plan file is generated on an incompatible device, expecting compute 9.0 got compute 8.9, please rebuild.\n", failed, trt.StaleEngine, "compute 8.9"},
	{"plan that needs memory", "[E] [TRT] 2: [executionContext.cpp] Error Code 2: OutOfMemory (no further information)\n[E] Engine deserialization failed\n", failed, trt.OutOfMemory, "OutOfMemory"},
	{"cache of another device (2144)", "[E] [TRT] 2: [caskBuilderUtils.cpp::getCaskHandle::408] Error Code 2: Internal Error (Assertion !\"Tactic not found\" failed. )\n[E] Engine could not be created from network\n", failed, trt.StaleCache, "getCaskHandle"},
	{"stale cache (3566)", "[E] [TRT] 1: [stdArchiveReader.cpp::StdArchiveReader::32] Error Code 1: Serialization (Serialization assertion magicTagRead == kMAGIC_TAG failed.Magic tag does not match)\n[E] [TRT] 4: The timing cache will not be used!\n", failed, trt.StaleCache, "The timing cache will not be used!"},
	{"cache of another version", "[E] [TRT] 1: [stdArchiveReader.cpp::StdArchiveReader::40] Error Code 1: Serialization (Serialization assertion stdVersionRead == serializationVersion failed.Version tag does not match. Note: Current Version: 213, Serialized Engine Version: 205)\n[E] [TRT] 4: The timing cache will not be used!\n", failed, trt.StaleCache, "The timing cache will not be used!"},
	{"plan of another release, 10", "[E] [TRT] IRuntime::deserializeCudaEngine: Error Code 6: API Usage Error (The engine plan file is not compatible with this version of TensorRT, expecting library version 10.6.0.26 got 10.3.0.26, please rebuild.)\n", failed, trt.StaleEngine, "got 10.3.0.26"},
	{"stale cache (1413)", "[W] [TRT] Detected invalid timing cache, setup a local cache instead\n[E] Building engine failed\n", failed, trt.StaleCache, "invalid timing cache"},
	{"a new cache is no failure", "[W] Could not read timing cache from: /tmp/c. A new timing cache will be generated and written.\n[E] Saving engine to file failed.\n", failed, "", "Saving engine to file failed."},
	{"lines of other severity", "&&&& RUNNING TensorRT.trtexec # trtexec --onnx=out of memory.onnx\n[I] Model: out of memory\n[E] what?\n", failed, "", "what?"},
	{"nothing", "", failed, "", "exit code 1"},
}

func TestClassify(t *testing.T) {
	for _, test := range classified {
		t.Run(test.name, func(t *testing.T) {
			f := trt.Classify(test.output, test.exit)
			if f.Class != test.class || !strings.Contains(f.Message, test.message) {
				t.Errorf("got %q: %s\nwant %q: %s", f.Class, f.Message, test.class, test.message)
			}
			if f.Output != test.output {
				t.Errorf("output %q", f.Output)
			}
			if strings.Contains(f.Message, "\n") || strings.HasPrefix(f.Message, "[E]") || strings.HasPrefix(f.Message, "[11/") {
				t.Errorf("message %q", f.Message)
			}
		})
	}
}

const memory = `[11/23/2026-10:00:00] [E] Error[1]: [defaultAllocator.cpp::allocate::31] Error Code 1: Cuda Runtime (out of memory)
[11/23/2026-10:00:00] [W] [TRT] Requested amount of GPU memory (15485030400 bytes) could not be allocated. There may not be enough free memory for allocation to succeed.
[11/23/2026-10:00:00] [E] Error[9]: Skipping tactic 0x0000000000000000 due to exception [tunable_graph.cpp:create:117] autotuning: User allocator error allocating 15485030400-byte buffer
`

const verdict = `[11/23/2026-10:00:00] [E] Error[10]: IBuilder::buildSerializedNetwork: Error Code 10: Internal Error (Could not find any implementation for node {ForeignNode[s1.b1...head]}.)
`

const parser86 = `[11/23/2026-10:00:00] [I] [TRT] No importer registered for op: MyUnsupportedOp. Attempting to import as plugin.
[11/23/2026-10:00:00] [E] [TRT] ModelImporter.cpp:726: While parsing node number 22 [MyUnsupportedOp -> "y"]:
[11/23/2026-10:00:00] [E] [TRT] ModelImporter.cpp:727: --- Begin node ---
[11/23/2026-10:00:00] [E] [TRT] ModelImporter.cpp:728: input: "x"
output: "y"
op_type: "MyUnsupportedOp"

[11/23/2026-10:00:00] [E] [TRT] ModelImporter.cpp:729: --- End node ---
[11/23/2026-10:00:00] [E] [TRT] ModelImporter.cpp:732: ERROR: builtin_op_importers.cpp:5428 In function importFallbackPluginImporter:
[8] Assertion failed: creator && "Plugin not found, are the plugin name, version, and namespace correct?"
[11/23/2026-10:00:00] [E] Failed to parse onnx file
[11/23/2026-10:00:00] [I] Finished parsing network model. Parse time: 0.0162
[11/23/2026-10:00:00] [E] Parsing model failed
[11/23/2026-10:00:00] [E] Failed to create engine from model or file.
[11/23/2026-10:00:00] [E] Engine set up failed
&&&& FAILED TensorRT.trtexec [TensorRT v8601] # trtexec --onnx=m.onnx
`

const parser10 = `[11/23/2026-10:00:00] [E] [TRT] ModelImporter.cpp:949: ERROR: onnxOpCheckers.cpp:781 In function checkFallbackPluginImporter:
[6] creator && "Plugin not found, are the plugin name, version, and namespace correct?"
[11/23/2026-10:00:00] [E] Failed to parse onnx file
&&&& FAILED TensorRT.trtexec [TensorRT v100600] # trtexec --onnx=m.onnx
`

func TestClassifyKeepsTheEnd(t *testing.T) {
	long := strings.Repeat("[V] [TRT] a line of a verbose log\n", 10000)
	f := trt.Classify(long+"[E] Engine set up failed", trt.Exit{Code: 1})
	if len(f.Output) > 17<<10 || !strings.HasPrefix(f.Output, "[V]") || !strings.HasSuffix(f.Output, "[E] Engine set up failed") {
		t.Errorf("kept %d bytes: %.60q", len(f.Output), f.Output)
	}
}
