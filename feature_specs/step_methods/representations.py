"""Steps that say how categories enter a network, as methods of a spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import pandas as pd

from feature_specs.step_methods.base import StepMethods
from feature_specs.steps import (
    EmbeddingColumn,
    IndicatorColumn,
    RemoveColumn,
    SharedEmbeddingsColumn,
)


class RepresentationStepMethods(StepMethods):
    """Adds steps that say how categories enter a network, and which features stay out."""

    def step_indicator_column(self, columns: Any, *, name: str | None = None) -> Self:
        """Represent categorical features by a 0/1 column for each category.

        Parameters
        ----------
        columns : selector, str or list of str
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        return self._with(IndicatorColumn(columns), name)

    def step_embedding_column(
        self,
        columns: Any,
        dimension: int | str = "auto",
        *,
        combiner: str = "mean",
        initializer: Any = None,
        weights: Mapping | pd.DataFrame | None = None,
        max_norm: float | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> Self:
        """Represent categorical features by vectors that training finds.

        Parameters
        ----------
        columns : selector, str or list of str
        dimension : int or "auto", default="auto"
            Length of the vectors; "auto" grows with the number of categories.
        combiner : {"mean", "sqrtn", "sum"}, default="mean"
            How the vectors of a list are combined.
        initializer : str or keras.initializers.Initializer, default=None
            Truncated normal of standard deviation 1/sqrt(dimension) by default.
        weights : mapping or DataFrame, default=None
            Pretrained vectors by category.
        max_norm : float, default=None
            Longer vectors are shortened to this length.
        trainable : bool, default=True
            Whether training changes the vectors.
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = EmbeddingColumn(
            columns,
            dimension,
            combiner=combiner,
            initializer=initializer,
            weights=weights,
            max_norm=max_norm,
            trainable=trainable,
        )
        return self._with(step, name)

    def step_shared_embeddings_column(
        self,
        columns: Any,
        dimension: int | str = "auto",
        *,
        combiner: str = "mean",
        initializer: Any = None,
        name: str | None = None,
    ) -> Self:
        """Represent several features of the same categories by vectors from one table.

        Parameters
        ----------
        columns : selector or list of str
        dimension : int or "auto", default="auto"
        combiner : {"mean", "sqrtn", "sum"}, default="mean"
        initializer : str or keras.initializers.Initializer, default=None
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        step = SharedEmbeddingsColumn(
            columns, dimension, combiner=combiner, initializer=initializer
        )
        return self._with(step, name)

    def step_remove_column(self, columns: Any, *, name: str | None = None) -> Self:
        """Leave features out; what was derived from them stays.

        Parameters
        ----------
        columns : selector, str or list of str
        name : str, default=None
            Name of the step.

        Returns
        -------
        FeatureSpec
        """
        return self._with(RemoveColumn(columns), name)
