"""Conversion of a SavedModel into the one file of LiteRT, once TensorFlow Lite."""

from __future__ import annotations

import re

import tensorflow as tf
from tensorflow.lite.python.convert_phase import ConverterError

_UNKNOWN_OPERATION = re.compile(r"^\s*tf\.(\w+)\(", re.MULTILINE)


def litert_model(folder: str) -> bytes:
    """Return a SavedModel with all its signatures as LiteRT has it.

    Parameters
    ----------
    folder : str

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        Naming the operations that LiteRT lacks.
    """
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS,
        tf.lite.OpsSet.SELECT_TF_OPS,
    ]
    try:
        return converter.convert()
    except ConverterError as error:
        lacking = sorted(set(_UNKNOWN_OPERATION.findall(str(error))))
        raise ValueError(
            f"LiteRT has no operations {lacking}, which the columns of this model need (word pairs "
            "do, counted words, pretrained sentence models); export it with format='saved_model'."
        ) from error
