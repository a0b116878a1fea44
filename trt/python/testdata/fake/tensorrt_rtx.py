"""A fake; see faketrt.py."""

import faketrt

faketrt.make(globals(), "1.7.1.116", True)
