"""Builds and times engines with TensorRT's own bindings, for package trt/python.

usage: main.py [MODULE]

It speaks the JSON lines of package trt/wire on standard input and output. MODULE is the bindings' module; without one, the
first of those that are installed. Needed are Python 3.8 or later, the bindings and NVIDIA's driver, nothing else.
"""

import sys

from trtnas_driver import protocol

if __name__ == "__main__":
    channel = protocol.Channel()  # first of all: later nothing else may reach standard output
    from trtnas_driver.handler import Handler

    channel.serve(Handler(sys.argv[1] if len(sys.argv) > 1 else ""))
