"""Networks that callers bring: called or copied, and connected to the encoded columns."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from estimators.base.parameters import InstanceOf, Parameter

if TYPE_CHECKING:
    import keras

NETWORK = Parameter(
    "network",
    annotation="Callable | keras.Model",
    constraints=[callable, InstanceOf("keras.Model")],
    kind="callable or keras.Model",
    text="A function of any of ``inputs`` (the encoded features, a Keras tensor), ``units`` "
    "(number of outputs wanted) and the names in `network_params`, which returns an output tensor "
    "or an unconnected model. Or a Keras model, whose weights training starts from; it is copied, "
    "never trained in place. A last softmax or sigmoid is recognised.",
)

NETWORK_PARAMS = Parameter(
    "network_params",
    annotation="dict | None",
    default=None,
    constraints=[dict, None],
    kind="dict",
    text="Further arguments of the function `network`.",
)


def own_network(
    network: Callable | keras.Model,
    inputs: dict[str, keras.KerasTensor],
    features: keras.KerasTensor,
    units: int,
    params: dict[str, Any],
) -> keras.KerasTensor:
    """Return the outputs of a caller's network.

    Parameters
    ----------
    network : callable or keras.Model
    inputs : dict of str to keras.KerasTensor
        The encoded columns by name, for a model with several inputs.
    features : keras.KerasTensor
        All of them in one.
    units : int
        Number of outputs wanted.
    params : dict
        Further arguments, where `network` is a function.

    Raises
    ------
    ValueError
        For outputs of another shape.
    """
    import keras

    if isinstance(network, keras.Model):
        output = _connect(_copy(network), inputs, features)
    else:
        output = _call(network, features, units, params)
        if isinstance(output, keras.Model):
            output = _connect(output, inputs, features)
    if not hasattr(output, "shape"):
        raise ValueError(
            f"network returns {output!r} where a Keras tensor or model is needed; call the layer "
            "on the inputs and return what it returns."
        )
    if output.shape[1:] != (units,):
        raise ValueError(
            f"network returns outputs of shape {tuple(output.shape[1:])} a row where "
            f"({units},) is needed; give its last layer `units` units."
        )
    return output


def _call(
    network: Callable, features: keras.KerasTensor, units: int, params: dict[str, Any]
) -> keras.KerasTensor | keras.Model:
    accepted = inspect.signature(network).parameters
    offered = {"inputs": features, "units": units}
    return network(**{n: v for n, v in offered.items() if n in accepted}, **params)


def _copy(network: keras.Model) -> keras.Model:
    import keras

    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy


def _connect(
    network: keras.Model, inputs: dict[str, keras.KerasTensor], features: keras.KerasTensor
) -> keras.KerasTensor:
    """Apply `network` to the encoded columns by name where it has several inputs, else to all."""
    import keras

    if not network.built or len(network.inputs) == 1:
        shape = tuple(network.inputs[0].shape[1:]) if network.built else (None,)
        if len(shape) != 1:
            features = keras.layers.Reshape(shape)(features)
        return network(features)
    return network({tensor.name: inputs[tensor.name] for tensor in network.inputs})


def last_activation(network: keras.Model) -> str | None:
    """Return the name of the activation that a network ends with."""
    import keras

    last = network.layers[-1]
    if isinstance(last, keras.Model):
        return last_activation(last)
    return getattr(getattr(last, "activation", None), "__name__", None)
