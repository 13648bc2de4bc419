"""FeatureSpec: a formula and steps, fitted on a table, encode it for a network."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd
from sklearn.base import TransformerMixin
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from feature_specs.columns import ColumnInfo, infer_columns
from feature_specs.display import describe_html, describe_text
from feature_specs.encoders import CategoricalEncoder, NumericEncoder
from feature_specs.fitting import Fitting, feature_infos
from feature_specs.formula import Formula, parse_formula
from feature_specs.networks import (
    connect_dense,
    connect_linear,
    connect_preprocessing,
    linear_coefficients,
    raw_arrays,
)
from feature_specs.representations import default_representation
from feature_specs.selectors import all_datetime, all_nominal, all_numeric
from feature_specs.sentences import StepMethods
from feature_specs.steps import (
    CategoricalColumn,
    CrossedColumn,
    DatetimeColumn,
    NumericColumn,
    Step,
)
from feature_specs.table import Table, as_frame, holds_text, is_table

NUMERIC = "numeric"


class FeatureSpec(StepMethods, TransformerMixin, _BaseComposition):
    """How the columns of a table become the inputs of a network, said once, in words.

    A spec is immutable: every ``step_*`` method returns a new one with one step more. Without any
    step the columns decide: numbers are standardised, text and categories get a vocabulary, dates
    are taken apart.

    Parameters
    ----------
    formula : str, default=None
        ``"label ~ ."`` names the target and the columns: ``.`` all others, ``a + b``, ``. - c``,
        ``a:b`` for a cross.
    steps : sequence of (str, Step), default=()
        Names and steps; the ``step_*`` methods append to it.

    Attributes
    ----------
    features_ : dict of str to Encoder
        The fitted features by name.
    feature_names_in_ : ndarray of str
        Columns seen at fit, where all of them are strings.
    n_features_in_ : int
        Number of columns seen at fit.

    Examples
    --------
    >>> import pandas as pd
    >>> from feature_specs import FeatureSpec, all_numeric, all_nominal
    >>> table = pd.DataFrame({
    ...     "age": [20.0, 30.0, 40.0], "city": ["Bonn", "Rome", "Bonn"], "label": [0, 1, 0]
    ... })
    >>> spec = (
    ...     FeatureSpec("label ~ .")
    ...     .step_numeric_column(all_numeric(), normalizer="min_max")
    ...     .step_categorical_column_with_vocabulary_list(all_nominal())
    ...     .fit(table)
    ... )
    >>> spec.encode(table)["numeric"].ravel().tolist()
    [0.0, 0.5, 1.0]
    >>> spec.encode(table)["city"].tolist()
    [2, 3, 2]
    >>> spec.get_feature_names_out().tolist()
    ['age', 'city_Bonn', 'city_Rome']

    References
    ----------
    ``tfdatasets::feature_spec`` in R; ``tf.feature_column``; ``keras.utils.FeatureSpace``.
    """

    def __init__(self, formula: str | None = None, steps: Sequence[tuple[str, Step]] = ()) -> None:
        self.formula = formula
        self.steps = steps

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> FeatureSpec:
        """Learn vocabularies, scales and boundaries.

        Parameters
        ----------
        X : DataFrame, dict of columns or array of shape (rows, columns)
            May hold the target that the formula names.
        y : ignored
        sample_weight : array of shape (rows,), default=None
            Weights of the rows in means and standard deviations.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            Naming the column that cannot be encoded.
        """
        X, _ = self.split_target(X)
        table, infos = self._checked(X, reset=True)
        named = infos
        if self.formula is not None and hasattr(X, "columns"):
            features = set(self._parsed.resolve(list(X.columns)))
            named = [info for info in infos if info.name in features]
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight,
                np.empty((len(table), 1)),
                dtype=np.float64,
                ensure_non_negative=True,
                allow_all_zero_weights=False,
            )
        fitting = Fitting(table, named, sample_weight)
        for name, step in list(self.steps) or _automatic_steps(named):
            step.fit_into(fitting, name)
        for cross in () if self.formula is None else self._parsed.crosses:
            fitting.columns = infos
            CrossedColumn(list(cross)).fit_into(fitting, "crossed")
        self.features_ = fitting.finish()
        self.representations_ = {
            name: fitting.representations.get(name) or [default_representation(encoder)]
            for name, encoder in self._categorical.items()
        }
        if not self.features_:
            raise ValueError(
                f"The steps make no feature of the columns {[info.name for info in infos]}; add a "
                "step that selects some."
            )
        return self

    def encode(self, X: Any) -> dict[str, np.ndarray]:
        """Return the columns as a network takes them.

        Parameters
        ----------
        X : DataFrame, dict of columns or array of shape (rows, columns)

        Returns
        -------
        dict of str to ndarray
            ``"numeric"``, float32 of shape (rows, width): all numbers. For each categorical feature
            int32 codes of shape (rows,): 0 missing, then unseen, then known; lists have shape
            (rows, length), padded with 0. ``"name:weight"``, float32: weights of codes.

        Raises
        ------
        ValueError
            Naming the column that is missing, new or of another kind than at fit.
        """
        check_is_fitted(self)
        X, _ = self.split_target(X)
        table, _ = self._checked(X, reset=False)
        encoded: dict[str, np.ndarray] = {}
        blocks = [encoder.encode(table) for encoder in self._numeric]
        if blocks:
            encoded[NUMERIC] = blocks[0] if len(blocks) == 1 else np.hstack(blocks)
        for name, encoder in self._categorical.items():
            key = _key(name)
            encoded[key] = encoder.encode(table)
            if encoder.weight_source is not None:
                encoded[f"{key}:weight"] = encoder.encode_weight(table)
        return encoded

    def transform(self, X: Any) -> np.ndarray:
        """Return numbers and indicators as one array, for any scikit-learn estimator.

        Parameters
        ----------
        X : DataFrame, dict of columns or array of shape (rows, columns)

        Returns
        -------
        ndarray of shape (rows, features), float32
            The columns are those of ``get_feature_names_out``.
        """
        encoded = self.encode(X)
        blocks = [encoded[NUMERIC]] if NUMERIC in encoded else []
        for name, encoder in self._categorical.items():
            codes = encoded[_key(name)]
            hot = (codes[..., None] == np.array(encoder.kept)).astype(np.float32)
            if encoder.weight_source is not None:
                hot *= encoded[f"{_key(name)}:weight"][..., None]
            blocks.append(hot.sum(axis=1) if codes.ndim == 2 else hot)
        return np.hstack(blocks)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns that ``transform`` returns.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        encoders = [*self._numeric, *self._categorical.values()]
        return np.array([n for encoder in encoders for n in encoder.output_names], dtype=object)

    @property
    def target_name(self) -> str | tuple[str, ...] | None:
        """The target that the formula names, None without one."""
        return None if self.formula is None else self._parsed.target

    def split_target(self, X: Any) -> tuple[Any, Any]:
        """Return the feature columns of a table, and the target that the formula names.

        Parameters
        ----------
        X : DataFrame, dict of columns or array

        Returns
        -------
        X : DataFrame or array
            Without the target and without columns that the formula leaves out.
        y : Series, DataFrame or None
            None where the formula names no target or the table does not hold it.
        """
        if self.formula is None or not is_table(X):
            return X, None
        frame = as_frame(X)
        target = self.target_name
        targets = [target] if isinstance(target, str) else list(target or ())
        y = None
        if targets and set(targets) <= set(frame.columns):
            y = frame[targets[0]] if isinstance(target, str) else frame[targets]
        if hasattr(self, "features_"):
            wanted = getattr(self, "feature_names_in_", frame.columns)
            return frame[[column for column in frame.columns if column in set(wanted)]], y
        return frame[self._parsed.required(list(frame.columns))], y

    # The Keras side

    @property
    def encoded_signature_(self) -> Hashable:
        """What networks on the encoded columns depend on; equal for fits that can share one."""
        check_is_fitted(self)
        numeric = tuple(encoder.signature() for encoder in self._numeric)
        categorical = tuple(
            (
                name,
                encoder.signature(),
                tuple(way.key(encoder) for way in self.representations_[name]),
            )
            for name, encoder in self._categorical.items()
        )
        return numeric, categorical

    def inputs(self) -> dict[str, keras.KerasTensor]:
        """Return a ``keras.Input`` for each array of ``encode``.

        Returns
        -------
        dict of str to KerasTensor
        """
        check_is_fitted(self)
        inputs = {}
        if self._numeric:
            width = sum(len(encoder.output_names) for encoder in self._numeric)
            inputs[NUMERIC] = keras.Input((width,), name=NUMERIC)
        for name, encoder in self._categorical.items():
            key = _key(name)
            shape, dtype = encoder.output_shape_and_dtype()
            inputs[key] = keras.Input(shape, dtype=dtype, name=_layer_name(key))
            if encoder.weight_source is not None:
                weight_key = f"{key}:weight"
                inputs[weight_key] = keras.Input(shape, name=_layer_name(weight_key))
        return inputs

    def dense_features(
        self, inputs: dict[str, keras.KerasTensor] | None = None, columns: Any = None
    ) -> keras.KerasTensor:
        """Return numbers, indicators and embeddings side by side: the trainable part.

        Parameters
        ----------
        inputs : dict of str to KerasTensor, default=None
            What ``inputs`` returned; new ones by default.
        columns : selector, str or list of str, default=None
            Which features; all by default.

        Returns
        -------
        KerasTensor of shape (rows, width)
        """
        return connect_dense(self, self.inputs() if inputs is None else inputs, columns)

    def linear_logits(
        self,
        inputs: dict[str, keras.KerasTensor] | None = None,
        units: int = 1,
        columns: Any = None,
        kernel_regularizer: keras.regularizers.Regularizer | None = None,
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

        Returns
        -------
        KerasTensor of shape (rows, units)
        """
        inputs = self.inputs() if inputs is None else inputs
        return connect_linear(self, inputs, units, columns, kernel_regularizer)

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
        return linear_coefficients(self, network, columns)

    def preprocessing_model(self) -> keras.Model:
        """Return a Keras model from raw columns to what ``encode`` returns, bit for bit.

        Returns
        -------
        keras.Model
            Takes a dictionary of raw columns as ``raw_inputs`` gives them: float64 with NaN for
            missing, int64 with the smallest integer for missing, strings with ``""`` for missing,
            moments as int64 seconds since 1970; lists padded with these.
        """
        check_is_fitted(self)
        return connect_preprocessing(self)

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
        X, _ = self.split_target(X)
        table, _ = self._checked(X, reset=False)
        return raw_arrays(self, table)

    def feature_infos(self) -> list[ColumnInfo]:
        """Return name and kind of every fitted feature.

        Returns
        -------
        list of ColumnInfo
        """
        check_is_fitted(self)
        return feature_infos(self.features_)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, with ``deep`` those of the steps as ``step__parameter``.

        Parameters
        ----------
        deep : bool, default=True

        Returns
        -------
        dict of str to object
        """
        return self._get_params("steps", deep=deep)

    def set_params(self, **params: Any) -> FeatureSpec:
        """Set parameters of this spec or, as ``step__parameter``, of its steps.

        Parameters
        ----------
        **params : object

        Returns
        -------
        self : object
        """
        self._set_params("steps", **params)
        return self

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        return describe_text(self)

    def _repr_html_(self) -> str:
        return describe_html(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": describe_html(self)}

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "features_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    @property
    def _parsed(self) -> Formula:
        return parse_formula(self.formula)

    @property
    def _numeric(self) -> list[NumericEncoder]:
        return [e for e in self.features_.values() if isinstance(e, NumericEncoder)]

    @property
    def _categorical(self) -> dict[str, CategoricalEncoder]:
        return {n: e for n, e in self.features_.items() if isinstance(e, CategoricalEncoder)}

    def _checked(self, X: Any, *, reset: bool) -> tuple[Table, list[ColumnInfo]]:
        if is_table(X):
            frame = as_frame(X)
            validate_data(
                self, X if isinstance(X, pd.DataFrame) else frame, reset=reset, skip_check_array=True
            )
            if len(frame) == 0:
                raise ValueError("Found array with 0 sample(s): the table has no row.")
            return Table(frame), infer_columns(frame) if reset else []
        if holds_text(X):
            X = np.asarray(X)
            validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)
            frame = as_frame(X)
            return Table(frame), infer_columns(frame) if reset else []
        X = validate_data(self, X, reset=reset, ensure_all_finite=False)
        infos = [ColumnInfo(f"x{i}", "numeric", str(X.dtype)) for i in range(X.shape[1])]
        return Table(X), infos


def _automatic_steps(infos: list[ColumnInfo]) -> list[tuple[str, Step]]:
    lists = [info.name for info in infos if info.kind == "list"]
    steps = {
        NUMERIC: NumericColumn(all_numeric(), normalizer="standard"),
        "categorical": CategoricalColumn(all_nominal()),
        "datetime": DatetimeColumn(all_datetime()),
    }
    if lists:
        steps["lists"] = CategoricalColumn(lists)
    return list(steps.items())


def _key(name: str) -> str:
    """Return the name of a categorical feature's codes; one called "numeric" must make way."""
    return f"{name}:codes" if name == NUMERIC else name


def _layer_name(key: str) -> str:
    return key.replace("/", "_")
