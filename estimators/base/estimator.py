"""The scikit-learn contract, once for all families and tasks: fit, partial_fit, predict, evaluate.

A family (``dnn.py`` and its neighbours) builds a network; a task (``tasks.py``) chooses a head.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from estimators.base.fitted_attributes import FittedAttributes
from estimators.base.observers import observers_of, patience_of
from estimators.base.parameters import SHARED_CONSTRAINTS
from estimators.base.rows import (
    Prepared,
    batch_size_for,
    check_weight,
    check_X,
    digest_of,
    encode,
    fit_specs,
    place,
    split_rows,
)
from estimators.engine.loop.epochs import Training
from estimators.engine.observers import tell_evaluation
from estimators.engine.trained_network import Architecture, Session, Setup, run
from estimators.heads.heads import Head
from estimators.heads.keras_names import find_optimizer
from estimators.heads.metrics import evaluate_outputs
from estimators.persistence.checkpoints import Folder, opened
from estimators.persistence.methods import PersistenceMethods
from estimators.persistence.weights import Start
from estimators.tensorboard.callbacks import tensorboard_closed, tensorboard_folder
from feature_specs import FeatureSpec
from feature_specs.networks.further_vectors import complete_weights

_DEFAULT_VALIDATION_FRACTION = 0.1


class KerasEstimator(FittedAttributes, PersistenceMethods, BaseEstimator):
    """A network with scikit-learn's methods.

    Subclasses say which networks (`_build`, `_architecture_key`, `_optimizers`) and which task
    (`_new_head`, `_check_y`).
    """

    _parameter_constraints: dict[str, list] = SHARED_CONSTRAINTS

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        validation_data: tuple | Any | None = None,
        resume: bool = False,
    ) -> KerasEstimator:
        """Train the network.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
            A DataFrame may hold the target as well, where the spec's formula names it. Arrays of
            more dimensions are flattened.
        y : array of shape (rows,) or (rows, outputs), default=None
            Target; None takes the column that the formula of `feature_spec` names.
        sample_weight : array of shape (rows,), default=None
            A weight of 0 is as good as no row.
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
        """
        how = {"continued": self.warm_start and hasattr(self, "session_"), "resume": resume}
        with self._all_or_nothing():
            self._validate_params()
            with opened(self.model_dir, resume=resume) as folder:
                self._train(X, y, sample_weight, validation_data, folder=folder, **how)
        return self

    def partial_fit(
        self, X: Any, y: Any = None, classes: Any = None, *, sample_weight: Any = None
    ) -> KerasEstimator:
        """Train for one more epoch on these rows; the first call fixes columns and scales.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
        y : array of shape (rows,) or (rows, outputs), default=None
        classes : array of shape (classes,), default=None
            All labels that later calls may bring; without effect after the first call.
        sample_weight : array of shape (rows,), default=None

        Returns
        -------
        self : object
        """
        with self._all_or_nothing():
            self._validate_params()
            how = {"continued": hasattr(self, "session_"), "classes": classes, "part": True}
            with opened(self.model_dir, resume=False) as folder:
                self._train(X, y, sample_weight, None, folder=folder, **how)
        return self

    def evaluate(
        self, X: Any, y: Any = None, *, sample_weight: Any = None, batch_size: int | None = None
    ) -> dict[str, float]:
        """Return the metrics of the fitted network on `X` and `y`.

        Parameters
        ----------
        X : DataFrame or array of shape (rows, columns)
        y : array of shape (rows,) or (rows, outputs), default=None
            None takes the column that the formula of `feature_spec` names.
        sample_weight : array of shape (rows,), default=None
        batch_size : int, default=None
            Decides the metric ``loss`` alone, a mean over batches; that of training by default.

        Returns
        -------
        dict of str to float
            Metrics by the names that ``tf.estimator`` gives them, in its order, and
            ``global_step``, the number of batches trained on.

        References
        ----------
        ``tf.estimator.Estimator.evaluate``, version 2.
        """
        check_is_fitted(self)
        X, y = self._split_target(X, y)
        outputs = self._outputs(X)
        y = self._check_y(y, reset=False)
        weight = check_weight(sample_weight, y)
        metrics = evaluate_outputs(
            self.head_, y, outputs, weight, batch_size or self.session_.batch_size
        )
        metrics["global_step"] = self.session_.iterations
        tell_evaluation(metrics)
        return metrics

    # What a family adds

    @abstractmethod
    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        """Return a new network from the specs' inputs to ``head.units`` outputs."""

    @abstractmethod
    def _architecture_key(self) -> Hashable:
        """Return what the network depends on beside the specs and the head."""

    def _optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        """Return an optimizer for each part of the network, "" for the whole."""
        optimizer, rate = self.optimizer, self.learning_rate
        if optimizer == "auto":
            optimizer, rate = "adam", self._auto_learning_rate if rate is None else rate
        return {"": find_optimizer(optimizer, rate)}

    _auto_learning_rate: Any = 1e-3

    def _new_specs(self) -> dict[str, FeatureSpec]:
        """Return the unfitted specs by their prefix in the network's inputs."""
        return {"": self.feature_spec}

    def _check_X(self, X: Any, *, reset: bool) -> Any:
        """Return `X` as the specs take it, or raise."""
        return check_X(self, X, reset=reset)

    _draw_weights: Callable | None = None

    def _adapt_head(self) -> None:
        """Let the head know what it must of the network."""

    # What a task adds

    @abstractmethod
    def _new_head(self, y: np.ndarray, weight: np.ndarray, classes: Any) -> Head:
        """Return the head for `y`, fitted."""

    @abstractmethod
    def _check_y(self, y: Any, *, reset: bool) -> np.ndarray:
        """Return `y` as an array, or raise."""

    def _class_weights(self, y: np.ndarray) -> np.ndarray | float:
        return 1.0

    # How a fit goes

    def _train(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation_data: Any,
        *,
        continued: bool,
        folder: Folder | None,
        resume: bool = False,
        classes: Any = None,
        part: bool = False,
    ) -> None:
        interrupted = folder.interrupted(self) if folder and resume else None
        previous = self.session_ if continued else None
        training, validation, seed = self._learn(
            *(X, y, sample_weight, validation_data),
            previous=interrupted.session if interrupted else previous,
            **{"continued": continued, "classes": classes, "part": part},
        )
        specs = {side: spec.for_training() for side, spec in self._specs_.items()}
        builder = self._frozen()
        if continued and builder._architecture_key() != self.builder_._architecture_key():
            raise ValueError(
                "The parameters of the network changed since the fit that warm_start or "
                "partial_fit would continue; set warm_start=False and fit again."
            )
        setup = self._setup(builder, specs, len(training.y))
        inputs = encode(specs, training.X)
        recorder = None
        if folder is not None:
            data = digest_of(inputs, training)
            recorder = folder.recorder(self, builder, data, interrupted, continued=continued)
        start = None if continued or interrupted else self._new_start()
        epochs = 1 if part else self.epochs
        callbacks = observers_of(self, setup, training, validation, epochs, continued=continued)
        with tensorboard_closed(callbacks):
            session = run(
                setup,
                Training(
                    rows=place(self.head_, inputs, training),
                    row_count=len(training.y),
                    epochs=epochs,
                    seed=seed,
                    shuffle=self.shuffle,
                    validation=[]
                    if validation is None
                    else [place(self.head_, encode(specs, validation.X), validation)],
                    patience=None if part else patience_of(self, validation is not None),
                    callbacks=callbacks,
                    verbose=self.verbose,
                    is_part=part,
                    recorder=recorder,
                    progress=interrupted and interrupted.progress,
                    start=start,
                ),
                previous,
            )
        self.builder_ = builder
        self.session_ = session
        self.log_dir_ = tensorboard_folder(callbacks)
        vars(self).pop("_weights_file", None)
        if isinstance(start, Start):
            self.warm_start_report_ = start.report

    def _learn(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation_data: Any,
        *,
        previous: Session | None,
        continued: bool,
        classes: Any,
        part: bool,
    ) -> tuple[Prepared, Prepared | None, int]:
        """Fit head and specs; return training and validation rows and the seed."""
        X, y = self._split_target(X, y)
        X = self._check_X(X, reset=not continued)
        y = self._check_y(y, reset=not continued)
        weight = check_weight(sample_weight, X, y) * self._class_weights(y)
        X, y, weight = split_rows((X, y, weight), np.flatnonzero(weight))
        if not continued:
            self.head_ = self._new_head(y, weight, classes)
        if previous is None:
            seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        else:
            seed = previous.seed
        training, validation = self._set_aside(X, y, weight, validation_data, seed, part)
        if not continued:
            self.head_.total_weight = training.weight.sum()
            self._specs_ = fit_specs(self._new_specs(), training)
            self._adapt_head()
        return training, validation, seed

    def _frozen(self) -> KerasEstimator:
        """Return a copy that later changes of parameters do not reach, nor what it shares."""
        frozen = copy(self)
        for outcome in ("builder_", "session_"):
            vars(frozen).pop(outcome, None)
        frozen.callbacks = frozen.warm_start_from = None
        return frozen

    def _set_aside(
        self,
        X: Any,
        y: np.ndarray,
        weight: np.ndarray,
        validation_data: Any,
        seed: int,
        part: bool,
    ) -> tuple[Prepared, Prepared | None]:
        """Return training and validation rows."""
        rows = Prepared(X, y, weight)
        if validation_data is not None:
            return rows, self._prepare_validation(validation_data)
        fraction = self.validation_fraction
        if fraction is None and self.early_stopping is not False:
            fraction = _DEFAULT_VALIDATION_FRACTION
        if fraction is None or part:
            return rows, None
        return rows.split(fraction, seed, stratify=self.head_.stratifies)

    def _prepare_validation(self, data: Any) -> Prepared:
        X, y, *weight = data if isinstance(data, tuple | list) else (data, None)
        X, y = self._split_target(X, y)
        X = self._check_X(X, reset=False)
        y = self._check_y(y, reset=False)
        return Prepared(X, y, check_weight(weight[0] if weight else None, X, y))

    def _setup(
        self, builder: KerasEstimator, specs: Mapping[str, FeatureSpec], row_count: int
    ) -> Setup:
        return Setup(
            builder._architecture(specs),
            self._optimizers(),
            self.head_.objective,
            batch_size_for(row_count, self.batch_size),
        )

    def _architecture(self, specs: Mapping[str, FeatureSpec] | None = None) -> Architecture:
        """Return the architecture on `specs`, by default on all that prediction knows."""
        specs, head = self._specs_ if specs is None else specs, self.head_
        signatures = tuple((side, spec.encoded_signature_) for side, spec in specs.items())
        return Architecture(
            (type(self)._build, self._architecture_key(), signatures, head.units),
            lambda: self._build(specs, head),
            self._draw_weights,
            self.jit_compile,
            complete_weights,
        )

    def _outputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        X, _ = self.builder_._split_target(X, None)
        X = self._check_X(X, reset=False)
        return self.session_.predict(self.builder_._architecture(), encode(self._specs_, X))

    def _split_target(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Take the target that a formula names out of `X`."""
        for spec in self._new_specs().values():
            spec = spec.estimator if isinstance(spec, FrozenEstimator) else spec
            if spec is not None and spec.target_name is not None and hasattr(X, "columns"):
                X, named = spec.split_target(X)
                return X, named if y is None else y
        return X, y

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        before = dict(vars(self))
        try:
            yield
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    def __sklearn_tags__(self):  # noqa: ANN204
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags
