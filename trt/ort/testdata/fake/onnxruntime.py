"""A runtime for models that are JSON, for tests: {"type": "float", "crash": "text", "hang": true, "print": "text"}.

Outputs are half of the input and, in another shape, its negative.
"""

import json
import time
from types import SimpleNamespace as Value

import numpy

__version__ = "1.0.fake"


class InferenceSession:
    def __init__(self, path, providers):
        assert providers == ["CPUExecutionProvider"], providers
        with open(path) as file:
            self.model = json.load(file)
        if "crash" in self.model:
            raise RuntimeError(self.model["crash"])
        if "hang" in self.model:
            time.sleep(1000)
        if "print" in self.model:
            print(self.model["print"])

    def get_inputs(self):
        return [Value(name="image", type="tensor(%s)" % self.model.get("type", "float"))]

    def get_outputs(self):
        return [Value(name="p2"), Value(name="p3")]

    def run(self, names, inputs):
        x = inputs["image"]
        expected = numpy.float16 if self.model.get("type") == "float16" else numpy.float32
        assert x.dtype is expected, "unexpected type of the input"
        all = {
            "p2": numpy.Array([v / 2 for v in x.values], x.shape, x.dtype),
            "p3": numpy.Array([-v for v in x.values], [len(x.values)], x.dtype),
        }
        return [all[n] for n in names]
