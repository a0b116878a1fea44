/* A driver for tests: its GPU's memory is the host's, work is done when it is enqueued, and a batch takes as long as it takes.
   It holds callers to the rules that a real driver has: calls need a current context on their thread, and what is enqueued
   while a stream is captured is not done. FAKE_CUDA_INIT is what cuInit answers, FAKE_NO_CAPTURE refuses captures. */

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_CONTEXT = 201, NOT_READY = 600, CAPTURE_UNSUPPORTED = 900 };

typedef struct { void (*call)(void *); void *argument; } work;
typedef struct { work all[64]; int n; } graph;
typedef struct { graph *capturing; } stream;
typedef struct { struct timespec at; int asked; } event;

static _Thread_local int current;
static int primary;
#define NEED_CONTEXT if (!current) return INVALID_CONTEXT

static int init_result(void) { const char *s = getenv("FAKE_CUDA_INIT"); return s ? atoi(s) : SUCCESS; }
int cuInit(unsigned flags) { return flags ? INVALID_VALUE : init_result(); }
int cuGetErrorString(int result, const char **text) {
	*text = result == 100 ? "no CUDA-capable device is detected" : result == CAPTURE_UNSUPPORTED ? "operation not permitted when stream is capturing" : "an error";
	return SUCCESS;
}
int cuDeviceGet(int *device, int number) { *device = number; return number == 0 ? SUCCESS : 101; }
int cuDeviceGetName(char *name, int size, int device) { strncpy(name, "Test GPU", size); return SUCCESS; }
int cuDeviceGetUuid(unsigned char *id, int device) { for (int i = 0; i < 16; ++i) id[i] = 16 * i + i; return SUCCESS; }
int cuDeviceGetUuid_v2(unsigned char *id, int device) { return cuDeviceGetUuid(id, device); }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 1 << 30; return SUCCESS; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
	*value = attribute == 75 ? 8 : attribute == 76 ? 6 : 0; /* compute capability */
	return SUCCESS;
}
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = &primary; return SUCCESS; }
int cuDevicePrimaryCtxRelease_v2(int device) { return SUCCESS; }
int cuCtxSetCurrent(void *context) { current = context == &primary; return SUCCESS; }

int cuMemAlloc_v2(void **at, size_t bytes) { NEED_CONTEXT; *at = malloc(bytes); return bytes < 1 << 30 ? SUCCESS : OUT_OF_MEMORY; }
int cuMemFree_v2(void *at) { NEED_CONTEXT; free(at); return SUCCESS; }
int cuMemsetD8_v2(void *at, unsigned char value, size_t n) { NEED_CONTEXT; memset(at, value, n); return SUCCESS; }
int cuMemcpyHtoD_v2(void *to, const void *from, size_t n) { NEED_CONTEXT; memcpy(to, from, n); return SUCCESS; }
int cuMemcpyDtoH_v2(void *to, const void *from, size_t n) { NEED_CONTEXT; memcpy(to, from, n); return SUCCESS; }

int cuStreamCreate(stream **s, unsigned flags) { NEED_CONTEXT; *s = calloc(1, sizeof **s); return SUCCESS; }
int cuStreamDestroy_v2(stream *s) { NEED_CONTEXT; free(s); return SUCCESS; }
int cuStreamSynchronize(stream *s) { NEED_CONTEXT; return s->capturing ? CAPTURE_UNSUPPORTED : SUCCESS; }
int cuStreamBeginCapture_v2(stream *s, int mode) {
	NEED_CONTEXT;
	if (getenv("FAKE_NO_CAPTURE")) return CAPTURE_UNSUPPORTED;
	s->capturing = calloc(1, sizeof *s->capturing);
	return SUCCESS;
}
int cuStreamEndCapture(stream *s, graph **g) { NEED_CONTEXT; *g = s->capturing; s->capturing = NULL; return SUCCESS; }
int cuGraphInstantiateWithFlags(graph **launched, graph *g, unsigned long long flags) {
	*launched = malloc(sizeof *g);
	**launched = *g;
	return SUCCESS;
}
int cuGraphDestroy(graph *g) { free(g); return SUCCESS; }
int cuGraphExecDestroy(graph *g) { free(g); return SUCCESS; }
int cuGraphLaunch(graph *g, stream *s) {
	NEED_CONTEXT;
	for (int i = 0; i < g->n; ++i) g->all[i].call(g->all[i].argument);
	return SUCCESS;
}

/* How the other libraries of the test enqueue work. */
int fake_enqueue(stream *s, void (*call)(void *), void *argument) {
	NEED_CONTEXT;
	if (s->capturing) s->capturing->all[s->capturing->n++] = (work){call, argument};
	else call(argument);
	return SUCCESS;
}

int cuEventCreate(event **e, unsigned flags) { NEED_CONTEXT; *e = calloc(1, sizeof **e); return SUCCESS; }
int cuEventDestroy_v2(event *e) { NEED_CONTEXT; free(e); return SUCCESS; }
int cuEventRecord(event *e, stream *s) { NEED_CONTEXT; e->asked = 0; return clock_gettime(CLOCK_MONOTONIC, &e->at) ? INVALID_VALUE : SUCCESS; }
int cuEventQuery(event *e) { NEED_CONTEXT; return e->asked++ ? SUCCESS : NOT_READY; }
int cuEventElapsedTime(float *ms, event *from, event *to) {
	*ms = 1e3 * (to->at.tv_sec - from->at.tv_sec) + 1e-6 * (to->at.tv_nsec - from->at.tv_nsec);
	return SUCCESS;
}
int cuEventElapsedTime_v2(float *ms, event *from, event *to) { return cuEventElapsedTime(ms, from, to); } /* in headers of CUDA 13 */
