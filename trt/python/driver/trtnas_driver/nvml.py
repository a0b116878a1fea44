"""The state of the GPU from NVML (nvml.h), by ctypes on libnvidia-ml."""

import ctypes
from ctypes import byref, c_char_p, c_uint, c_ulonglong, c_void_p

SM, MEMORY = 1, 2  # NVML_CLOCK_SM, NVML_CLOCK_MEM
ON_DIE = 0  # NVML_TEMPERATURE_GPU
REASONS = "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"  # new name, old name
MOST_PROCESSES = 256


class Process(ctypes.Structure):
    """nvmlProcessInfo_t."""

    _fields_ = [("pid", c_uint), ("memory", c_ulonglong), ("gpu_instance", c_uint), ("compute_instance", c_uint)]


class Nvml:
    """One GPU. What NVML can't tell is zero or empty: a GPU need not support every query."""

    def __init__(self, bus):
        self.trouble = ""  # why NVML tells nothing
        self.gpu = c_void_p()
        try:
            self.library = ctypes.CDLL("libnvidia-ml.so.1")
        except OSError as error:
            self.library, self.trouble = None, str(error)
            return
        for step, result in (
            ("nvmlInit_v2", self.ask("nvmlInit_v2")),
            ("nvmlDeviceGetHandleByPciBusId_v2", self.ask("nvmlDeviceGetHandleByPciBusId_v2", c_char_p(bus), byref(self.gpu))),
        ):
            if result != 0 and not self.trouble:
                self.trouble = "%s: NVML error %s" % (step, result)

    def ask(self, name, *arguments):
        """NVML's result, 0 is success; None where there is no such function."""
        try:
            return getattr(self.library, name)(*arguments)
        except AttributeError:
            return None

    def number(self, kind, name, *arguments):
        value = kind()
        if self.trouble or self.ask(name, self.gpu, *arguments, byref(value)) != 0:
            return 0
        return value.value

    def driver(self):
        """The version of NVIDIA's driver."""
        text = ctypes.create_string_buffer(96)
        if self.library is None or self.ask("nvmlSystemGetDriverVersion", text, c_uint(len(text))) != 0:
            return ""
        return text.value.decode(errors="replace")

    def processes(self):
        """The IDs of the processes that compute on the GPU, as the host has them."""
        found, count = (Process * MOST_PROCESSES)(), c_uint(MOST_PROCESSES)
        if self.trouble:
            return []
        for name in ("nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"):
            result = self.ask(name, self.gpu, byref(count), found)
            if result is not None:
                break
        return [p.pid for p in found[: count.value]] if result == 0 else []

    def describe(self, pid):
        name = ctypes.create_string_buffer(256)
        if self.ask("nvmlSystemGetProcessName", c_uint(pid), name, c_uint(len(name))) != 0:
            return str(pid)
        return "%d %s" % (pid, name.value.decode(errors="replace"))

    def health(self):
        return {
            "sm_mhz": self.number(c_uint, "nvmlDeviceGetClockInfo", c_uint(SM)),
            "mem_mhz": self.number(c_uint, "nvmlDeviceGetClockInfo", c_uint(MEMORY)),
            "temperature_c": self.number(c_uint, "nvmlDeviceGetTemperature", c_uint(ON_DIE)),
            "power_w": self.number(c_uint, "nvmlDeviceGetPowerUsage") / 1000,
            "throttle": self.number(c_ulonglong, REASONS[0] if hasattr(self.library, REASONS[0]) else REASONS[1]),
            "processes": len(self.processes()),
        }
