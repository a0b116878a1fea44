"""As much of NumPy as run.py needs, for tests."""

import array
import struct


class Type:
    def __init__(self, letter):
        self.letter = letter


float32, float16 = Type("f"), Type("e")


class Array:
    def __init__(self, values, shape, dtype):
        self.values, self.shape, self.dtype = values, tuple(shape), dtype

    def reshape(self, shape):
        count = 1
        for d in shape:
            count *= d
        if count != len(self.values):
            raise ValueError("cannot reshape array of size %d into shape %s" % (len(self.values), tuple(shape)))
        return Array(self.values, shape, self.dtype)

    def astype(self, dtype):
        form = "%d%s" % (len(self.values), dtype.letter)
        return Array(struct.unpack(form, struct.pack(form, *self.values)), self.shape, dtype)

    def tofile(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("%d%s" % (len(self.values), self.dtype.letter), *self.values))


def fromfile(path, dtype):
    values = array.array(dtype.letter)
    with open(path, "rb") as file:
        values.frombytes(file.read())
    return Array(values, [len(values)], dtype)
