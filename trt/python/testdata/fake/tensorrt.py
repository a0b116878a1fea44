"""A fake; see faketrt.py. FAKE_IMPORT is what the loader says."""

import os

if os.environ.get("FAKE_IMPORT"):
    raise ImportError(os.environ["FAKE_IMPORT"])

import faketrt

print("what libraries print must not reach the protocol")
faketrt.make(globals(), os.environ.get("FAKE_TENSORRT", "10.6.0.post1"), False)
