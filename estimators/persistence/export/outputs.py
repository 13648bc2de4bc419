"""What an exported model gives: a head's predictions, in a TensorFlow graph.

`Head.predict` and `Head.probabilities` say the same on the host; a test holds the two together.
"""

from __future__ import annotations

from functools import singledispatch

import numpy as np
import tensorflow as tf

from estimators.heads.classification import (
    BinaryHead,
    ClassHead,
    MultiClassHead,
    MultiLabelHead,
    OneHotHead,
)
from estimators.heads.head import Head
from estimators.heads.ordinal import OrdinalHead
from estimators.heads.quantiles import QuantilesHead
from estimators.heads.regression import CountHead, RegressionHead

PREDICTIONS, QUANTILES = "predictions", "quantiles"
CLASSES, PROBABILITIES, ALL_CLASSES = "classes", "probabilities", "all_classes"


def signatures_of(head: Head) -> dict[str, tuple[str, ...]]:
    """Return the names of the outputs of every signature."""
    if isinstance(head, QuantilesHead):
        return {"serving_default": (PREDICTIONS, QUANTILES), "predict": (PREDICTIONS,)}
    if not isinstance(head, ClassHead):
        return dict.fromkeys(("serving_default", "predict"), (PREDICTIONS,))
    return {
        "serving_default": (CLASSES, PROBABILITIES, ALL_CLASSES),
        "predict": (CLASSES,),
        "predict_proba": (PROBABILITIES,),
    }


@singledispatch
def answers(head: Head, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    """Return everything that a head makes of the network's outputs, by name.

    Parameters
    ----------
    head : Head
        Fitted.
    outputs : tensor of shape (rows, units)
        In the precision to compute in.

    Returns
    -------
    dict of str to tensor
        Numbers as float32.
    """
    raise TypeError(f"A {type(head).__name__} has no form in a graph.")


@answers.register
def _(head: RegressionHead, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    values = outputs * _constant(head.scale_, outputs) + _constant(head.offset_, outputs)
    return {PREDICTIONS: _like_target(head, values)}


@answers.register
def _(head: QuantilesHead, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    values = outputs * _constant(head.scale_, outputs) + _constant(head.offset_, outputs)
    count = len(head.quantiles)
    in_order = tf.sort(tf.reshape(values, (-1, head.units // count, count)), axis=-1)
    middle = tf.reduce_mean(tf.gather(in_order, head.objective.middle, axis=-1), axis=-1)
    return {PREDICTIONS: _like_target(head, middle), QUANTILES: _like_target(head, in_order)}


@answers.register
def _(head: CountHead, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    if not head.from_means:
        outputs = tf.exp(outputs + _constant(head.offset_, outputs))
    return {PREDICTIONS: _like_target(head, outputs)}


@answers.register
def _(head: BinaryHead, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    second = outputs if head.from_probabilities else tf.sigmoid(outputs)
    return _of_classes(
        head,
        tf.cast(outputs[:, 0] > _even(head), tf.int32),
        tf.concat([1 - second, second], axis=1),
    )


@answers.register
def _(head: MultiClassHead, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    if head.from_probabilities:
        probabilities = outputs / tf.reduce_sum(outputs, axis=1, keepdims=True)
    else:
        probabilities = tf.nn.softmax(outputs)
    return _of_classes(head, tf.argmax(outputs, axis=1, output_type=tf.int32), probabilities)


@answers.register
def _(head: OrdinalHead, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    reached = tf.sigmoid(outputs)
    first = tf.pad(reached, [[0, 0], [1, 0]], constant_values=1)
    probabilities = first - tf.pad(reached, [[0, 0], [0, 1]])
    return _of_classes(head, tf.argmax(probabilities, 1, output_type=tf.int32), probabilities)


@answers.register
def _(head: OneHotHead, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    one_hot = tf.one_hot(tf.argmax(outputs, axis=1), head.units, dtype=tf.int64)
    of_classes = answers.dispatch(MultiClassHead)(head, outputs)
    return {**of_classes, CLASSES: one_hot, ALL_CLASSES: _all_classes(head, outputs)}


@answers.register
def _(head: MultiLabelHead, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    probabilities = outputs if head.from_probabilities else tf.sigmoid(outputs)
    return {
        CLASSES: tf.cast(outputs > _even(head), tf.int64),
        PROBABILITIES: tf.cast(probabilities, tf.float32),
        ALL_CLASSES: _all_classes(head, outputs),
    }


def _of_classes(head: ClassHead, place: tf.Tensor, probabilities: tf.Tensor) -> dict:
    return {
        CLASSES: tf.gather(_labels(head), place),
        PROBABILITIES: tf.cast(probabilities, tf.float32),
        ALL_CLASSES: _all_classes(head, place),
    }


def _all_classes(head: ClassHead, rows: tf.Tensor) -> tf.Tensor:
    # Serving systems ask for as many rows of every output.
    return tf.tile(_labels(head)[None], [tf.shape(rows)[0], 1])


def _labels(head: ClassHead) -> tf.Tensor:
    return tf.constant([str(label) for label in head.classes_.tolist()])


def _even(head: ClassHead) -> float:
    return 0.5 if head.from_probabilities else 0.0


def _constant(values: np.ndarray, outputs: tf.Tensor) -> tf.Tensor:
    return tf.constant(values, outputs.dtype)


def _like_target(head: RegressionHead | CountHead, values: tf.Tensor) -> tf.Tensor:
    values = tf.cast(values, tf.float32)
    return values[:, 0] if head.is_vector_ else values
