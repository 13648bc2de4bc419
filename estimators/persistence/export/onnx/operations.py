"""Operations of TensorFlow that tf2onnx cannot convert, or converts into another, in ONNX.

Look-ups and comparisons of texts become label encoders; a division of whole numbers rounds down,
where that of ONNX rounds towards zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import keras
import tensorflow as tf
from onnx import TensorProto
from tf2onnx.graph import Graph, Node

# Keys and values of a table.
Table: TypeAlias = tuple[list[str] | list[int], list[int]]

_WHOLE = (TensorProto.INT64, TensorProto.INT32)


def rewriter(
    function: tf.types.experimental.ConcreteFunction, layers: Iterable[keras.Layer]
) -> Callable[[Graph, list[Node]], list[Node]]:
    """Return what rewrites the graph of a function before tf2onnx converts it.

    Parameters
    ----------
    function : ConcreteFunction
    layers : iterable of keras.Layer
        What holds the tables that the function looks values up in, as ``layer.lookup``.

    Returns
    -------
    callable
        For ``custom_rewriter`` of ``tf2onnx.convert.from_function``.

    References
    ----------
    ONNX, operator ``LabelEncoder`` of ``ai.onnx.ml``.
    """
    tables = _tables(function, layers)
    captured = {inside.name for _, inside in function.graph.captures}

    def rewrite(graph: Graph, nodes: list[Node]) -> list[Node]:
        for node in list(nodes):
            if node.type == "LookupTableFindV2":
                _look_up(graph, node, tables)
            elif node.type in _REWRITTEN:
                _REWRITTEN[node.type](graph, node)
        for node in list(graph.inputs):
            # Constants that the converter takes for inputs, such as defaults of tables.
            (name,) = node.output
            if name in captured and not graph.find_output_consumers(name):
                graph.remove_node(node.name)
        return graph.get_nodes()

    return rewrite


def _tables(
    function: tf.types.experimental.ConcreteFunction, layers: Iterable[keras.Layer]
) -> dict[str, Table]:
    """Return the tables of layers by the name that the function's graph gives their handles."""
    found = {}
    for layer in layers:
        table = getattr(getattr(layer, "lookup", None), "lookup_table", None)
        if table is not None:
            found[id(table.resource_handle)] = table
    return {
        inside.op.name: _content(found[id(handle)])
        for handle, inside in function.graph.captures
        if id(handle) in found
    }


def _content(table: tf.lookup.StaticHashTable) -> Table:
    keys, values = (tensor.numpy().tolist() for tensor in table.export())
    return [key.decode() if isinstance(key, bytes) else key for key in keys], values


def _look_up(graph: Graph, node: Node, tables: dict[str, Table]) -> None:
    handle, _, default = map(_origin, node.inputs)
    if handle.name not in tables:
        return  # a network of the user's own looks something up
    how = _label_encoder(*tables[handle.name], default.get_tensor_value())
    _replace(graph, node, "LabelEncoder", [node.input[1]], **how)


def _equal(graph: Graph, node: Node) -> None:
    """Compare texts with one text; ONNX compares numbers only, before version 19."""
    if graph.get_dtype(node.input[0]) != TensorProto.STRING:
        return
    texts, text = node.input
    how = _label_encoder([graph.get_tensor_value(text)], [1], 0)
    kind = {"shapes": node.output_shapes, "dtypes": [TensorProto.INT64]}
    found = graph.make_node("LabelEncoder", [texts], **kind, **how)
    _replace(graph, node, "Cast", found.output, attr={"to": TensorProto.BOOL})


def _floor_mod(graph: Graph, node: Node) -> None:
    if graph.get_dtype(node.input[0]) in _WHOLE:
        _replace(graph, node, "Mod", node.input)


def _floor_div(graph: Graph, node: Node) -> None:
    if graph.get_dtype(node.input[0]) not in _WHOLE:
        return
    kind = {"shapes": node.output_shapes, "dtypes": node.output_dtypes}
    number, divisor = node.input
    rest = graph.make_node("Mod", [number, divisor], **kind)
    multiple = graph.make_node("Sub", [number, rest.output[0]], **kind)
    _replace(graph, node, "Div", [multiple.output[0], divisor])


_REWRITTEN: dict[str, Callable[[Graph, Node], None]] = {
    "Equal": _equal,
    "FloorMod": _floor_mod,
    "FloorDiv": _floor_div,
}


def _origin(node: Node) -> Node:
    while node.type == "Identity":
        node = node.inputs[0]
    return node


def _label_encoder(keys: list, values: list[int], default: int) -> dict[str, Any]:
    kind = "strings" if isinstance(keys[0], str) else "int64s"
    content = {f"keys_{kind}": keys, "values_int64s": values, "default_int64": default}
    return {"attr": content, "domain": "ai.onnx.ml"}


def _replace(graph: Graph, node: Node, kind: str, inputs: list[str], **how: Any) -> None:
    """Put a node of ONNX in the place of one of TensorFlow, with its name and outputs."""
    name, outputs = node.name, node.output
    shapes, dtypes = node.output_shapes, node.output_dtypes
    graph.remove_node(name)
    graph.make_node(kind, inputs, name=name, outputs=outputs, shapes=shapes, dtypes=dtypes, **how)
