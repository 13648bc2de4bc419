"""Whether XLA should compile a network: decided by what it is made of and by the device."""

from __future__ import annotations

import keras
import tensorflow as tf

_FEWEST_ROWS = 128

_SLOW_ON_CPU = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
    keras.layers.Conv2DTranspose,
    keras.layers.RNN,
)
# XLA unrolls their random generator on a CPU; HashedDropout, a subclass, is not among them.
_RANDOM = (
    keras.layers.Dropout,
    keras.layers.AlphaDropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
)


def should_compile(
    network: keras.Model, jit_compile: bool | str, row_count: int | None = None
) -> bool:
    """Return whether XLA compiles `network`, where ``"auto"`` decides by the network.

    The number of epochs plays no part, so that training in two halves rounds as training at once.

    Parameters
    ----------
    network : keras.Model
    jit_compile : bool or "auto"
    row_count : int, optional
        Number of training rows; few of them are not worth a compilation.

    Returns
    -------
    bool
    """
    if jit_compile != "auto":
        return jit_compile
    if _is_impossible(network) or (row_count and is_too_short_to_compile(row_count)):
        return False
    if tf.config.list_logical_devices("GPU"):
        return True
    draws = any(type(layer) in _RANDOM for layer in network._flatten_layers())
    return not draws and not _holds(network, _SLOW_ON_CPU)


def is_too_short_to_compile(row_count: int) -> bool:
    """Return whether an epoch is over before XLA would repay its compilation."""
    return row_count < _FEWEST_ROWS


def _is_impossible(network: keras.Model) -> bool:
    """Return whether the network holds a layer that XLA knows nothing of: one on text, say."""
    # Recurrent layers take their word back on a GPU alone; they are looked at by kind.
    return any(
        not layer.supports_jit and not isinstance(layer, keras.layers.RNN)
        for layer in network._flatten_layers()
    )


def _holds(network: keras.Model, kinds: tuple[type, ...]) -> bool:
    return any(isinstance(layer, kinds) for layer in network._flatten_layers())
