"""The floor: the same training written by hand for one network, a whole fit as one XLA program.

No estimator, no checks, no encoding, no history: shuffled rows, a step and Adam in a loop.
"""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf

SEARCH = None
BETAS, EPSILON = (0.9, 0.999), 1e-7


def fit(work, table, seed):
    """Weights after all epochs; compiled once a process for rows and work of these sizes."""
    rng = np.random.default_rng(seed)
    widths = (table.X.shape[1], *work.hidden_units, work.outputs)
    limits = [np.sqrt(6 / (a + b)) for a, b in zip(widths, widths[1:], strict=False)]
    shapes = zip(widths, widths[1:], strict=False)
    weights = [
        array.astype("float32")
        for limit, shape in zip(limits, shapes, strict=True)
        for array in (rng.uniform(-limit, limit, shape), np.zeros(shape[1]))
    ]
    rows = len(table.X)
    full = -(-rows // work.batch_size) * work.batch_size
    orders = np.zeros((work.epochs, full), "int32")
    for order in orders:
        order[:rows] = rng.permutation(rows)
    target = table.y.astype("int32" if work.task == "multiclass" else "float32")
    train = _compiled(work.task, len(weights), work.batch_size, work.learning_rate)
    trained = train(tf.constant(table.X), tf.constant(target), tf.constant(orders), weights)
    return work.task, [weight.numpy() for weight in trained]


def values(model, X):
    """Labels or values."""
    task, weights = model
    outputs = _outputs([tf.constant(weight) for weight in weights], tf.constant(X)).numpy()
    if task == "multiclass":
        return np.argmax(outputs, axis=1)
    return (outputs > 0).astype(int) if task == "binary" else outputs


predict = values


@functools.cache
def _compiled(task, weight_count, batch_size, learning_rate):
    @tf.function(jit_compile=True, autograph=False)
    def train(X, y, orders, weights):
        rows, steps = tf.shape(X)[0], orders.shape[1] // batch_size

        def step(number, weights, means, squares):
            start = number % steps * batch_size
            chosen = tf.slice(orders, [number // steps, start], [1, batch_size])[0]
            real = tf.cast(start + tf.range(batch_size) < rows, tf.float32)
            with tf.GradientTape() as tape:
                tape.watch(weights)
                outputs = _outputs(weights, tf.gather(X, chosen))
                losses = _losses(task, tf.gather(y, chosen), outputs)
                loss = tf.reduce_sum(losses * real) / tf.reduce_sum(real)
            gradients = tape.gradient(loss, weights)
            past = tf.cast(number + 1, tf.float32)
            rate = learning_rate * tf.sqrt(1 - BETAS[1] ** past) / (1 - BETAS[0] ** past)
            means = [m + (g - m) * (1 - BETAS[0]) for m, g in zip(means, gradients, strict=True)]
            squares = [
                s + (g * g - s) * (1 - BETAS[1]) for s, g in zip(squares, gradients, strict=True)
            ]
            weights = [
                w - rate * m / (tf.sqrt(s) + EPSILON)
                for w, m, s in zip(weights, means, squares, strict=True)
            ]
            return number + 1, weights, means, squares

        zeros = [tf.zeros_like(weight) for weight in weights]
        last = steps * orders.shape[0]
        start = (tf.constant(0), list(weights), zeros, zeros)
        return tf.while_loop(lambda number, *_: number < last, step, start)[1]

    return train


def _outputs(weights, X):
    for layer in range(0, len(weights), 2):
        X = X @ weights[layer] + weights[layer + 1]
        X = tf.nn.relu(X) if layer + 2 < len(weights) else X
    return X


def _losses(task, y, outputs):
    if task == "multiclass":
        return tf.nn.sparse_softmax_cross_entropy_with_logits(y, outputs)
    outputs = outputs[:, 0]
    if task == "binary":
        return tf.nn.sigmoid_cross_entropy_with_logits(y, outputs)
    return tf.square(outputs - y)
