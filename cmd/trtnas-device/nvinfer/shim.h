// A C interface to the little of TensorRT that we use. Functions that return
// char* errors return NULL for success; such strings are the caller's to free.

#ifndef TRTNAS_SHIM_H
#define TRTNAS_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What the headers are of.
int shim_header_version(void); // such as 100600 for 10.6.0, and 10701 for TensorRT-RTX 1.7.1
int shim_header_rtx(void);     // whether they are of TensorRT-RTX
int shim_header_weak(void);    // whether they know of weak typing

typedef struct shim_library shim_library;

char *shim_open(const char *nvinfer, const char *parser, shim_library **out);
int shim_version(const shim_library *); // of the library, as above
// The messages since the last call, the caller's to free.
char *shim_log(shim_library *);

// shim_builder_ready makes the builder, which lives as long as the library.
char *shim_builder_ready(shim_library *);

// Memory of TensorRT's, to be released.
typedef struct {
	void *owner;
	const void *data;
	size_t size;
} shim_memory;
void shim_release(shim_memory *);

typedef struct {
	const char *model; // path
	int fp16;          // allow it to weakly typed layers
	int strong;        // typing
	int level;
	size_t workspace; // bytes, 0 for the device's
	int target;       // compute capability times ten, 0 for the GPU's
	const void *cache; // timing cache to begin with
	size_t cache_size;
	int cached; // whether to give back the timing cache
} shim_options;

typedef struct {
	shim_memory plan, cache;
	int invalid;       // the parser refused the network
	int cache_dropped; // it is of another version or device
} shim_built;

char *shim_build(shim_library *, const shim_options *, shim_built *);

typedef struct shim_engine shim_engine;

char *shim_load(shim_library *, const void *plan, size_t size, shim_engine **out);
void shim_unload(shim_engine *);
int64_t shim_device_memory(const shim_engine *); // bytes, for activations and scratch

enum { SHIM_MAX_DIMS = 8, SHIM_FLOAT = 0, SHIM_HALF = 1, SHIM_OTHER = 2 };

typedef struct {
	const char *name;
	int input;
	int type; // SHIM_FLOAT, SHIM_HALF, or SHIM_OTHER
	int rank;
	int64_t shape[SHIM_MAX_DIMS]; // -1 where it is open
} shim_tensor;

int shim_tensors(const shim_engine *);
void shim_tensor_at(const shim_engine *, int, shim_tensor *);
// Addresses of the device are numbers here, since they are none of this process.
int shim_bind(shim_engine *, const char *tensor, uintptr_t device); // 0 for success
int shim_enqueue(shim_engine *, void *stream);                  // 0 for success

// shim_profile has the next batches report their layers' times, or stops it.
// shim_profile_next begins a batch.
void shim_profile(shim_engine *, int on);
void shim_profile_next(shim_engine *);
int shim_profile_layers(const shim_engine *);
// The name and the milliseconds of a layer, one for each batch.
const char *shim_profile_layer(const shim_engine *, int, const float **times, size_t *n);

#ifdef __cplusplus
}
#endif

#endif
