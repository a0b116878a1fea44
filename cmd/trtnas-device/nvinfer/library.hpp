// What shim_build.cpp and shim_run.cpp share.

#ifndef TRTNAS_LIBRARY_HPP
#define TRTNAS_LIBRARY_HPP

#include <NvInfer.h>
#include <NvOnnxParser.h>

#include <memory>
#include <mutex>
#include <string>

#include "shim.h"

// Log writes TensorRT's messages to the standard error, and keeps its warnings
// and errors until they are taken.
class Log : public nvinfer1::ILogger {
public:
	void log(Severity severity, char const *message) noexcept override;
	std::string take();

private:
	std::mutex mutex; // builders log from several threads
	std::string kept;
};

struct shim_library {
	Log log;
	int version = 0;
	void *(*create_builder)(void *logger, int32_t version) = nullptr;
	void *(*create_runtime)(void *logger, int32_t version) = nullptr;
	void *(*create_parser)(void *network, void *logger, int version) = nullptr;
	std::unique_ptr<nvinfer1::IBuilder> builder;
	std::unique_ptr<nvinfer1::IRuntime> runtime;
};

char *fail(std::string const &message);

#endif
