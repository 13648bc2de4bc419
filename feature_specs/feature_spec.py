"""FeatureSpec: a formula and steps, fitted on a table, encode it for a network."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import hstack, issparse
from sklearn.base import TransformerMixin
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from feature_specs.columns.column_info import ColumnInfo
from feature_specs.columns.formula import Formula, parse_formula
from feature_specs.columns.nested_parameters import check_nested
from feature_specs.columns.sparse_table import SparseTable
from feature_specs.columns.table import (
    Table,
    as_frame,
    is_table,
    match_columns,
)
from feature_specs.display import describe_html, describe_text
from feature_specs.encoders.dates import warn_of_years
from feature_specs.encoders.features import (
    NUMERIC,
    categorical_encoders,
    feature_infos,
    indicators,
    key_of,
    numeric_encoders,
    weight_key_of,
)
from feature_specs.encoders.sparse import takes_sparse
from feature_specs.encoders.unseen import warn_of_unseen
from feature_specs.given_tables import table_at_fit, table_of_fit
from feature_specs.network_methods import NetworkMethods
from feature_specs.networks.representations import default_representation
from feature_specs.restored_on_error import restored_on_error
from feature_specs.step_methods import (
    CategoricalStepMethods,
    DateStepMethods,
    NumericStepMethods,
    RepresentationStepMethods,
    TextStepMethods,
)
from feature_specs.steps import CrossedColumn, Step
from feature_specs.steps.automatic import automatic_steps, sparse_steps
from feature_specs.steps.fitting import Fitting, tell_left_out

# Cells of a sparse matrix made dense at a time.
_CELLS_AT_ONCE = 1 << 22


class FeatureSpec(
    NumericStepMethods,
    DateStepMethods,
    CategoricalStepMethods,
    TextStepMethods,
    RepresentationStepMethods,
    NetworkMethods,
    TransformerMixin,
    _BaseComposition,
):
    """How the columns of a table become the inputs of a network, said once, in words.

    A spec is immutable: every ``step_*`` method returns a new one with one step more. TensorFlow is
    imported when a network is built, or when a text column is read, since its own operations split
    texts; all other columns are encoded without it.

    Without any step the columns decide: numbers are standardised, text and categories get a
    vocabulary, dates are taken apart. Texts are numbers or dates where every one is, free text
    where most are new and of three words or more; they are left out where nine of ten are new, in
    50 rows or more, and of one word. One warning tells what was not plain, and the fitted spec
    prints the steps, to be copied and changed. A column of dtype ``category`` is always categories.

    A column in which all rows have the same value says nothing: it is left out with a warning,
    whatever the steps say, and not read later.

    Parameters
    ----------
    formula : str, default=None
        ``"label ~ ."`` names the target and the columns: ``.`` all others, ``a + b``, ``. - c``,
        ``a:b`` for a cross.
    steps : sequence of (str, Step), default=()
        Names and steps; the ``step_*`` methods append to it.
    normalizer : str, scaler, transformer or callable, default="standard"
        What scales numbers where there are no steps; a step has its own.

    Attributes
    ----------
    features_ : dict of str to Encoder
        The fitted features by name.
    feature_names_in_ : ndarray of str
        Columns seen at fit, where all of them are strings.
    n_features_in_ : int
        Number of columns seen at fit.
    columns_ : list of str
        Their names; columns of an array are called x0, x1 and so on.
    steps_ : list of (str, Step)
        The steps that were followed: those given, else what the columns decided.
    left_out_ : dict of str to str
        Columns and features that are not read, and why: because all rows have the same value or,
        without steps, because nearly every row has a new one.

    References
    ----------
    ``tfdatasets::feature_spec`` in R; ``tf.feature_column``; ``keras.utils.FeatureSpace``.

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
    """

    def __init__(
        self,
        formula: str | None = None,
        steps: Sequence[tuple[str, Step]] = (),
        normalizer: Any = "standard",
    ) -> None:
        self.formula = formula
        self.steps = steps
        self.normalizer = normalizer

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Older files do not know of a normalizer.
        super().__setstate__({"normalizer": "standard", **state})

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> FeatureSpec:
        """Learn vocabularies, scales and boundaries.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array or sparse matrix of shape (rows, columns)
            May hold the target that the formula names. A sparse matrix is never made dense: it
            takes numeric steps with the normalizers ``'max_abs'``, its default, and None.
        y : ignored
        sample_weight : array of shape (rows,), default=None
            Weights of the rows in means and standard deviations.

        Returns
        -------
        FeatureSpec
            Itself.

        Raises
        ------
        ValueError
            Naming the column that cannot be encoded.
        """
        with restored_on_error(self):
            self._fit(X, sample_weight)
        tell_left_out(self.left_out_)
        return self

    def encode(self, X: Any) -> dict[str, np.ndarray]:
        """Return the columns as a network takes them.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array or sparse matrix of shape (rows, columns)

        Returns
        -------
        dict of str to ndarray
            ``"numeric"``, float32 of shape (rows, width): all numbers, in compressed sparse rows
            after a fit on a sparse matrix. For each categorical feature
            int32 codes of shape (rows,): 0 missing, then unseen, then known; lists have shape
            (rows, length), padded with 0. ``"name:weight"``, float32: weights of codes.

        Raises
        ------
        ValueError
            Naming the column that is missing, new or of another kind than at fit.

        Warns
        -----
        ColumnWarning
            Naming columns in ten rows or more whose values the fit mostly did not see, and that
            held no such variety at the fit that new values are to be expected.
        """
        check_is_fitted(self)
        if issparse(X) and X.ndim == 2 and not takes_sparse(self.features_):
            return self._encode_densely(X)
        return self._encode_table(table_of_fit(self, X))

    def _encode_table(self, table: Table) -> dict[str, np.ndarray]:
        encoded: dict[str, np.ndarray] = {}
        blocks = [encoder.encode(table) for encoder in numeric_encoders(self.features_)]
        if blocks:
            encoded[NUMERIC] = _side_by_side(blocks)
        categorical = categorical_encoders(self.features_)
        for name, encoder in categorical.items():
            encoded[key_of(name)], weight = encoder.encode_weighted(table)
            if weight is not None:
                encoded[weight_key_of(name)] = weight
        warn_of_years(table.beyond_fit)
        warn_of_unseen(categorical, {name: encoded[key_of(name)] for name in categorical}, table)
        return encoded

    def transform(self, X: Any) -> Any:
        """Return numbers and indicators as one array, for any scikit-learn estimator.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array or sparse matrix of shape (rows, columns)

        Returns
        -------
        ndarray of shape (rows, features), float32
            The columns are those of ``get_feature_names_out``; in compressed sparse rows after a
            fit on a sparse matrix.
        """
        encoded = self.encode(X)
        if takes_sparse(self.features_):
            return encoded[NUMERIC].copy()
        blocks = [encoded[NUMERIC]] if NUMERIC in encoded else []
        for name, encoder in categorical_encoders(self.features_).items():
            weight = encoded.get(weight_key_of(name))
            blocks.append(indicators(encoder, encoded[key_of(name)], weight))
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
        categorical = categorical_encoders(self.features_).values()
        encoders = [*numeric_encoders(self.features_), *categorical]
        return np.array([n for encoder in encoders for n in encoder.output_names], dtype=object)

    @property
    def target_name(self) -> str | tuple[str, ...] | None:
        """The target that the formula names, None without one."""
        return None if self.formula is None else self._parsed.target

    @property
    def left_out_(self) -> dict[str, str]:
        """Columns and features that are not read, whatever they hold later, and why."""
        check_is_fitted(self)
        # A spec of an older file has left nothing out.
        return getattr(self, "_left_out", {})

    @property
    def steps_(self) -> list[tuple[str, Step]]:
        """Names and steps that the fit followed: those given, else what the columns decided."""
        check_is_fitted(self)
        return list(getattr(self, "_steps", self.steps))

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
            names = getattr(self, "feature_names_in_", frame.columns)
            return match_columns(frame, names, ignore_others=True), y
        return frame[self._parsed.required(self._columns_and_excluded(frame))], y

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
        FeatureSpec
            Itself.

        Raises
        ------
        ValueError
            For a parameter that there is not.
        """
        check_nested(self, params)
        known: dict[str, Step] = {}
        with suppress(TypeError, ValueError):
            # What stands for steps is checked at fit.
            known = dict(self.steps)
        replaced = {name: params.pop(name) for name in list(params) if name in known}
        if replaced:
            self.steps = tuple({**known, **replaced}.items())
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
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    @property
    def _parsed(self) -> Formula:
        return parse_formula(self.formula)

    def _columns_and_excluded(self, frame: pd.DataFrame) -> list[str]:
        """Return the columns, with those that an earlier `split_target` has left out.

        A table without the target has been split already, as far as one can tell.
        """
        formula, columns = self._parsed, list(frame.columns)
        is_split = formula.targets and not set(formula.targets) <= set(columns)
        left_out = [name for name in formula.exclude if name not in columns] if is_split else []
        return columns + left_out

    def _fit(self, X: Any, sample_weight: Any) -> None:
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        features, _ = self.split_target(X)
        table = table_at_fit(self, features)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight,
                np.empty((len(table), 1)),
                dtype=np.float64,
                ensure_non_negative=True,
                allow_all_zero_weights=False,
            )
            if not sample_weight.all():
                # A row that weighs nothing is as good as no row.
                rows = np.flatnonzero(sample_weight)
                table, sample_weight = table.taken(rows), sample_weight[rows]
        named = infos = table.infos()
        if self.formula is not None and is_table(X):
            # A column that only a cross needs is no feature by itself.
            wanted = set(self._parsed.resolve(self._columns_and_excluded(as_frame(X))))
            named = [info for info in infos if info.name in wanted]
        fitting = Fitting(table, named, sample_weight)
        steps = list(self.steps)
        if not steps:
            is_sparse = isinstance(table, SparseTable)
            steps = sparse_steps() if is_sparse else automatic_steps(fitting, self.normalizer)
        for name, step in steps:
            step._validate_params()
            step.fit_into(fitting, name)
        for cross in () if self.formula is None else self._parsed.crosses:
            fitting.columns = infos
            CrossedColumn(list(cross)).fit_into(fitting, "crossed")
        self.features_ = fitting.finish()
        self._left_out = fitting.left_out
        self._steps = steps
        if not self.features_:
            raise ValueError(
                f"The steps make no feature of the columns {[info.name for info in infos]}; add a "
                "step that selects some."
            )
        self.columns_ = [info.name for info in infos]
        self.representations_ = {
            name: fitting.representations.get(name) or [default_representation(encoder)]
            for name, encoder in categorical_encoders(self.features_).items()
        }

    def _encode_densely(self, X: Any) -> dict[str, np.ndarray]:
        """Return what a spec that was fitted on dense columns encodes, some rows at a time."""
        X = X.tocsr()
        step = max(1, _CELLS_AT_ONCE // max(1, X.shape[1]))
        pieces = [
            self.encode(X[start : start + step].toarray())
            for start in range(0, max(1, X.shape[0]), step)
        ]
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _side_by_side(blocks: list[Any]) -> Any:
    if len(blocks) == 1:
        return blocks[0]
    return hstack(blocks, format="csr") if issparse(blocks[0]) else np.hstack(blocks)
