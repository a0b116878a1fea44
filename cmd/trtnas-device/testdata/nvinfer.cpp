// TensorRT for tests, compiled with its own headers. An engine doubles its input; its plan is a text that says how it was built, and
// "stale" is the plan of another version. Only the functions that the program calls are there: others answer 0, and so do
// destructors, which leaves objects behind.

#include <NvInfer.h>
#include <NvOnnxParser.h>
#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <time.h>

using namespace nvinfer1;

namespace {

ILogger *logger;

void say(char const *text) { logger->log(ILogger::Severity::kERROR, text); }

// Fake is an object with a table of virtual functions, as the Itanium C++ ABI has them.
struct Fake {
	void *const *table = functions;
	void *functions[256];
	Fake() { for (auto &f : functions) f = reinterpret_cast<void *>(+[]() -> long { return 0; }); }

	// on puts a function, whose first parameter is the object, in place of a member.
	template <typename Member, typename Function>
	Fake &on(Member member, Function *function) {
		intptr_t place;
		static_assert(sizeof member == 2 * sizeof place);
		std::memcpy(&place, &member, sizeof place);
		functions[(place - 1) / sizeof(void *)] = reinterpret_cast<void *>(function);
		return *this;
	}
	template <typename T> T *as() { return reinterpret_cast<T *>(this); }
};

// Of is an interface that TensorRT's library implements by another.
template <typename Interface, typename Implementation>
struct Of : Interface {
	explicit Of(Fake &fake) { this->mImpl = fake.as<Implementation>(); }
};

// Running engines.

struct Binding { char const *name; TensorIOMode mode; DataType type; Dims shape; void *address; };
Binding bindings[] = {
	{"input", TensorIOMode::kINPUT, DataType::kHALF, {2, {1, 3}}, nullptr},
	{"scores", TensorIOMode::kOUTPUT, DataType::kFLOAT, {2, {1, 3}}, nullptr},
	{"half", TensorIOMode::kOUTPUT, DataType::kHALF, {2, {1, 3}}, nullptr},
};

Binding *find(char const *name) {
	for (auto &b : bindings) if (!std::strcmp(b.name, name)) return &b;
	return nullptr;
}

IProfiler *profiler;

// compute takes 200 µs. Values are small whole numbers, whose fp16 is easily doubled and widened.
void compute(void *) {
	timespec begin, now;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000000000L + now.tv_nsec - begin.tv_nsec < 200000);
	auto const *in = static_cast<uint16_t const *>(bindings[0].address);
	auto *scores = static_cast<uint32_t *>(bindings[1].address);
	auto *half = static_cast<uint16_t *>(bindings[2].address);
	for (int i = 0; i < 3; ++i) {
		half[i] = in[i] ? in[i] + 0x400 : 0;
		scores[i] = half[i] ? uint32_t(half[i] & 0x8000) << 16 | ((half[i] & 0x7fffu) + (112u << 10)) << 13 : 0;
	}
	if (profiler) {
		profiler->reportLayerTime("stem + relu", 0.125f);
		profiler->reportLayerTime("head", 0.0625f);
	}
}

using Enqueue = int (*)(void *stream, void (*)(void *), void *);

Fake &context_functions() {
	static Fake fake;
	return fake.on(&apiv::VExecutionContext::setTensorAddress, +[](void *, char const *name, void *address) -> bool {
			auto *b = find(name);
			if (b) b->address = address;
			return b;
		})
		.on(&apiv::VExecutionContext::setProfiler, +[](void *, IProfiler *p) { profiler = p; })
		.on(&apiv::VExecutionContext::enqueueV3, +[](void *, void *stream) -> bool {
			auto enqueue = reinterpret_cast<Enqueue>(dlsym(RTLD_DEFAULT, "fake_enqueue"));
			return enqueue(stream, compute, nullptr) == 0;
		});
}

Fake &engine_functions() {
	static Fake fake;
	return fake.on(&apiv::VCudaEngine::getNbIOTensors, +[](void *) -> int32_t { return 3; })
		.on(&apiv::VCudaEngine::getIOTensorName, +[](void *, int32_t i) { return bindings[i].name; })
		.on(&apiv::VCudaEngine::getTensorIOMode, +[](void *, char const *name) { return find(name)->mode; })
		.on(&apiv::VCudaEngine::getTensorDataType, +[](void *, char const *name) { return find(name)->type; })
		.on(&apiv::VCudaEngine::getTensorShape, +[](void *, char const *name) { return find(name)->shape; })
		.on(&apiv::VCudaEngine::getDeviceMemorySizeV2, +[](void *) -> int64_t { return 4096; })
		.on(&apiv::VCudaEngine::createExecutionContext, +[](void *, ExecutionContextAllocationStrategy) -> IExecutionContext * {
			return new Of<IExecutionContext, apiv::VExecutionContext>(context_functions());
		});
}

