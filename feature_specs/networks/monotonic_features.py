"""Encoded columns as one dense tensor, and with which of them a network shall rise or fall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from feature_specs.networks.chosen_features import chosen_embeddings, chosen_features
from feature_specs.networks.dense import dense_features
from feature_specs.networks.fitted_spec import FittedSpec
from feature_specs.networks.inputs import Tensors
from feature_specs.networks.numeric_embeddings import NumericEmbedding, PiecewiseLinear


def monotonic_features(
    spec: FittedSpec, inputs: Tensors, signs: Sequence[int], numeric_embedding: Any
) -> tuple[keras.KerasTensor, list[int]]:
    """Return what `dense_features` does, and a sign for each of the features.

    Parameters
    ----------
    spec : FeatureSpec
        Fitted.
    inputs : dict of str to KerasTensor
    signs : sequence of int
        1, -1 or 0 for each column of the numeric block.
    numeric_embedding : object
        As for ``FeatureSpec.dense_features``. Pieces rise with their number, cosines do not.

    Raises
    ------
    ValueError
        For an embedding that may fall where its number rises.
    """
    features = dense_features(spec, inputs, numeric_embedding=numeric_embedding)
    embeddings, positions = chosen_embeddings(
        spec, inputs, chosen_features(spec, None), numeric_embedding, "piecewise_linear"
    )
    of_pieces, middles = [], []
    for embedding in embeddings:
        for position in positions:
            count = _pieces_of(embedding)
            of_pieces += [signs[position]] * count
            # Of evenly filled intervals; where a number is free, its weights have any sign.
            is_bound = signs[position] != 0
            middles += [is_bound * ((i + 0.5) / count - 1) for i in range(count)]
    others = features.shape[-1] - len(signs) - len(of_pieces)
    if any(middles):
        # Weights of one sign cannot make up for shares that are all above 0.
        offsets = [0.0] * len(signs) + middles + [0.0] * others
        features = keras.layers.Rescaling(1.0, offsets)(features)
    return features, [*signs, *of_pieces, *[0] * others]


def _pieces_of(embedding: NumericEmbedding) -> int:
    if isinstance(embedding, PiecewiseLinear) and embedding.dimension is None:
        return embedding.intervals
    raise ValueError(
        f"numeric_embedding holds {embedding!r}, which may fall where its number rises; take "
        "PiecewiseLinear without a dimension with monotonic_cst, or None."
    )
