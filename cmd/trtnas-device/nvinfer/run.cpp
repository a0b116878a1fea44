//go:build tensorrt && cgo

#include "library.hpp"

#include <map>
#include <vector>

using namespace nvinfer1;

// Profile keeps the times of layers by batch, in the order in which layers
// first ran.
class Profile : public IProfiler {
public:
	void reportLayerTime(char const *name, float ms) noexcept override {
		auto const found = places.find(name);
		auto const place = found != places.end() ? found->second : layers.size();
		if (place == layers.size()) {
			layers.push_back({name, {}});
			places[name] = place;
		}
		auto &times = layers[place].times;
		times.resize(batches, 0);
		if (!times.empty()) times.back() += ms;
	}

	struct Layer {
		std::string name;
		std::vector<float> times;
	};
	std::vector<Layer> layers;
	size_t batches = 0;

private:
	std::map<std::string, size_t> places;
};

// The plan's memory belongs to the caller; what is here goes in reverse order.
struct shim_engine {
	std::unique_ptr<ICudaEngine> engine;
	std::unique_ptr<IExecutionContext> context;
	std::unique_ptr<Profile> profile;
};

char *shim_load(shim_library *library, const void *plan, size_t size, shim_engine **out) {
	if (!library->runtime) library->runtime.reset(static_cast<IRuntime *>(library->create_runtime(&library->log, NV_TENSORRT_VERSION)));
	if (!library->runtime) return fail("no runtime could be made");
	auto engine = std::make_unique<shim_engine>();
	engine->engine.reset(library->runtime->deserializeCudaEngine(plan, size));
	if (!engine->engine) return fail("");
	engine->context.reset(engine->engine->createExecutionContext());
	if (!engine->context) return fail("no execution context could be made");
	*out = engine.release();
	return nullptr;
}

void shim_unload(shim_engine *engine) { delete engine; }

int64_t shim_device_memory(const shim_engine *engine) { return engine->engine->getDeviceMemorySizeV2(); }

int shim_tensors(const shim_engine *engine) { return engine->engine->getNbIOTensors(); }

static int type_of(DataType type) {
	switch (type) {
	case DataType::kFLOAT: return SHIM_FLOAT;
	case DataType::kHALF: return SHIM_HALF;
	default: return SHIM_OTHER;
	}
}

void shim_tensor_at(const shim_engine *engine, int index, shim_tensor *to) {
	auto const &e = *engine->engine;
	*to = {};
	to->name = e.getIOTensorName(index);
	to->input = e.getTensorIOMode(to->name) == TensorIOMode::kINPUT;
	to->type = type_of(e.getTensorDataType(to->name));
	auto const shape = e.getTensorShape(to->name);
	to->rank = shape.nbDims;
	for (int i = 0; i < shape.nbDims && i < SHIM_MAX_DIMS; ++i) to->shape[i] = shape.d[i];
}

int shim_bind(shim_engine *engine, const char *tensor, uintptr_t device) {
	return !engine->context->setTensorAddress(tensor, reinterpret_cast<void *>(device));
}

int shim_enqueue(shim_engine *engine, void *stream) { return !engine->context->enqueueV3(static_cast<cudaStream_t>(stream)); }

void shim_profile(shim_engine *engine, int on) {
	engine->context->setProfiler(nullptr);
	engine->profile.reset(on ? new Profile : nullptr);
	if (on) engine->context->setProfiler(engine->profile.get());
}

void shim_profile_next(shim_engine *engine) { ++engine->profile->batches; }

int shim_profile_layers(const shim_engine *engine) { return static_cast<int>(engine->profile->layers.size()); }

const char *shim_profile_layer(const shim_engine *engine, int index, const float **times, size_t *n) {
	auto const &layer = engine->profile->layers[index];
	*times = layer.times.data();
	*n = layer.times.size();
	return layer.name.c_str();
}
