"""Kinds of models on the same folds, averaged: the parameters, and what a fit leaves."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import islice
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from estimators.base.encoding import encode
from estimators.base.estimator import KerasEstimator
from estimators.base.fit_extension import FitRequest
from estimators.base.parameters import (
    FEATURE_SPEC,
    SHARED,
    Parameter,
    changed,
    constraints_of,
    keep_parameters,
)
from estimators.engine.forks import check_not_forked
from estimators.families.blends.kinds import KINDS, QUALITIES, side_of
from estimators.families.blends.named_estimators import NamedEstimators
from estimators.families.blends.trained_blend import TrainedBlend
from estimators.families.family import Family
from estimators.families.networks.sides import inputs_of, inputs_of_all
from estimators.heads.head import Head
from estimators.names_elsewhere import advises_on_names
from feature_specs import FeatureSpec
from feature_specs.restored_on_error import restored_on_error

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from estimators.engine.history import History
    from estimators.families.blends.report import TabularReport
    from estimators.persistence.checkpoints import Checkpoints

_HAS = (
    *("loss", "standardize_target", "members", "members_split", "class_weight", "callbacks"),
    *("jit_compile", "model_dir", "log_dir", "n_jobs", "random_state", "verbose"),
)
_OF_BLENDS = (
    Parameter(
        "quality",
        annotation="str",
        default="good",
        constraints=[StrOptions(set(QUALITIES))],
        kind="{'fast', 'good', 'best'}",
        text="Which kinds of models are trained: for ``'fast'`` linear ones and deep networks, for "
        "``'good'`` networks of neighbours as well, for ``'best'`` more members and, of values, "
        "networks tuned for tables too. Without effect where `estimators` says so.",
    ),
    Parameter(
        "estimators",
        annotation="Sequence[Any] | None",
        default=None,
        constraints=[list, tuple, None],
        kind="sequence of str or (str, estimator)",
        text=f"What is trained and averaged: names of kinds, {', '.join(map(repr, KINDS))}, or "
        "pairs of a name and an estimator of this library, which is cloned and given what the "
        "blend has: feature spec, loss, members and so on. What a pair names is set and searched "
        "by that name, as in ``set_params(deep__dropout=0.2)``.",
    ),
    Parameter(
        "time_limit",
        annotation="float | None",
        default=None,
        constraints=[Interval(Real, 0, None, closed="neither"), None],
        kind="float",
        text="Seconds that the fit may take, about. What would take longer ends with the epoch "
        "under way and returns to its best one, or is left out, and a warning says what. The first "
        "estimator has an epoch in any case. Results then depend on the machine.",
    ),
)
_OWN_TEXTS = {
    "feature_spec": {
        "text": "How columns become inputs of all estimators. By default as for `DNNClassifier`, "
        "for deep networks with standardised numbers and for the other kinds with numbers by their "
        "ranks as a normal distribution."
    },
    "members": {
        "annotation": "int | str",
        "default": "auto",
        "constraints": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "kind": "int or 'auto'",
        "text": "Number of networks of each kind that are trained alike and averaged, on the scale "
        "of probabilities, means or values; 2 at least. ``'auto'`` is 5, for "
        "``quality='best'`` and 640 rows or more 10.",
    },
    "members_split": {
        "kind": "{'folds', 'bootstrap'} or splitter of scikit-learn",
        "text": "Which rows each of the members trains on: all but its own fold, or as many as "
        "there are drawn with replacement, or what a splitter says. It validates on those that it "
        "does not train on; by these rows the kinds are weighed.",
    },
}


def _of_each(blend: KerasEstimator, attribute: str) -> str:
    name = next(iter(getattr(blend, "estimators_", ["linear"])))
    return f"A blend has no {attribute} as a whole; ask estimators_[{name!r}].{attribute}."


def _has_weight_files(blend: KerasEstimator) -> bool:
    raise AttributeError(
        f"{type(blend).__name__} has no files of weights alone; use save, or those of estimators_."
    )


class Tabular(NamedEstimators, Family):
    """The family of blends, for any task."""

    _parameters = changed(
        (FEATURE_SPEC, *_OF_BLENDS, *(p for p in SHARED if p.name in _HAS)), **_OWN_TEXTS
    )
    _parameter_constraints = constraints_of(_parameters)
    _trains_in_parts = False

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        quality: str = "good",
        estimators: Sequence[Any] | None = None,
        time_limit: float | None = None,
        loss: str | Callable | None = None,
        standardize_target: bool = True,
        members: int | str = "auto",
        members_split: Any = "folds",
        class_weight: dict | list | str | None = None,
        callbacks: keras.callbacks.Callback | Sequence[keras.callbacks.Callback] | None = None,
        jit_compile: bool | str = "auto",
        model_dir: str | Path | Checkpoints | None = None,
        log_dir: str | Path | None = None,
        n_jobs: int | None = -1,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        keep_parameters(self, locals())

    @advises_on_names
    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        groups: Any = None,
        validation_data: tuple | Any | None = None,
        resume: bool = False,
    ) -> Self:
        """Train all estimators and weigh them.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
            A DataFrame may hold the target as well, where the spec's formula names it.
        y : array of shape (rows,) or (rows, outputs), default=None
            Target; None takes the column that the formula of `feature_spec` names.
        sample_weight : array of shape (rows,), default=None
            A weight of 0 is as good as no row.
        groups : array of shape (rows,), default=None
            What belongs together, such as the patient of every measurement: rows with one label
            are trained on or held out together, and are no neighbours of each other.
        validation_data : tuple (X, y) or (X, y, sample_weight), or DataFrame, default=None
            Measured after every epoch, by which members then stop. What weighs the estimators are
            rows held out from those of the fit, all the same.
        resume : bool, default=False
            Whether to go on from the checkpoints in `model_dir`, with the same rows and parameters.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For a parameter or data that cannot be trained on; the estimator is left as it was.
        estimators.engine.loop.epochs.DivergedError
            Where the loss stops being finite.
        """
        return self._fit(
            FitRequest(
                *(X, y, sample_weight, validation_data),
                epochs="auto",
                continued=False,
                resume=resume,
                groups=groups,
            )
        )

    def report(self, X: Any = None, y: Any = None, *, random_state: Any = None) -> TabularReport:
        """Return what became of every column, how good each estimator is, and how it trained.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns), default=None
            Rows, best such that the fit did not see, to measure by how much each column counts:
            how far the score falls where its values are dealt anew among the rows. Of more than
            1,000 rows so many are drawn. None measures nothing.
        y : array of shape (rows,) or (rows, outputs), default=None
            Target; None takes the column that the formula of `feature_spec` names.
        random_state : int, RandomState instance or None, default=None
            Decides which rows are drawn and how values are dealt.

        Returns
        -------
        TabularReport
            With the tables ``columns`` and ``scores``, and ``plot()``.

        Notes
        -----
        Columns that tell the same share their importance, or have little each: the model reads
        from one what was shuffled in the other.

        Examples
        --------
        >>> from estimators import TabularRegressor
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> model = TabularRegressor(quality="fast", members=2, random_state=0).fit(X[50:], y[50:])
        >>> report = model.report(X[:50], y[:50], random_state=0)
        >>> sorted(report.columns.index[:2])
        ['bmi', 's5']
        >>> report.scores.index.tolist()
        ['linear', 'deep', 'blend', 'constant']
        """
        from estimators.families.blends.report import report_of

        return report_of(self, X, y, random_state)

    def _fit(self, request: FitRequest) -> Self:
        check_not_forked()
        from estimators.families.blends.blended_fit import fit_blend

        with restored_on_error(self):
            fit_blend(self, request)
        return self

    @property
    def feature_spec_(self) -> FeatureSpec:
        """The fitted feature spec, of the estimators that take numbers by ranks where some do."""
        self._fitted("feature_spec_")
        return next(iter(self._specs_.values()))

    @property
    def feature_specs_(self) -> dict[str, FeatureSpec]:
        """All fitted feature specs, by what the names of their inputs in `network_` begin with."""
        self._fitted("feature_specs_")
        return dict(self._specs_)

    def _member_outputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        check_not_forked()
        return self._encoded_outputs(encode(self._specs_that_count(), self._columns_of_fit(X)))

    @property
    def _as_fitted(self) -> KerasEstimator:
        # All were given the same parameters that decide how rows are read.
        return next(iter(self.estimators_.values())).builder_

    def _specs_that_count(self) -> dict[str, FeatureSpec]:
        """Return the specs of estimators that have a weight."""
        sides = {side_of(e) for name, e in self.estimators_.items() if self.weights_[name]}
        return {s: spec for s, spec in self._specs_.items() if s.removesuffix(":") in {"", *sides}}

    def _encoded_outputs(self, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the average of what the estimators make of rows that such specs encoded."""
        specs = self._specs_
        outputs = self._outputs_together(inputs)
        if outputs is None:
            outputs = [
                e.trained_.outputs(e._predicting(), inputs_of(specs, inputs, side_of(e)))
                if self.weights_[name]
                else None
                for name, e in self.estimators_.items()
            ]
        return self._blended(outputs)

    def _outputs_together(self, inputs: Mapping[str, np.ndarray]) -> list | None:
        """Return what the estimators that count give for few rows; None where that has no use."""
        from estimators.engine.compiled.together import outputs_together
        from estimators.engine.device_rows import are_few

        if not are_few(inputs):
            return None
        calls = [
            e.trained_.calls(
                e._predicting(),
                inputs_of(self._specs_, {name: name for name in inputs}, side_of(e)),
            )
            if self.weights_[name]
            else None
            for name, e in self.estimators_.items()
        ]
        if [] in calls:
            return None
        every = [call for of_estimator in calls for call in of_estimator or ()]
        outputs = iter(outputs_together(self, every, inputs))
        return [given and np.stack([*islice(outputs, len(given))]) for given in calls]

    def _blended(self, outputs: Sequence[np.ndarray | None]) -> np.ndarray:
        """Return the average of what the estimators give, those that count nothing left out."""
        pairs = zip(outputs, self.weights_.values(), strict=True)
        given, weights = zip(*((o, w) for o, w in pairs if w), strict=True)
        return self.head_.average(np.stack(given), weights)

    def _network(self) -> keras.Model:
        import keras

        from estimators.engine.layers.members import MeanOfMembers
        from estimators.engine.trained_members import name_of, names_beside

        inputs, scale = inputs_of_all(self._specs_), self.head_.averaging
        taken = [tensor.name for tensor in inputs.values()]
        counting = {name: weight for name, weight in self.weights_.items() if weight}
        outputs = []
        for name in counting:
            estimator = self.estimators_[name]
            given = inputs_of(self._specs_, inputs, side_of(estimator))
            architecture = estimator.builder_._architecture()
            of_members = []
            for number, trained in enumerate(estimator.trained_.members):
                network = trained.network(architecture)
                # Side by side, not one in another: Keras's older files know one level of names.
                (called,) = names_beside(taken, [f"{name}_{name_of(number)}"])
                member = keras.Model(network.input, network.output, name=called)
                of_members.append(member(given))
            (called,) = names_beside(taken, [f"mean_of_{name}"])
            outputs.append(MeanOfMembers(scale, name=called)(of_members))
        if len(outputs) == 1:
            return keras.Model(inputs, outputs[0])
        (called,) = names_beside(taken, ["mean_of_estimators"])
        mean = MeanOfMembers(scale, list(counting.values()), name=called)
        return keras.Model(inputs, mean(outputs))

    @property
    def trained_(self) -> TrainedBlend:
        """The trained networks of all estimators."""
        if "weights_" not in vars(self):
            raise AttributeError(f"{type(self).__name__} has no trained_ before fit.")
        return TrainedBlend({name: e.trained_ for name, e in self.estimators_.items()})

    @property
    def history_(self) -> History:
        """What every epoch measured: of each of the estimators, there is none of the blend."""
        raise AttributeError(_of_each(self, "history_"))

    @property
    def members_(self) -> list[KerasEstimator]:
        """The members: of each of the estimators, there are none of the blend."""
        raise AttributeError(_of_each(self, "members_"))

    @property
    def n_iter_(self) -> int:
        """Number of epochs trained, the most of any estimator."""
        return self._fitted("n_iter_").epochs

    save_weights = available_if(_has_weight_files)(Family.save_weights)
    load_weights = available_if(_has_weight_files)(Family.load_weights)

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        raise NotImplementedError("A blend is built of the networks of its estimators.")

    def _architecture_key(self) -> Hashable:
        return tuple(e._architecture_key() for e in self.estimators_.values())
