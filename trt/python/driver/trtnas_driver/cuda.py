"""The part of CUDA's driver API that timing needs (cuda.h), by ctypes on libcuda."""

import ctypes
from ctypes import POINTER, byref, c_char, c_char_p, c_float, c_int, c_size_t, c_ubyte, c_uint, c_ulonglong, c_void_p

from . import protocol

NOT_READY = 600  # CUDA_ERROR_NOT_READY
COMPUTE_CAPABILITY = (75, 76)  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR
NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING
CAPTURE_THREAD_LOCAL = 1  # CU_STREAM_CAPTURE_MODE_THREAD_LOCAL

# Classes by CUresult. An error of the device's stays with the process: it can do nothing more on the device.
CLASSES = {
    2: protocol.OUT_OF_MEMORY,
    34: protocol.INCOMPLETE,  # a stub library
    35: protocol.INCOMPATIBLE,  # driver too old
    100: protocol.NO_DEVICE,
    101: protocol.NO_DEVICE,
    803: protocol.INCOMPATIBLE,
    804: protocol.INCOMPATIBLE,
}
CLASSES.update(dict.fromkeys((46, 214, 220, 700, 702, 710, 713, 714, 715, 716, 717, 718, 719, 999), protocol.DEVICE_LOST))

FUNCTIONS = {
    "cuInit": (c_uint,),
    "cuDeviceGet": (POINTER(c_int), c_int),
    "cuDeviceGetName": (c_char_p, c_int, c_int),
    "cuDeviceGetUuid": (c_void_p, c_int),
    "cuDeviceGetAttribute": (POINTER(c_int), c_int, c_int),
    "cuDeviceGetPCIBusId": (c_char_p, c_int, c_int),
    "cuDeviceTotalMem_v2": (POINTER(c_size_t), c_int),
    "cuDevicePrimaryCtxRetain": (POINTER(c_void_p), c_int),
    "cuCtxSetCurrent": (c_void_p,),
    "cuCtxSynchronize": (),
    "cuMemAlloc_v2": (POINTER(c_ulonglong), c_size_t),
    "cuMemFree_v2": (c_ulonglong,),
    "cuMemcpyHtoD_v2": (c_ulonglong, c_void_p, c_size_t),
    "cuMemcpyDtoH_v2": (c_void_p, c_ulonglong, c_size_t),
    "cuStreamCreate": (POINTER(c_void_p), c_uint),
    "cuStreamSynchronize": (c_void_p,),
    "cuStreamBeginCapture_v2": (c_void_p, c_int),
    "cuStreamEndCapture": (c_void_p, POINTER(c_void_p)),
    "cuEventCreate": (POINTER(c_void_p), c_uint),
    "cuEventDestroy_v2": (c_void_p,),
    "cuEventRecord": (c_void_p, c_void_p),
    "cuEventQuery": (c_void_p,),
    "cuEventElapsedTime": (POINTER(c_float), c_void_p, c_void_p),
    "cuGraphLaunch": (c_void_p, c_void_p),
    "cuGraphDestroy": (c_void_p,),
    "cuGraphExecDestroy": (c_void_p,),
    "cuGetErrorName": (c_int, POINTER(c_char_p)),
    "cuGetErrorString": (c_int, POINTER(c_char_p)),
}


