"""What each request does."""

from . import builder, library
from .cuda import Cuda
from .engine import Engine
from .nvml import Nvml
from .protocol import NO_DEVICE, STALE_ENGINE, VERSION, Failure


class Handler:
    """Keeps the library, the device and the loaded engines. Its methods are the protocol's requests."""

    def __init__(self, module):
        self.module = module
        self.library = self.cuda = self.nvml = None
        self.no_device = ""
        self.engines, self.loaded = {}, 0

    def hello(self):
        self.library = library.Library(library.find(self.module))
        device = {"name": "", "access": "python"}
        device.update(self.library.facts())
        try:
            self.cuda = Cuda()
            device.update(self.cuda.facts())
        except Failure as failure:
            self.cuda, self.no_device = None, failure.message
            return {"hello": {"version": VERSION, "device": device, "no_device": self.no_device}}
        self.nvml = Nvml(self.cuda.bus())
        device["driver"] = self.nvml.driver()
        device["others"] = [self.nvml.describe(pid) for pid in self.nvml.processes()]  # before we compute there
        return {"hello": {"version": VERSION, "device": device}}

    def need_device(self):
        # TensorRT up to 10.6 ends the process where there is none.
        if self.cuda is None:
            raise Failure(self.no_device, NO_DEVICE)
        self.cuda.open()

    def build(self, **request):
        if not request.get("target"):
            self.need_device()
        elif self.cuda is not None:
            self.cuda.open()
        return {"built": builder.build(self.library, **request)}

    def load(self, plan):
        self.need_device()
        engine = Engine(self.library, self.cuda, self.nvml, plan)
        self.loaded += 1
        self.engines[self.loaded] = engine
        return {"engine": {"engine": self.loaded, "memory_bytes": engine.memory()}}

    def engine(self, number):
        if number not in self.engines:
            raise Failure("engine %d is not loaded" % number, STALE_ENGINE)
        return self.engines[number]

    def time(self, engine, samples, warm_up_ns):
        return {"timed": self.engine(engine).time(samples, warm_up_ns)}

    def outputs(self, engine, input, folder):
        return {"tensors": self.engine(engine).outputs(input, folder)}

    def profile(self, engine, runs):
        return {"layers": self.engine(engine).profile(runs)}

    def unload(self, engine):
        self.engine(engine).close()
        del self.engines[engine]
        return {}
