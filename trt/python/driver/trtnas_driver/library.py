"""TensorRT's bindings, of releases 8.6 to 11 and of TensorRT-RTX: what they are and can."""

import importlib
import re
import sys

from .protocol import INCOMPLETE, Failure

MODULES = ("tensorrt", "tensorrt_bindings", "tensorrt_rtx", "tensorrt_rtx_bindings")


def find(module=""):
    """The bindings' module."""
    told = []  # beside that there is none
    for name in (module,) if module else MODULES:
        try:
            found = importlib.import_module(name)
            if hasattr(found, "Builder"):
                return found
            told.append("%s is not TensorRT's" % name)
        except ModuleNotFoundError as error:
            if error.name != name:  # one that it needs
                told.append("%s: %s" % (name, error))
        except Exception as error:  # the loader's, of any kind: a library of TensorRT's or one that it needs
            raise Failure("module %s does not load: %s: %s" % (name, type(error).__name__, error), INCOMPLETE)
    raise Failure(
        "%s has no TensorRT%s: run %s -m pip install tensorrt" % (sys.executable, " (%s)" % "; ".join(told) if told else "", sys.executable),
        INCOMPLETE,
    )


class Library:
    """A bindings' module and its log."""

    def __init__(self, trt):
        self.trt = trt
        self.rtx = "rtx" in trt.__name__
        self.version = re.match(r"[\d.]*\d|", trt.__version__).group()
        self.log = logger(trt)
        flags = trt.NetworkDefinitionCreationFlag
        self.weak = hasattr(trt.BuilderFlag, "FP16")  # until 10
        self.strong = hasattr(flags, "STRONGLY_TYPED") or not self.weak  # from 9 on

    def facts(self):
        return {
            "library": "TensorRT-RTX" if self.rtx else "TensorRT",
            "version": self.version,
            "typings": ["weak"] * self.weak + ["strong"] * self.strong,
        }

    def network_flags(self, typing):
        flags, bits = self.trt.NetworkDefinitionCreationFlag, 0
        if int(self.version.split(".")[0]) < 10 and hasattr(flags, "EXPLICIT_BATCH"):
            bits |= 1 << int(flags.EXPLICIT_BATCH)  # later there is nothing else, or the flag is gone
        if typing == "strong" and hasattr(flags, "STRONGLY_TYPED"):
            bits |= 1 << int(flags.STRONGLY_TYPED)
        return bits

    def attempt(self, what, call, failure_class=""):
        """The result of a call into TensorRT, which tells of failure by None or by an exception."""
        try:
            result, said = call(), ""
        except Exception as error:
            result, said = None, "%s: %s" % (type(error).__name__, error)
        if result is None:
            raise self.failure("TensorRT could not %s: %s" % (what, self.log.reason() or said or "it does not say why"), failure_class)
        return result

    def failure(self, message, failure_class=""):
        return Failure(message, failure_class, self.log.text())


def logger(trt):
    """Collects TensorRT's warnings and errors. Its class derives from one of the module's."""

    class Log(trt.ILogger):
        def __init__(self):
            trt.ILogger.__init__(self)
            self.clear()

        def clear(self):
            self.warnings, self.errors, self.lines = [], [], []

        def log(self, severity, message):
            if severity == trt.ILogger.WARNING:
                self.warnings.append(message)
                self.lines.append("[W] [TRT] " + message)
            elif severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                self.errors.append(message)
                self.lines.append("[E] [TRT] " + message)
            else:
                return
            print(self.lines[-1], file=sys.stderr)

        def text(self):
            return "\n".join(self.lines)

        def reason(self):
            return self.errors[-1].strip().replace("\n", " ") if self.errors else ""

    return Log()
