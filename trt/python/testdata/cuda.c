/* A GPU that is not there, for tests: the functions of libcuda that the driver
 * calls, on host memory and the host's clock. Work takes as long as fake_work says.
 * FAKE_CUDA plants a failure:
 *
 *   none      no device          mismatch   another driver than the library's
 *   nograph   capture fails      lost       error 700 from the 20th launch on, for good
 *
 * With -DOLD it lacks what came with CUDA 11.4. Memory ends at 64 MiB. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int result;
enum { OK, OOM = 2, NO_DEVICE = 100, NO_CONTEXT = 201, NOT_READY = 600, ILLEGAL = 700, MISMATCH = 803, INVALIDATED = 901 };

typedef struct { int64_t at; } event;
typedef struct { int64_t work; } graph;

static int64_t busy_until, captured;
static int initialised, current, capturing, launches, lost;
static size_t used;

static int is(const char *scenario) {
    const char *s = getenv("FAKE_CUDA");
    return s && !strcmp(s, scenario);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

static result state(void) { return !initialised || !current ? NO_CONTEXT : lost ? ILLEGAL : OK; }

void fake_work(void *stream, int64_t ns) {
    (void)stream;
    if (capturing)
        captured += ns;
    else
        busy_until = later(now(), busy_until) + ns;
}

result cuInit(unsigned flags) {
    initialised = 1;
    return is("none") ? NO_DEVICE : is("mismatch") ? MISMATCH : flags ? 1 : OK;
}
result cuDeviceGet(int *device, int ordinal) { return *device = 7, ordinal ? 101 : OK; }
result cuDeviceGetName(char *name, int size, int device) {
    strncpy(name, "Fake GPU", size);
    return device == 7 ? OK : 101;
}
result cuDeviceGetUuid(unsigned char *uuid, int device) {
    for (int i = 0; i < 16; i++) uuid[i] = i;
    return device == 7 ? OK : 101;
}
result cuDeviceGetAttribute(int *value, int attribute, int device) {
    *value = attribute == 75 ? 9 : attribute == 76 ? 0 : -1;
    return device == 7 ? OK : 101;
}
result cuDeviceGetPCIBusId(char *id, int size, int device) {
    strncpy(id, "0000:01:00.0", size);
    return device == 7 ? OK : 101;
}
result cuDeviceTotalMem_v2(size_t *bytes, int device) { return *bytes = 64 << 20, device == 7 ? OK : 101; }
result cuDevicePrimaryCtxRetain(void **context, int device) { return *context = &current, device == 7 ? OK : 101; }
result cuCtxSetCurrent(void *context) { return current = context == &current, OK; }

result cuCtxSynchronize(void) {
    while (now() < busy_until) {}
    return state();
}

/* The size stands before each allocation. */
result cuMemAlloc_v2(uint64_t *address, size_t size) {
    if (used + size > 64 << 20) return OOM;
    used += size;
    size_t *p = malloc(size + 16);
    *p = size;
    *address = (uint64_t)(uintptr_t)p + 16;
    return state();
}
result cuMemFree_v2(uint64_t address) {
    size_t *p = (size_t *)(uintptr_t)(address - 16);
    used -= *p;
    free(p);
    return state();
}
result cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t size) { return memcpy((void *)(uintptr_t)to, from, size), state(); }
result cuMemcpyDtoH_v2(void *to, uint64_t from, size_t size) { return memcpy(to, (void *)(uintptr_t)from, size), state(); }

result cuStreamCreate(void **stream, unsigned flags) { return *stream = &busy_until, flags == 1 ? state() : 1; }
result cuStreamSynchronize(void *stream) {
    while (now() < busy_until) {}
    return stream == &busy_until ? state() : 1;
}
result cuStreamBeginCapture_v2(void *stream, int mode) {
    capturing = 1, captured = 0;
    return stream == &busy_until && mode == 1 ? state() : 1;
}
result cuStreamEndCapture(void *stream, void **out) {
    capturing = 0;
    if (is("nograph")) return INVALIDATED;
    graph *g = malloc(sizeof *g);
    g->work = captured;
    *out = g;
    return stream == &busy_until ? state() : 1;
}
static result instantiate(void **executable, graph *from) {
    graph *g = malloc(sizeof *g);
    *g = *from;
    *executable = g;
    return state();
}
#ifdef OLD
result cuGraphInstantiate_v2(void **executable, void *from, void **node, char *log, size_t size) {
    return node || log || size ? 1 : instantiate(executable, from);
}
#else
result cuGraphInstantiateWithFlags(void **executable, void *from, unsigned long long flags) {
    return flags ? 1 : instantiate(executable, from);
}
#endif
result cuGraphLaunch(void *executable, void *stream) {
    lost = lost || (is("lost") && ++launches >= 20);
    fake_work(stream, ((graph *)executable)->work);
    return state();
}
result cuGraphDestroy(void *g) { return free(g), state(); }
result cuGraphExecDestroy(void *g) { return free(g), state(); }

result cuEventCreate(void **out, unsigned flags) { return *out = malloc(sizeof(event)), flags ? 1 : state(); }
result cuEventDestroy_v2(void *e) { return free(e), state(); }
result cuEventRecord(void *e, void *stream) {
    ((event *)e)->at = later(now(), busy_until);
    return stream == &busy_until ? state() : 1;
}
result cuEventQuery(void *e) { return state() ? state() : now() < ((event *)e)->at ? NOT_READY : OK; }
result cuEventElapsedTime(float *ms, void *start, void *end) {
    return *ms = (((event *)end)->at - ((event *)start)->at) / 1e6f, state();
}
result cuGetErrorName(int code, const char **name) {
    return *name = code == ILLEGAL ? "CUDA_ERROR_ILLEGAL_ADDRESS" : code == NO_DEVICE ? "CUDA_ERROR_NO_DEVICE" : "CUDA_ERROR_OTHER", OK;
}
result cuGetErrorString(int code, const char **text) {
    return *text = code == ILLEGAL ? "an illegal memory access was encountered" : "what it means", OK;
}

/* For NVML. */
int fake_busy(void) { return now() < busy_until; }
int fake_context(void) { return current; }
