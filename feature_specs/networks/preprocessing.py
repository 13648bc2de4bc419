"""The network that encodes raw columns, for serving."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from feature_specs.encoders.encoder import NumericEncoder
from feature_specs.encoders.features import NUMERIC, key_of, weight_key_of
from feature_specs.networks.fitted_spec import FittedSpec
from feature_specs.networks.inputs import Tensors, keras_inputs
from feature_specs.networks.layers import Encoding, WeightEncoding
from feature_specs.networks.raw_columns import NUMBER, raw_columns


def connect_preprocessing(specs: Mapping[str, FittedSpec], dtype: str = NUMBER) -> keras.Model:
    """Return a model from raw columns to encoded ones.

    Parameters
    ----------
    specs : mapping of str to FittedSpec
        By the prefix of their encoded columns.
    dtype : {"float64", "float32"}, default="float64"
        In which numbers come in and are scaled.

    Returns
    -------
    keras.Model
    """
    inputs = keras_inputs(
        {
            name: (column.shape, dtype if column.dtype == NUMBER else column.dtype)
            for name, column in raw_columns(specs).items()
        }
    )
    outputs = {
        f"{side}{name}": tensor
        for side, spec in specs.items()
        for name, tensor in _connect_encoding(spec, inputs).items()
    }
    return keras.Model(inputs, outputs)


def _connect_encoding(spec: FittedSpec, inputs: Tensors) -> dict[str, keras.KerasTensor]:
    outputs, blocks = {}, []
    for encoder in spec.features_.values():
        sources = {source: inputs[source] for source in encoder.sources}
        encoded = Encoding(encoder)(sources)
        if isinstance(encoder, NumericEncoder):
            blocks.append(encoded)
            continue
        key, weight_key = key_of(encoder.name), weight_key_of(encoder.name)
        if isinstance(encoded, list):
            outputs[key], outputs[weight_key] = encoded
            continue
        outputs[key] = encoded
        if encoder.weight_source is not None:
            outputs[weight_key] = WeightEncoding()(inputs[encoder.weight_source])
    if blocks:
        outputs[NUMERIC] = blocks[0] if len(blocks) == 1 else keras.layers.Concatenate()(blocks)
    return outputs
