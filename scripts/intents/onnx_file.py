"""Writes the fine-tuned encoder as ONNX: matrices and embeddings in 8 bits, the rest in single precision.

Input `ids` [pieces] int64, output `logits` [1, intents]: one message at a time, without padding."""

import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from encoder import EPSILON


class _Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, values, dtype=np.float32):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype), name))
        return name

    def add(self, operation, *inputs, **attributes):
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [name], **attributes))
        return name

    def linear(self, values, weights):
        return self.add("Add", self.add("MatMul", values, self.constant(weights[0])), self.constant(weights[1]))

    def normed(self, values, weights):
        scale, bias = self.constant(weights[0]), self.constant(weights[1])
        return self.add("LayerNormalization", values, scale, bias, axis=-1, epsilon=EPSILON)


def write_onnx(parameters, embedder, intents, file):
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        onnx.save(_model(parameters, embedder, intents), whole)
        quantize_dynamic(whole, file, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"])


def _model(parameters, embedder, intents):
    graph = _Graph()
    heads, width = embedder.shape["heads"], embedder.shape["width"]
    split = graph.constant([-1, heads, width // heads], np.int64)
    joined = graph.constant([-1, width], np.int64)
    scale = graph.constant(1 / np.sqrt(width // heads))
    hidden = graph.normed(_embedded(graph, embedder), parameters["emb_ln"])
    for layer in parameters["layers"]:
        query, key, value = (graph.add("Reshape", graph.linear(hidden, layer[name]), split) for name in "qkv")
        query = graph.add("Transpose", query, perm=[1, 0, 2])
        key = graph.add("Transpose", key, perm=[1, 2, 0])
        value = graph.add("Transpose", value, perm=[1, 0, 2])
        attention = graph.add("Softmax", graph.add("Mul", graph.add("MatMul", query, key), scale), axis=-1)
        seen = graph.add("Transpose", graph.add("MatMul", attention, value), perm=[1, 0, 2])
        seen = graph.linear(graph.add("Reshape", seen, joined), layer["ao"])
        hidden = graph.normed(graph.add("Add", hidden, seen), layer["aln"])
        inner = graph.linear(graph.add("Gelu", graph.linear(hidden, layer["fi"]), approximate="tanh"), layer["fo"])
        hidden = graph.normed(graph.add("Add", hidden, inner), layer["oln"])
    mean = graph.add("ReduceMean", hidden, graph.constant([0], np.int64), keepdims=1)
    graph.nodes.append(helper.make_node("Identity", [graph.linear(mean, parameters["head"])], ["logits"]))
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["pieces"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, intents])
    made = helper.make_graph(graph.nodes, "intents", [ids], [logits], graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def _embedded(graph, embedder):
    scales = np.abs(embedder.words).max(axis=1, keepdims=True) / 127
    scales[scales == 0] = 1
    words = graph.constant(np.round(embedder.words / scales), np.int8)
    rows = graph.add("Cast", graph.add("Gather", words, "ids"), to=TensorProto.FLOAT)
    rows = graph.add("Mul", rows, graph.add("Gather", graph.constant(scales), "ids"))
    start = graph.constant([0], np.int64)
    positions = graph.add("Slice", graph.constant(embedder.positions), start, graph.add("Shape", "ids"), start)
    return graph.add("Add", rows, positions)
