"""Gradients in operations that XLA lowers at once.

TensorFlow has the gradients of ReLU and of a bias lowered by MLIR (``MlirXlaOpKernel``), which it
sets up anew for each: 10 ms, also where the finished program is found on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

try:  # There is no public way; without it a first fit takes 20 ms a layer more.
    from tensorflow.python.ops import gen_nn_ops as _operations

    _operations.relu_grad, _operations.bias_add_grad  # noqa: B018  there they are
except (ImportError, AttributeError):
    _operations = None


@contextmanager
def direct_gradients() -> Iterator[None]:
    """Have this thread differentiate ReLU and biases by a choice and a sum.

    Nobody else may ask for the same meanwhile.
    """
    if _operations is None:
        yield
        return
    thread = threading.get_ident()
    relu_grad, bias_add_grad = _operations.relu_grad, _operations.bias_add_grad

    def own_relu_grad(gradients: tf.Tensor, features: tf.Tensor, name: str | None = None):  # noqa: ANN202
        if threading.get_ident() != thread:
            return relu_grad(gradients, features, name)
        return tf.where(features > 0, gradients, tf.zeros_like(gradients))

    def own_bias_add_grad(out_backprop, data_format="NHWC", name=None):  # noqa: ANN001, ANN202
        rank = out_backprop.shape.rank
        is_last = data_format in (None, "NHWC", b"NHWC") and rank is not None
        if threading.get_ident() != thread or not is_last:
            return bias_add_grad(out_backprop, data_format, name)
        return tf.reduce_sum(out_backprop, list(range(rank - 1)))

    _operations.relu_grad, _operations.bias_add_grad = own_relu_grad, own_bias_add_grad
    try:
        yield
    finally:
        _operations.relu_grad, _operations.bias_add_grad = relu_grad, bias_add_grad
