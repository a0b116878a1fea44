/* What NVML says of the GPU of cuda.c. */
#include <string.h>

int fake_busy(void);
int fake_context(void);

typedef struct { unsigned pid; unsigned long long memory; unsigned gpu, compute; } process;

static int gpu;
int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **out) { return *out = &gpu, strcmp(id, "0000:01:00.0") ? 6 : 0; }
int nvmlSystemGetDriverVersion(char *text, unsigned size) { return strncpy(text, "580.82.07", size), 0; }
int nvmlSystemGetProcessName(unsigned pid, char *name, unsigned size) { return strncpy(name, "other", size), pid == 4711 ? 0 : 6; }
int nvmlDeviceGetClockInfo(void *d, int type, unsigned *mhz) { return *mhz = type == 1 ? 1980 : type == 2 ? 2619 : 0, d != &gpu; }
int nvmlDeviceGetTemperature(void *d, int sensor, unsigned *c) { return *c = 41, sensor || d != &gpu; }
int nvmlDeviceGetPowerUsage(void *d, unsigned *mw) { return *mw = 312500, d != &gpu; }
/* Busy, in its idle state it is not. */
int nvmlDeviceGetCurrentClocksThrottleReasons(void *d, unsigned long long *bits) { return *bits = fake_busy() ? 4 : 1, d != &gpu; }
int nvmlDeviceGetComputeRunningProcesses_v3(void *d, unsigned *count, process *all) {
    all[0].pid = 4711, all[1].pid = 4712, *count = fake_context() ? 2 : 1;
    return d != &gpu;
}
