"""Steps that say how categories enter a network, and which features stay out."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions

from feature_specs.networks.representations import Embedding, Indicator
from feature_specs.steps.fitting import Fitting
from feature_specs.steps.step import Step


class IndicatorColumn(Step):
    """Categories as 0/1 columns."""

    kind = "indicator"

    def __init__(self, columns: Any) -> None:
        self.columns = columns

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Represent each categorical feature by indicators."""
        for feature in fitting.select_categorical(self.columns):
            fitting.represent(feature, Indicator())


class EmbeddingColumn(Step):
    """Categories as vectors that training finds."""

    kind = "embedding"
    _parameter_constraints = {
        "dimension": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "combiner": [StrOptions({"mean", "sqrtn", "sum"})],
        "weights": [dict, pd.DataFrame, None],
        "max_norm": [Interval(Real, 0, None, closed="neither"), None],
        "trainable": ["boolean"],
    }

    def __init__(
        self,
        columns: Any,
        dimension: int | str = "auto",
        *,
        combiner: str = "mean",
        initializer: Any = None,
        weights: Mapping | pd.DataFrame | None = None,
        max_norm: float | None = None,
        trainable: bool = True,
    ) -> None:
        self.columns = columns
        self.dimension = dimension
        self.combiner = combiner
        self.initializer = initializer
        self.weights = weights
        self.max_norm = max_norm
        self.trainable = trainable

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Represent each categorical feature by a table of its own."""
        for feature in fitting.select_categorical(self.columns):
            fitting.represent(feature, _embedding(self))


class SharedEmbeddingsColumn(EmbeddingColumn):
    """Several columns of the same categories as vectors from one table."""

    kind = "shared_embeddings"

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Give the features one vocabulary and one table."""
        features = fitting.select_categorical(self.columns)
        fitting.share_vocabulary(features)
        for feature in features:
            fitting.represent(feature, _embedding(self, shared_name=name))


class RemoveColumn(Step):
    """Leaves features out; what was derived from them stays."""

    kind = "remove"

    def __init__(self, columns: Any) -> None:
        self.columns = columns

    def fit_into(self, fitting: Fitting, name: str) -> None:
        """Remove the features."""
        fitting.remove(self.columns)


def _embedding(step: EmbeddingColumn, shared_name: str | None = None) -> Embedding:
    return Embedding(
        step.dimension,
        step.combiner,
        step.initializer,
        step.weights,
        step.max_norm,
        step.trainable,
        shared_name,
    )
