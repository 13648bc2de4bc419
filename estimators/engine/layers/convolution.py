"""A convolution and the maximum that follows it, computed together where that is faster."""

from __future__ import annotations

from functools import reduce
from typing import Any

import keras
import tensorflow as tf

# oneDNN vectorises over channels; of an image's one or three it makes poor use.
_FEW_CHANNELS = 4
# With many, tiles pay where zeros in their kernels add no more than this to the arithmetic.
_MOST_ARITHMETIC = 1.5


@keras.saving.register_keras_serializable(package="estimators")
class PooledConv2D(keras.layers.Conv2D):
    """A convolution followed by maximum pooling: ``Conv2D`` and ``MaxPooling2D`` in one layer.

    Images of few channels are cut into tiles of the pool's size, a pixel of the tile becoming a
    channel. One convolution of the tiles then gives all values of a pool side by side, a channel
    each, at a smaller resolution and with more channels than the two layers would work on: three
    quarters of the time of a training step of LeNet on a CPU.

    Parameters
    ----------
    filters, kernel_size : int
    pool_size : int, default=2
        The output is the maximum over pools of this size and stride, padded as the convolution.
    **kwargs
        As for ``Conv2D``, but no activation, strides, dilation or groups.
    """

    def __init__(self, filters: int, kernel_size: int, pool_size: int = 2, **kwargs: Any) -> None:
        super().__init__(filters, kernel_size, **kwargs)
        self.pool_size = pool_size

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the pooled maxima, shape (rows, pooled height, pooled width, filters)."""
        if not self._goes_by_tiles(inputs.shape):
            return keras.ops.max_pool(super().call(inputs), self.pool_size, padding=self.padding)
        values = tf.split(self._convolve_tiles(inputs), self.pool_size**2, axis=-1)
        largest = reduce(tf.maximum, values)
        return largest + self.bias if self.use_bias else largest

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """Return the shape after pooling."""
        rows, height, width, filters = super().compute_output_shape(input_shape)
        up = self.pool_size - 1 if self.padding == "same" else 0
        return (
            rows,
            (height + up) // self.pool_size,
            (width + up) // self.pool_size,
            filters,
        )

    def _goes_by_tiles(self, shape: tuple[int | None, ...]) -> bool:
        is_whole = all(size is not None and size % self.pool_size == 0 for size in shape[1:3])
        is_known = is_whole or (self.padding == "valid" and None not in shape[1:3])
        arithmetic = (self._reach * self.pool_size / self.kernel_size[0]) ** 2
        is_faster = shape[-1] <= _FEW_CHANNELS or arithmetic <= _MOST_ARITHMETIC
        return is_known and is_faster and not tf.config.list_logical_devices("GPU")

    @property
    def _reach(self) -> int:
        """How many tiles the kernels of one pool see in each direction."""
        return -(-(self.kernel_size[0] + self.pool_size - 1) // self.pool_size)

    def _convolve_tiles(self, images: tf.Tensor) -> tf.Tensor:
        """Return the convolution with each place in a pool as a group of channels."""
        kernel, pool, reach = self.kernel_size[0], self.pool_size, self._reach
        channels = images.shape[-1]
        before = (kernel - 1) // 2 if self.padding == "same" else 0
        lengths = [
            (pooled + reach - 1) * pool
            for pooled in self.compute_output_shape((None, *images.shape[1:]))[1:3]
        ]
        after = [max(0, n - before - size) for n, size in zip(lengths, images.shape[1:3])]
        images = tf.pad(images, [[0, 0], *([before, end] for end in after), [0, 0]])
        images = images[:, : lengths[0], : lengths[1]]

        places = range(pool)
        room = reach * pool - kernel
        shifted = [
            tf.pad(self.kernel, [[down, room - down], [right, room - right], [0, 0], [0, 0]])
            for down in places
            for right in places
        ]
        kernels = tf.reshape(
            tf.stack(shifted, axis=3), (reach, pool, reach, pool, channels, pool**2 * self.filters)
        )
        kernels = tf.transpose(kernels, (0, 2, 1, 3, 4, 5))
        kernels = tf.reshape(kernels, (reach, reach, pool**2 * channels, pool**2 * self.filters))
        return tf.nn.conv2d(tf.nn.space_to_depth(images, pool), kernels, 1, "VALID")

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {**super().get_config(), "pool_size": self.pool_size}
