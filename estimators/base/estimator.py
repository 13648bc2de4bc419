"""The scikit-learn contract, once for all families and tasks: fit, partial_fit, predict, evaluate.

A family (``families``) builds a network; a task (``heads.tasks``) chooses a head; what else takes
part in a fit (checkpoints, TensorBoard, tracked runs) is a `FitExtension`. TensorFlow is imported
when a network is first needed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from estimators.base.encoding import encode
from estimators.base.fit_extension import (
    EncodedFit,
    FitExtension,
    FitRequest,
    GivenCallbacks,
    ProcessObservers,
)
from estimators.base.fitted_attributes import FittedAttributes
from estimators.base.parameters import SHARED_CONSTRAINTS
from estimators.base.pickling import ReproduciblePickles
from estimators.base.rows import check_weight, check_X
from estimators.engine.fit_observers import tell_evaluation
from estimators.engine.forks import check_not_forked
from estimators.heads.optimizers import Auto, optimizer_of
from estimators.names_elsewhere import (
    advice_for,
    advises_on_names,
    check_names,
)
from feature_specs.columns.nested_parameters import CheckedParameters
from feature_specs.columns.table import Table
from feature_specs.networks.vectors_beyond_training import complete_weights

if TYPE_CHECKING:
    import keras

    from estimators.base.rows import CheckedRows
    from estimators.engine.architecture import Architecture
    from estimators.engine.trained_members import TrainedMembers
    from estimators.engine.trained_network import TrainedNetwork
    from estimators.heads.head import Head
    from feature_specs import FeatureSpec


def _trains_in_parts(estimator: KerasEstimator) -> bool:
    if not estimator._trains_in_parts:
        raise AttributeError(
            f"{type(estimator).__name__} has no partial_fit, since it asks rows of the whole fit; "
            "fit it on all rows at once."
        )
    return True


class KerasEstimator(FittedAttributes, ReproduciblePickles, CheckedParameters):
    """A network with scikit-learn's methods.

    Subclasses say which networks (`_build`, `_architecture_key`, `_optimizers`) and which task
    (`_new_head`, `_check_y`).
    """

    _parameter_constraints: dict[str, list] = SHARED_CONSTRAINTS

    def __new__(cls, *_: Any, **parameters: Any) -> Self:
        """Return an estimator to be, or say what a parameter is called here."""
        check_names(cls.__init__, cls.__name__, parameters)
        return super().__new__(cls)

    def set_params(self, **params: Any) -> Self:
        """Set parameters, or as ``name__parameter`` those of what a parameter holds.

        Parameters
        ----------
        **params : object

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For a parameter that there is not.
        """
        given = dict.fromkeys(name.partition("__")[0] for name in params)
        if not given.keys() <= set(self._get_param_names()):
            # Deep ones are the names of a blend's estimators as well.
            known = [name for name in self.get_params() if "__" not in name]
            for name in given:
                if name not in known:
                    raise ValueError(
                        f"Invalid parameter {name!r} for estimator {type(self).__name__}; "
                        f"{advice_for(name, known)}"
                    )
        return super().set_params(**params)

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
        """Train the network.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
            A DataFrame may hold the target as well, where the spec's formula names it. Arrays of
            more dimensions are flattened. The columns of a sparse matrix, which is never made
            dense, are divided by their largest absolute values where `feature_spec` is None.
        y : array of shape (rows,) or (rows, outputs), default=None
            Target; None takes the column that the formula of `feature_spec` names.
        sample_weight : array of shape (rows,), default=None
            A weight of 0 is as good as no row.
        groups : array of shape (rows,), default=None
            What belongs together, such as the patient of every measurement: rows with one label
            are trained on or set aside together, never both. The share that is set aside is then
            as near to the one asked for as the groups allow. Without effect where no row is set
            aside. In scikit-learn's searches ``set_fit_request(groups=True)`` routes it here.
        validation_data : tuple (X, y) or (X, y, sample_weight), or DataFrame, default=None
            Measured after every epoch, instead of rows set aside.
        resume : bool, default=False
            Whether to go on from the newest checkpoint in `model_dir`, with the same rows and
            parameters; `epochs` may have grown. Ends with the bits of a fit that was never
            interrupted. Without any checkpoint the fit begins anew.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For a parameter or data that cannot be trained on; the estimator is left as it was.
        estimators.engine.loop.epochs.DivergedError
            Where the loss stops being finite.
        RuntimeError
            In a process that was forked after something was fitted.
        """
        return self._fit(
            FitRequest(
                *(X, y, sample_weight, validation_data),
                epochs=self.epochs,
                continued=self.warm_start and hasattr(self, "trained_"),
                resume=resume,
                groups=groups,
            )
        )

    @available_if(_trains_in_parts)
    @advises_on_names
    def partial_fit(
        self, X: Any, y: Any = None, classes: Any = None, *, sample_weight: Any = None
    ) -> Self:
        """Train for one more epoch on these rows; the first call fixes columns and scales.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
        y : array of shape (rows,) or (rows, outputs), default=None
        classes : array of shape (classes,), default=None
            All labels that later calls may bring; without effect after the first call.
        sample_weight : array of shape (rows,), default=None

        Returns
        -------
        self : object
        """
        return self._fit(
            FitRequest(
                *(X, y, sample_weight, None),
                epochs=1,
                continued=hasattr(self, "trained_"),
                classes=classes,
                is_part=True,
            )
        )

    @advises_on_names
    def evaluate(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        batch_size: int | None = None,
        pos_label: Any = None,
    ) -> dict[str, float]:
        """Return the metrics of the fitted network on `X` and `y`.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
        y : array of shape (rows,) or (rows, outputs), default=None
            None takes the column that the formula of `feature_spec` names.
        sample_weight : array of shape (rows,), default=None
        batch_size : int, default=None
            Decides the metric ``loss`` alone, a mean over batches; that of training by default.
        pos_label : object, default=None
            Which of two classes counts as positive, in ``precision``, ``recall``, the areas and
            the means; ``classes_[1]``, the second of the sorted labels, by default.

        Returns
        -------
        dict of str to float
            Metrics by the names that ``tf.estimator`` gives them, in its order, those that
            `metrics` names, and ``global_step``, the number of batches trained on.

        Raises
        ------
        ValueError
            For a `pos_label` that is neither of two classes.

        Notes
        -----
        ``average_loss`` is the mean over rows, each with its weight: the figure to compare models
        by. ``loss`` is what training minimises, without penalties: in each batch the sum of losses
        times weights by the number of rows, and then the mean over batches. It depends on the size
        of batches, counts the rows of a smaller last batch for more, and grows with the weights.

        References
        ----------
        ``tf.estimator.Estimator.evaluate``, version 2.
        """
        from estimators.heads.given_metrics import given_metrics
        from estimators.heads.metrics import evaluate_outputs

        check_is_fitted(self)
        X, y = self._split_target(X, y)
        outputs = self._outputs(X)
        y = self._check_y(y, reset=False)
        weight = check_weight(sample_weight, y)
        metrics = evaluate_outputs(
            *(self.head_, y, outputs, weight),
            batch_size or self.trained_.batch_size,
            pos_label,
        )
        metrics |= given_metrics(self._as_fitted, self.head_).of(y, outputs, weight)
        metrics["global_step"] = self.trained_.iterations
        tell_evaluation(metrics)
        return metrics

    # What a family adds

    @abstractmethod
    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        """Return a new network from the specs' inputs to ``head.units`` outputs."""

    def _build_training(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        """Return the network that is trained, with the weights of `_build` in the same order."""
        return self._build(specs, head)

    @abstractmethod
    def _architecture_key(self) -> Hashable:
        """Return what the network depends on beside the specs and the head."""

    def _program_key(self) -> Hashable:
        """Return what the network's programs depend on: the same without rates that are inputs."""
        return self._architecture_key()

    def _optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        """Return an optimizer for each part of the network, "" for the whole."""
        auto = Auto("adam", self._auto_learning_rate, self._auto_weight_decay)
        return {"": optimizer_of(self.optimizer, self.learning_rate, self.weight_decay, auto)}

    _auto_learning_rate: Any = 1e-3
    _auto_weight_decay: float | None = None
    # What 'auto' stands for, beside the rules of `base/automatic.py`.
    _stops_by_itself = True
    _trains_in_parts = True
    _rate_may_fall = False

    def _auto_epochs(self, row_count: int) -> int:
        return 100

    def _auto_patience(self, row_count: int) -> int:
        return 20

    def _auto_batch_size(self, row_count: int) -> int:
        from estimators.base.automatic import usual_batch_size

        return usual_batch_size(row_count)

    # What earlier versions did where later ones have another default.
    _of_earlier_versions: ClassVar[dict[str, Any]] = {}

    def _new_specs(self) -> dict[str, FeatureSpec]:
        """Return the unfitted specs by their prefix in the network's inputs."""
        return {"": self.feature_spec}

    def _check_X(self, X: Any, *, reset: bool) -> Any:
        """Return `X` as the specs take it, or raise."""
        return check_X(self, X, reset=reset)

    def _check_continuable(self) -> None:
        """Raise where a parameter changed that decides how rows were encoded before."""

    _draw_weights: Callable | None = None
    _network_outputs: int | None = None

    def _adapt_head(self, training: CheckedRows) -> None:
        """Let the head know what it must of the network."""

    def _choose_settings(self, training: CheckedRows, most: int, seed: int) -> None:
        """Choose by the rows what a parameter leaves to them; specs and head are fitted.

        Of several members the one with most trains on `most` of them.
        """

    def _prepared(self, fit: EncodedFit) -> EncodedFit:
        """Return the fit with what a network is given in training alone."""
        return fit

    def _completed(self, fit: EncodedFit, trained: TrainedNetwork) -> TrainedNetwork:
        """Return the trained network with what it knows of the rows once training is over."""
        return trained

    def _check_loaded(self, trained: TrainedNetwork | TrainedMembers) -> None:
        """Raise where a file of weights lacks what prediction needs beside those of layers."""

    def _extensions(self) -> Sequence[type[FitExtension]]:
        """Return what takes part in every fit beside the training itself."""
        return (GivenCallbacks, ProcessObservers)

    # What a task adds

    @abstractmethod
    def _new_head(self, y: np.ndarray, weight: np.ndarray, classes: Any) -> Head:
        """Return the head for `y`, fitted."""

    def _ordered_classes(self, given: Any, y: np.ndarray) -> np.ndarray | None:
        """Return the labels of a target in the order it gives them, None where that is sorted."""
        return None

    @abstractmethod
    def _check_y(self, y: Any, *, reset: bool) -> np.ndarray:
        """Return `y` as an array, or raise."""

    def _class_weights(self, y: np.ndarray) -> np.ndarray | float:
        return 1.0

    # From here to the engine and back

    def _fit(self, request: FitRequest) -> Self:
        check_not_forked()
        from estimators.base.fit import fit_estimator

        fit_estimator(self, request)
        return self

    def _architecture(self, specs: Mapping[str, FeatureSpec] | None = None) -> Architecture:
        """Return the architecture that predicts, on `specs` or on all that prediction knows."""
        return self._architecture_of(type(self)._build, self._specs_ if specs is None else specs)

    def _training_architecture(self) -> Architecture:
        """Return the architecture that is trained."""
        is_other = type(self)._build_training is not KerasEstimator._build_training
        build = type(self)._build_training if is_other else type(self)._build
        return self._architecture_of(build, self._training_specs())

    def _training_specs(self) -> dict[str, FeatureSpec]:
        """Return the specs without what prediction alone knows."""
        return {side: spec.for_training() for side, spec in self._specs_.items()}

    def _architecture_of(self, build: Callable, specs: Mapping[str, FeatureSpec]) -> Architecture:
        from estimators.engine.architecture import Architecture

        head = self.head_
        signatures = tuple((side, spec.encoded_signature_) for side, spec in specs.items())
        return Architecture(
            (build, self._program_key(), signatures, head.end_key),
            lambda: head.completed(partial(build, self, specs)),
            self._draw_weights,
            self.jit_compile,
            complete_weights,
            rates=self._architecture_key,
        )

    def _outputs(self, X: Any) -> np.ndarray:
        """Return the outputs of the network, or of all members on the average."""
        outputs = self._member_outputs(X)
        return self.head_.average(outputs)

    def _member_outputs(self, X: Any) -> np.ndarray:
        """Return the outputs of each member, shape (members, rows, units)."""
        check_is_fitted(self)
        check_not_forked()
        X = self._columns_of_fit(X)
        return self.trained_.outputs(self._predicting(), encode(self._specs_, X))

    def _columns_of_fit(self, X: Any) -> Any:
        """Return the columns of the fit as the specs take them, or raise."""
        if isinstance(X, Table):
            return X
        X, _ = self._as_fitted._split_target(X, None)
        return self._check_X(X, reset=False)

    @property
    def _as_fitted(self) -> KerasEstimator:
        """A copy that changes of parameters after the fit do not reach."""
        return self.builder_

    def _predicting(self) -> Architecture:
        """Return the architecture that predicts, made once: what a fit leaves does not change."""
        return self.trained_.its_architecture(self.builder_._architecture)

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        # Files and pickles of earlier versions lack the parameters that came later.
        known = signature(type(self)).parameters.values()
        defaults = {p.name: p.default for p in known if p.default is not p.empty}
        super().__setstate__({**defaults, **self._of_earlier_versions, **state})

    def _split_target(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Take the target that a formula names out of `X`."""
        for spec in self._new_specs().values():
            spec = spec.estimator if isinstance(spec, FrozenEstimator) else spec
            if spec is not None and spec.target_name is not None and hasattr(X, "columns"):
                X, named = spec.split_target(X)
                return X, named if y is None else y
        return X, y

    def __sklearn_tags__(self):  # noqa: ANN204
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags
