/* NVML for tests, of one GPU that is busy with one process. */

#include <string.h>

int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int result) { return "an error"; }
int nvmlSystemGetDriverVersion(char *version, unsigned size) { strncpy(version, "580.82.07", size); return 0; }
int nvmlSystemGetProcessName(unsigned pid, char *name, unsigned size) { strncpy(name, "other", size); return 0; }
int nvmlDeviceGetHandleByUUID(const char *id, void **device) {
	*device = (void *)id;
	return strcmp(id, "GPU-00112233-4455-6677-8899-aabbccddeeff") ? 6 : 0;
}
int nvmlDeviceGetClockInfo(void *device, int kind, unsigned *mhz) { *mhz = kind == 1 ? 1410 : 1215; return 0; }
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *degrees) { *degrees = 55; return 0; }
int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts) { *milliwatts = 250500; return 0; }
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons) { *reasons = 4; return 0; }
/* pid, memory and two instances, as nvmlProcessInfo_v2 has them. */
struct process { unsigned pid; unsigned long long bytes; unsigned instance, compute; };
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *n, struct process *all) {
	if (*n < 1) return 7;
	*n = 1;
	all[0] = (struct process){42, 1 << 20, 0, 0};
	return 0;
}
