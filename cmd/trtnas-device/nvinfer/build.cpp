//go:build tensorrt && cgo

#include "library.hpp"

using namespace nvinfer1;

char *shim_builder_ready(shim_library *library) {
	if (library->builder) return nullptr;
	library->builder.reset(static_cast<IBuilder *>(library->create_builder(&library->log, NV_TENSORRT_VERSION)));
	return library->builder ? nullptr : fail("no builder could be made");
}

void shim_release(shim_memory *memory) {
	delete static_cast<IHostMemory *>(memory->owner);
	*memory = {};
}

static shim_memory own(IHostMemory *memory) { return {memory, memory->data(), memory->size()}; }

// what names the parser's error codes, as NvOnnxParser.h has them.
static char const *what(nvonnxparser::ErrorCode code) {
	static char const *const names[] = {"success", "internal error", "out of memory", "not readable as ONNX", "invalid value",
		"invalid graph", "invalid node", "unsupported graph", "unsupported node", "unsupported attribute", "unsupported input",
		"unsupported data type", "unsupported dynamic input", "unsupported shape", "refit failed"};
	auto const i = static_cast<size_t>(code);
	return i < sizeof names / sizeof *names ? names[i] : "unknown error";
}

static std::string text(char const *s) { return s ? s : ""; }

// refusal is what the parser did not like, one error a line.
static std::string refusal(nvonnxparser::IParser const &parser) {
	std::string all;
	for (int i = 0; i < parser.getNbErrors(); ++i) {
		auto const *error = parser.getError(i);
		all += all.empty() ? "" : "\n";
		all += what(error->code());
		if (error->node() >= 0) {
			all += ", " + text(error->nodeOperator()) + " \"" + text(error->nodeName()) + "\" (node " + std::to_string(error->node()) + ")";
		}
		all += ": " + text(error->desc());
	}
	return all.empty() ? "the parser gave no reason" : all;
}

#ifndef TRT_MAJOR_RTX
// use_cache has the builder begin with the timing cache of the options. One of
// another version or device is dropped.
static void use_cache(IBuilderConfig &config, shim_options const &options, std::unique_ptr<ITimingCache> &cache, shim_built &built) {
	if (!options.cached) return;
	cache.reset(config.createTimingCache(options.cache, options.cache_size));
	if (cache && config.setTimingCache(*cache, false)) return;
	built.cache_dropped = options.cache_size > 0;
	cache.reset(config.createTimingCache(nullptr, 0));
	if (cache) config.setTimingCache(*cache, false);
}
#endif

static char *configure(IBuilderConfig &config, shim_options const &options) {
	config.setBuilderOptimizationLevel(options.level);
	if (options.workspace > 0) config.setMemoryPoolLimit(MemoryPoolType::kWORKSPACE, options.workspace);
#if !defined TRT_MAJOR_RTX && NV_TENSORRT_MAJOR < 11
	if (options.fp16 && !options.strong) config.setFlag(BuilderFlag::kFP16);
#endif
#ifdef TRT_MAJOR_RTX
	if (options.target > 0) {
		config.setNbComputeCapabilities(1);
		if (!config.setComputeCapability(static_cast<ComputeCapability>(options.target), 0)) {
			return fail("TensorRT-RTX does not build for compute capability " + std::to_string(options.target / 10) + "." + std::to_string(options.target % 10));
		}
	}
#endif
	return nullptr;
}

char *shim_build(shim_library *library, const shim_options *options, shim_built *built) {
	*built = {};
	auto &builder = *library->builder;
	auto const flags = options->strong ? 1U << static_cast<uint32_t>(NetworkDefinitionCreationFlag::kSTRONGLY_TYPED) : 0U;
	std::unique_ptr<INetworkDefinition> network{builder.createNetworkV2(flags)};
	if (!network) return fail("no network could be made");
	std::unique_ptr<nvonnxparser::IParser> parser{
		static_cast<nvonnxparser::IParser *>(library->create_parser(network.get(), &library->log, NV_ONNX_PARSER_VERSION))};
	if (!parser) return fail("no parser could be made");
	if (!parser->parseFromFile(options->model, static_cast<int>(ILogger::Severity::kWARNING))) {
		built->invalid = 1;
		return fail(refusal(*parser));
	}
#ifndef TRT_MAJOR_RTX
	std::unique_ptr<ITimingCache> cache; // outlives the configuration
#endif
	std::unique_ptr<IBuilderConfig> config{builder.createBuilderConfig()};
	if (!config) return fail("no builder configuration could be made");
	if (char *error = configure(*config, *options)) return error;
#ifndef TRT_MAJOR_RTX
	use_cache(*config, *options, cache, *built);
#endif
	IHostMemory *plan = builder.buildSerializedNetwork(*network, *config);
	if (!plan) return fail("");
	built->plan = own(plan);
#ifndef TRT_MAJOR_RTX
	if (auto const *learned = config->getTimingCache(); learned && options->cached) {
		if (auto *bytes = learned->serialize()) built->cache = own(bytes);
	}
#endif
	return nullptr;
}