class Cuda:
    """The library and the first device that CUDA_VISIBLE_DEVICES leaves. Raises a Failure if there is none."""

    def __init__(self):
        try:
            self.library = ctypes.CDLL("libcuda.so.1")
            for name, arguments in FUNCTIONS.items():
                getattr(self.library, name).argtypes = arguments
        except (OSError, AttributeError) as error:
            raise protocol.Failure("%s: is NVIDIA's driver installed?" % error, protocol.NO_DEVICE)
        self.call("cuInit", 0)
        device = c_int()
        self.call("cuDeviceGet", byref(device), 0)
        self.device = device.value
        self.stream = None

    def call(self, name, *arguments):
        """Raises a Failure if the result is not CUDA_SUCCESS."""
        self.check(name, getattr(self.library, name)(*arguments))

    def check(self, name, result):
        if result == 0:
            return
        known, text = c_char_p(), c_char_p()
        self.library.cuGetErrorName(result, byref(known))
        self.library.cuGetErrorString(result, byref(text))
        said = (text.value or b"no text").decode(errors="replace")
        symbol = (known.value or b"unknown").decode(errors="replace")
        raise protocol.Failure("%s: CUDA error %d (%s): %s" % (name, result, symbol, said), CLASSES.get(result, ""))

    def facts(self):
        """What the device is, but for what NVML knows."""
        name = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", name, len(name), self.device)
        memory = c_size_t()
        self.call("cuDeviceTotalMem_v2", byref(memory), self.device)
        capability = []
        for attribute in COMPUTE_CAPABILITY:
            value = c_int()
            self.call("cuDeviceGetAttribute", byref(value), attribute, self.device)
            capability.append(str(value.value))
        name = name.value.decode(errors="replace")
        return {
            "name": name,
            "uuid": ("MIG-" if " MIG " in name else "GPU-") + self.uuid(),
            "compute_capability": ".".join(capability),
            "memory_bytes": memory.value,
        }

    def uuid(self):
        """The device's, or the instance's where the GPU is split (MIG), which only the second version tells."""
        raw = (c_ubyte * 16)()
        name = "cuDeviceGetUuid_v2" if hasattr(self.library, "cuDeviceGetUuid_v2") else "cuDeviceGetUuid"
        self.call(name, byref(raw), c_int(self.device))
        digits = bytes(raw).hex()
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def bus(self):
        """The PCI address, by which NVML knows the device."""
        address = ctypes.create_string_buffer(32)
        self.call("cuDeviceGetPCIBusId", address, len(address), self.device)
        return address.value

    def open(self):
        """Makes the device's primary context current, which TensorRT uses too, and a stream."""
        if self.stream is not None:
            return
        context, stream = c_void_p(), c_void_p()
        self.call("cuDevicePrimaryCtxRetain", byref(context), self.device)
        self.call("cuCtxSetCurrent", context)
        self.call("cuStreamCreate", byref(stream), NON_BLOCKING)
        self.stream = stream

    def allocate(self, size):
        address = c_ulonglong()
        self.call("cuMemAlloc_v2", byref(address), max(size, 1))
        return address.value

    def free(self, address):
        self.call("cuMemFree_v2", address)

    def upload(self, address, data):
        self.call("cuMemcpyHtoD_v2", address, (c_char * len(data)).from_buffer_copy(data), len(data))
        self.call("cuCtxSynchronize")  # the copy may still be under way, and our stream does not wait for it

    def download(self, address, size):
        data = bytearray(size)
        self.call("cuMemcpyDtoH_v2", (c_char * size).from_buffer(data), address, size)
        return data

    def synchronize(self):
        self.call("cuStreamSynchronize", self.stream)

    def event(self):
        event = c_void_p()
        self.call("cuEventCreate", byref(event), 0)
        return event

    def drop(self, event):
        self.call("cuEventDestroy_v2", event)

    def record(self, event):
        self.check("cuEventRecord", self.library.cuEventRecord(event, self.stream))

    def done(self, event):
        """Whether what was recorded before the event has run."""
        result = self.library.cuEventQuery(event)
        if result == NOT_READY:
            return False
        self.check("cuEventQuery", result)
        return True

    def elapsed_ns(self, start, end):
        """Time on the GPU between two events; CUDA's resolution is about 500 ns."""
        ms = c_float()
        self.call("cuEventElapsedTime", byref(ms), start, end)
        return round(ms.value * 1e6)

    def capture(self, enqueue):
        """The graph of what enqueue puts on the stream, ready to be launched. Raises a Failure if there is none."""
        self.call("cuStreamBeginCapture_v2", self.stream, CAPTURE_THREAD_LOCAL)
        graph = c_void_p()
        try:
            enqueue()
        finally:
            ended = self.library.cuStreamEndCapture(self.stream, byref(graph))
        self.check("cuStreamEndCapture", ended)
        try:
            return self.instantiate(graph)
        finally:
            self.call("cuGraphDestroy", graph)

    def instantiate(self, graph):
        executable = c_void_p()
        if hasattr(self.library, "cuGraphInstantiateWithFlags"):  # from CUDA 11.4 on, with one signature
            self.call("cuGraphInstantiateWithFlags", byref(executable), graph, c_ulonglong(0))
        else:
            self.call("cuGraphInstantiate_v2", byref(executable), graph, None, None, c_size_t(0))
        return executable

    def launch(self, executable):
        self.check("cuGraphLaunch", self.library.cuGraphLaunch(executable, self.stream))

    def destroy(self, executable):
        self.call("cuGraphExecDestroy", executable)
