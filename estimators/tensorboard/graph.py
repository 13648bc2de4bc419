"""The layers of a network as TensorBoard draws them."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
    from tensorboard.compat.proto.summary_pb2 import Summary

__all__ = ["graph_summary"]


def graph_summary(network: keras.Model) -> Summary | None:
    """Return the layers as Keras's callback writes them, None where they cannot be described."""
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.util.tensor_util import make_tensor_proto

    try:
        layers = json.loads(network.to_json())
    except (NotImplementedError, TypeError, ValueError) as error:
        warnings.warn(
            f"TensorBoard will show no graph, since a layer cannot be described: {error}",
            stacklevel=2,
        )
        return None
    plugin = SummaryMetadata.PluginData(plugin_name="graph_keras_model", content=b"1")
    summary = Summary()
    summary.value.add(
        tag="keras",
        metadata=SummaryMetadata(plugin_data=plugin),
        tensor=make_tensor_proto(json.dumps(_drawable(layers))),
    )
    return summary


def _drawable(layer: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a layer with the inputs of models in a row.

    TensorBoard draws no model inside another that takes its inputs by name.
    """
    config = layer["config"]
    if "layers" in config:
        config = config | {"layers": [_drawable(inner) for inner in config["layers"]]}
    if "input_layers" in config:
        config["input_layers"] = _input_names(config["input_layers"])
    nodes = [{"args": [_tensors(node["args"])]} for node in layer.get("inbound_nodes", ())]
    return layer | {"config": config} | ({"inbound_nodes": nodes} if nodes else {})


def _input_names(given: Any) -> list[str]:
    if isinstance(given, list) and isinstance(given[0], str):
        return given[:1]
    return [name for inner in _children(given) for name in _input_names(inner)]


def _tensors(given: Any) -> list[dict[str, Any]]:
    if isinstance(given, dict) and given.get("class_name") == "__keras_tensor__":
        return [given]
    return [tensor for inner in _children(given) for tensor in _tensors(inner)]


def _children(given: Any) -> list:
    if isinstance(given, dict):
        return list(given.values())
    return given if isinstance(given, list) else []
