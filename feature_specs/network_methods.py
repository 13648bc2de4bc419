"""The half of a fitted spec that builds Keras networks: on encoded columns, and for serving."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from feature_specs.encoders.encoder import CategoricalEncoder
from feature_specs.encoders.features import categorical_encoders, numeric_encoders
from feature_specs.given_tables import table_of_fit
from feature_specs.networks.raw_columns import raw_arrays

if TYPE_CHECKING:
    import keras


class NetworkMethods:
    """The half of a fitted spec that builds Keras networks; Keras is imported when one is built."""

    @property
    def encoded_signature_(self) -> Hashable:
        """What networks on the encoded columns depend on; equal for fits that can share one."""
        check_is_fitted(self)
        numeric = tuple(encoder.signature() for encoder in numeric_encoders(self.features_))
        categorical = tuple(
            (
                name,
                encoder.signature(),
                tuple(way.key(encoder) for way in self.representations_[name]),
            )
            for name, encoder in categorical_encoders(self.features_).items()
        )
        return numeric, categorical

    def inputs(self) -> dict[str, keras.KerasTensor]:
        """Return a ``keras.Input`` for each array of ``encode``.

        Returns
        -------
        dict of str to KerasTensor
        """
        from feature_specs.networks.inputs import encoded_inputs

        check_is_fitted(self)
        return encoded_inputs(self)

    def dense_features(
        self,
        inputs: dict[str, keras.KerasTensor] | None = None,
        columns: Any = None,
        numeric_embedding: Any = None,
    ) -> keras.KerasTensor:
        """Return numbers, indicators and embeddings side by side: the trainable part.

        Parameters
        ----------
        inputs : dict of str to KerasTensor, default=None
            What ``inputs`` returned; new ones by default.
        columns : selector, str or list of str, default=None
            Which features; all by default.
        numeric_embedding : str, int, PiecewiseLinear, Periodic or list of these, default=None
            What stands beside each number but those of two values: ``'piecewise_linear'``, also by
            a number of intervals, ``'periodic'``, objects, or ``'auto'``, which is piecewise
            linear but for a sparse matrix and for more than 100 numbers. An estimator finds the
            intervals in its training rows.

        Returns
        -------
        KerasTensor of shape (rows, width)
        """
        from feature_specs.networks.dense import dense_features

        inputs = self.inputs() if inputs is None else inputs
        return dense_features(self, inputs, columns, numeric_embedding)

    def in_place(self, inputs: dict[str, keras.KerasTensor]) -> dict[str, keras.KerasTensor]:
        """Return the inputs with a 0 for every number that was left out, in its place.

        For networks that know the columns of an array by their places.

        Parameters
        ----------
        inputs : dict of str to KerasTensor
            What ``inputs`` returned.

        Returns
        -------
        dict of str to KerasTensor
        """
        from feature_specs.networks.inputs import with_places

        check_is_fitted(self)
        return with_places(self, inputs)

    def linear_logits(
        self,
        inputs: dict[str, keras.KerasTensor] | None = None,
        units: int = 1,
        columns: Any = None,
        kernel_regularizer: keras.regularizers.Regularizer | None = None,
        bias: bool = True,
        signs: Sequence[int] = (),
    ) -> keras.KerasTensor:
        """Return a linear model of the features; categories are looked up, never multiplied.

        Parameters
        ----------
        inputs : dict of str to KerasTensor, default=None
            What ``inputs`` returned; new ones by default.
        units : int, default=1
            Number of outputs.
        columns : selector, str or list of str, default=None
            Which features; all by default.
        kernel_regularizer : keras.regularizers.Regularizer, default=None
        bias : bool, default=True
            Whether a trainable constant is added.
        signs : sequence of int, default=()
            For each number of all features 1 or -1 where its weights are to have that sign, or
            0; none by default.

        Returns
        -------
        KerasTensor of shape (rows, units)
        """
        from feature_specs.networks.linear import linear_logits

        inputs = self.inputs() if inputs is None else inputs
        return linear_logits(self, inputs, units, columns, kernel_regularizer, bias, signs)

    def linear_coefficients(
        self, network: keras.Model, columns: Any = None
    ) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Read the weights of ``linear_logits`` out of a network.

        Parameters
        ----------
        network : keras.Model
        columns : selector, str or list of str, default=None
            As given to ``linear_logits``.

        Returns
        -------
        coefficients : ndarray of shape (features, units)
        intercept : ndarray of shape (units,)
        names : list of str
            As in ``get_feature_names_out``, for the chosen features.
        """
        from feature_specs.networks.linear import linear_coefficients

        return linear_coefficients(self, network, columns)

    def for_training(self) -> Self:
        """Return the spec without what only prediction knows: words of pretrained tables.

        Returns
        -------
        FeatureSpec
            Itself where there is nothing to leave out.
        """
        check_is_fitted(self)
        trimmed = {
            name: encoder.for_training() if isinstance(encoder, CategoricalEncoder) else encoder
            for name, encoder in self.features_.items()
        }
        if all(trimmed[name] is encoder for name, encoder in self.features_.items()):
            return self
        spec = copy(self)
        spec.features_ = trimmed
        return spec

    def preprocessing_model(self, dtype: str = "float64") -> keras.Model:
        """Return a Keras model from raw columns to what ``encode`` returns, bit for bit.

        Parameters
        ----------
        dtype : {"float64", "float32"}, default="float64"
            In which numbers come in and are scaled; in float32, for devices without float64, they
            agree with ``encode`` as far as float32 goes.

        Returns
        -------
        keras.Model
            Takes a dictionary of raw columns as ``raw_inputs`` gives them: float64 with NaN for
            missing, int64 with the smallest integer for missing, strings with ``""`` for missing;
            lists padded with these. Durations are float64 seconds. Dates come as the fit had them:
            moments as int64 seconds since 1970, numbers as int64 in their unit, texts as strings
            in their format; one that does not follow it is missing.

        Notes
        -----
        The model takes categories in the one type that their column had at the fit: whole numbers
        as int64 (True as 1, 3.0 and "3" as 3), all others as text (0.5 as "0.5", 3.0 as "3" in a
        pandas category). ``raw_inputs`` sees to that; whoever calls the model without it, must.

        Saved by ``save``, the model is loaded by ``keras.models.load_model`` in a process that has
        imported ``feature_specs``.
        """
        from feature_specs.networks.preprocessing import connect_preprocessing

        check_is_fitted(self)
        return connect_preprocessing({"": self}, dtype)

    def raw_inputs(self, X: Any) -> dict[str, np.ndarray]:
        """Return a table as the arrays that ``preprocessing_model`` takes.

        Parameters
        ----------
        X : DataFrame, dict of columns or array of shape (rows, columns)

        Returns
        -------
        dict of str to ndarray
        """
        check_is_fitted(self)
        return raw_arrays({"": self}, {"": table_of_fit(self, X)})