using DeserializeNoexcept = ICudaEngine *(apiv::VRuntime::*)(void const *, std::size_t) noexcept;

Fake &runtime_functions() {
	static Fake fake;
	return fake.on(static_cast<DeserializeNoexcept>(&apiv::VRuntime::deserializeCudaEngine), +[](void *, void const *plan, std::size_t size) -> ICudaEngine * {
		if (std::string(static_cast<char const *>(plan), size) == "stale") {
			say("The engine plan file is not compatible with this version of TensorRT, expecting library version 11.4.0 got 10.6.0, please rebuild.");
			return nullptr;
		}
		return new Of<ICudaEngine, apiv::VCudaEngine>(engine_functions());
	});
}

// Building engines.

std::string plan, cache;
bool cached;

struct Memory : Fake {
	std::string text;
};

IHostMemory *memory(std::string const &text) {
	auto *fake = new Memory;
	fake->text = text;
	fake->on(&apiv::VHostMemory::data, +[](void *self) -> void * { return static_cast<Memory *>(self)->text.data(); })
		.on(&apiv::VHostMemory::size, +[](void *self) -> std::size_t { return static_cast<Memory *>(self)->text.size(); });
	return new Of<IHostMemory, apiv::VHostMemory>(*fake);
}

Fake &cache_functions() {
	static Fake fake;
	return fake.on(&apiv::VTimingCache::serialize, +[](void *) -> IHostMemory * {
		return memory("cache with one kernel more than: " + cache);
	});
}

ITimingCache *the_cache() {
	static ITimingCache *one = new Of<ITimingCache, apiv::VTimingCache>(cache_functions());
	return one;
}

Fake &config_functions() {
	static Fake fake;
	return fake.on(&apiv::VBuilderConfig::setBuilderOptimizationLevel, +[](void *, int32_t level) { plan += " level " + std::to_string(level); })
		.on(&apiv::VBuilderConfig::setMemoryPoolLimit, +[](void *, MemoryPoolType, std::size_t bytes) { plan += " workspace " + std::to_string(bytes); })
		.on(&apiv::VBuilderConfig::setFlag, +[](void *, BuilderFlag flag) { plan += " flag " + std::to_string(static_cast<int>(flag)); })
		.on(&apiv::VBuilderConfig::createTimingCache, +[](void *, void const *data, std::size_t size) -> ITimingCache * {
			cache.assign(static_cast<char const *>(data), size);
			return new Of<ITimingCache, apiv::VTimingCache>(cache_functions());
		})
		.on(&apiv::VBuilderConfig::setTimingCache, +[](void *, ITimingCache const &, bool) -> bool { return cached = cache != "foreign"; })
		.on(&apiv::VBuilderConfig::getTimingCache, +[](void *) -> ITimingCache const * { return cached ? the_cache() : nullptr; });
}

Fake &network_functions() {
	static Fake fake;
	return fake;
}

Fake &builder_functions() {
	static Fake fake;
	return fake.on(&apiv::VBuilder::createNetworkV2, +[](void *, NetworkDefinitionCreationFlags flags) -> INetworkDefinition * {
			plan = "built with flags " + std::to_string(flags);
			cached = false;
			return new Of<INetworkDefinition, apiv::VNetworkDefinition>(network_functions());
		})
		.on(&apiv::VBuilder::createBuilderConfig, +[](void *) -> IBuilderConfig * {
			return new Of<IBuilderConfig, apiv::VBuilderConfig>(config_functions());
		})
		.on(&apiv::VBuilder::buildSerializedNetwork, +[](void *, INetworkDefinition &, IBuilderConfig &) -> IHostMemory * {
			if (plan.find("unbuildable") != std::string::npos) {
				say("Error Code 10: Internal Error (Could not find any implementation for node {ForeignNode[head]}.)");
				return nullptr;
			}
			return memory(plan);
		});
}

bool read_model(void *, char const *path, int) {
	std::ifstream file(path);
	plan += " from " + std::string(std::istreambuf_iterator<char>(file), {});
	return bool(file);
}

} // namespace

extern "C" {

int32_t getInferLibVersion() noexcept {
	std::puts("a library may print where responses belong");
	std::fflush(stdout);
	return NV_TENSORRT_VERSION;
}

void *createInferBuilder_INTERNAL(void *log, int32_t) noexcept {
	logger = static_cast<ILogger *>(log);
	return new Of<IBuilder, apiv::VBuilder>(builder_functions());
}

void *createInferRuntime_INTERNAL(void *log, int32_t) noexcept {
	logger = static_cast<ILogger *>(log);
	return new Of<IRuntime, apiv::VRuntime>(runtime_functions());
}

void *createNvOnnxParser_INTERNAL(void *, void *, int) noexcept {
	return &(new Fake)->on(&nvonnxparser::IParser::parseFromFile, read_model);
}

}
