//go:build tensorrt && cgo

#include "library.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

char *fail(std::string const &message) { return strdup(message.c_str()); }

// More would only repeat what the first messages say.
static constexpr size_t kept_log = 64 << 10;

void Log::log(Severity severity, char const *message) noexcept {
	static char const letters[] = {'F', 'E', 'W', 'I', 'V'};
	if (severity > Severity::kINFO) return;
	char const letter = letters[static_cast<int>(severity)];
	std::fprintf(stderr, "[%c] [TRT] %s\n", letter, message);
	if (severity > Severity::kWARNING) return;
	std::lock_guard<std::mutex> lock(mutex);
	if (kept.size() < kept_log) kept += std::string("[") + letter + "] [TRT] " + message + "\n";
}

std::string Log::take() {
	std::lock_guard<std::mutex> lock(mutex);
	return std::exchange(kept, {});
}

int shim_header_version(void) { return NV_TENSORRT_VERSION; }

int shim_header_rtx(void) {
#ifdef TRT_MAJOR_RTX
	return 1;
#else
	return 0;
#endif
}

// Weak typing went with TensorRT 11, and TensorRT-RTX never had it.
int shim_header_weak(void) { return !shim_header_rtx() && NV_TENSORRT_MAJOR < 11; }

// find sets to to the function of that name, or tells which one is missing.
template <typename F>
static char *find(void *handle, char const *name, F &to) {
	to = reinterpret_cast<F>(dlsym(handle, name));
	return to ? nullptr : fail(dlerror());
}

char *shim_open(const char *nvinfer, const char *parser, shim_library **out) {
	// Global, since the parser looks for symbols of the library.
	void *core = dlopen(nvinfer, RTLD_NOW | RTLD_GLOBAL);
	if (!core) return fail(dlerror());
	void *onnx = dlopen(parser, RTLD_NOW);
	if (!onnx) return fail(dlerror());
	auto library = std::make_unique<shim_library>();
	int32_t (*version)() = nullptr;
	if (char *error = find(core, "getInferLibVersion", version)) return error;
	library->version = version();
	if (char *error = find(core, "createInferBuilder_INTERNAL", library->create_builder)) return error;
	if (char *error = find(core, "createInferRuntime_INTERNAL", library->create_runtime)) return error;
	if (char *error = find(onnx, "createNvOnnxParser_INTERNAL", library->create_parser)) return error;
	*out = library.release();
	return nullptr;
}

int shim_version(const shim_library *library) { return library->version; }

char *shim_log(shim_library *library) { return fail(library->log.take()); }
