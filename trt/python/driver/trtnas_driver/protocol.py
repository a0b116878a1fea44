"""Requests, responses and failures, as package trt/wire has them."""

import json
import os
import sys
import traceback

VERSION = 1

# Classes of failures (trt/failure.go). A failure without one is classified from its text by the other side.
INVALID_NETWORK = "invalid network"
OUT_OF_MEMORY = "out of memory"
STALE_ENGINE = "stale engine"
DEVICE_LOST = "device lost"
NO_DEVICE = "no device"
INCOMPLETE = "incomplete installation"
INCOMPATIBLE = "incompatible driver"

LONGEST_LOG = 64 << 10  # characters


class Failure(Exception):
    """What a request failed of: one line, and what the library said."""

    def __init__(self, message, failure_class="", log=""):
        super().__init__(message)
        self.message = message
        self.failure_class = failure_class
        self.log = log

    def response(self):
        error = {"message": self.message, "log": self.log[-LONGEST_LOG:]}
        if self.failure_class:
            error["class"] = self.failure_class
        return {"error": error}


class Channel:
    """Answers requests. File descriptor 1 becomes standard error, since libraries print to it too."""

    def __init__(self):
        self.responses = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def serve(self, handler):
        """Answers until a quit or the end of the requests."""
        for line in sys.stdin.buffer:
            request = json.loads(line)
            op = request["op"]
            response = {} if op == "quit" else answer(handler, op, request)
            response["id"] = request["id"]
            # Escaped to ASCII: texts of libraries may hold anything.
            self.responses.write(json.dumps(response) + "\n")
            self.responses.flush()
            if op == "quit":
                break
        self.responses.close()
        sys.stderr.flush()
        os._exit(0)  # TensorRT's and CUDA's destructors may fail by the order in which Python runs them


def answer(handler, op, request):
    try:
        return getattr(handler, op)(**request.get(op, {}))
    except Failure as failure:
        return failure.response()
    except MemoryError:
        return Failure("the host's memory is full", OUT_OF_MEMORY).response()
    except Exception as error:  # whatever the bindings raise
        traceback.print_exc()
        return Failure("%s: %s" % (type(error).__name__, error), log=traceback.format_exc()).response()
