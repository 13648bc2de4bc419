"""Images changed at random, in training alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from estimators.base.parameters import InstanceOf, Parameter

if TYPE_CHECKING:
    import keras

AUGMENT = Parameter(
    "augment",
    annotation="keras.layers.Layer | Sequence[keras.layers.Layer] | None",
    default=None,
    constraints=[InstanceOf("keras.layers.Layer"), list, tuple, None],
    kind="keras.layers.Layer or list of them",
    text="Layers that change images at random, in training alone; they are copied. Pixels have "
    "been rescaled by then: where a layer asks for ``value_range``, it is ``(0, 1)``.",
)


def augmented(
    images: keras.KerasTensor, augment: keras.layers.Layer | Sequence[keras.layers.Layer] | None
) -> keras.KerasTensor:
    """Return `images` passed through copies of the layers.

    Raises
    ------
    ValueError
        For what is no layer.
    """
    import keras

    if augment is None:
        return images
    for layer in augment if isinstance(augment, list | tuple) else [augment]:
        if not isinstance(layer, keras.layers.Layer):
            raise ValueError(f"augment holds {layer!r}, which is no layer of Keras; take it out.")
        images = type(layer).from_config(layer.get_config())(images)
    return images
