"""Networks that place rows so that those near each other have like targets, and average these."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import (
    FEATURE_SPEC,
    SHARED,
    Parameter,
    changed,
    constraints_of,
    epochs_text,
    keep_parameters,
    optimizer_text,
    values_of,
    weight_decay_text,
)
from estimators.engine.compiled.keys import key_of
from estimators.families.networks.hidden_layers import HIDDEN_LAYERS
from estimators.families.networks.numeric_embedding import NUMERIC_EMBEDDING
from estimators.families.networks.tabular_inputs import EMBEDDING_TEXT, SPEC_TEXT
from estimators.families.tuned_for_tables import AUTO_WEIGHT_DECAY, TunedForTables
from estimators.heads.head import Head
from estimators.heads.ordinal import OrdinalHead
from estimators.heads.tasks import ClassificationTask, RegressionTask
from feature_specs import FeatureSpec

if TYPE_CHECKING:
    import keras

    from estimators.base.fit_extension import EncodedFit
    from estimators.base.rows import CheckedRows
    from estimators.engine.architecture import Architecture
    from estimators.engine.trained_members import TrainedMembers
    from estimators.engine.trained_network import TrainedNetwork
    from estimators.persistence.checkpoints import Checkpoints

_MOST_ROWS_A_STEP = 512
_STEPS, _FEWEST_EPOCHS = 384, 8
# Candidates times training rows: it takes as long to predict as many rows as were trained on.
_MOST_PAIRS, _FEWEST_CANDIDATES = 8e7, 1_024
_OF_LAYERS = tuple(p for p in HIDDEN_LAYERS if p.name in ("hidden_units", "activation", "dropout"))
_LOSS_TEXT = (
    "Loss by its name in Keras or scikit-learn, an object of Keras, or a function of target and "
    "predictions that returns a value a row. For regression also ``'poisson'`` (counts), "
    "``'gamma'`` and ``'tweedie'`` (positive values); mean squared error by default. Quantiles are "
    "refused: an average of targets is none. For classes cross-entropy by default; others see "
    "probabilities. What is predicted stays an average, "
    "whatever loss has placed the rows."
)
_OF_NEIGHBORS = (
    Parameter(
        "n_components",
        annotation="int",
        default=64,
        constraints=[Interval(Integral, 1, None, closed="left")],
        kind="int",
        text="Dimensions of the space in which rows are near or far, as in "
        "``sklearn.neighbors.NeighborhoodComponentsAnalysis``.",
    ),
    Parameter(
        "max_candidates",
        annotation="int | str",
        default="auto",
        constraints=[Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        kind="int or 'auto'",
        text="Number of training rows, at most, that a new row is compared with; more are drawn "
        "from at random. ``'auto'`` is 80 million divided by the number of training rows, but "
        "1,024 at least: all of them up to 8,944 training rows.",
    ),
)


class NeighborNetwork(TunedForTables):
    """The family of networks that average the targets of near rows, for any task."""

    _parameters = (
        *changed(
            (FEATURE_SPEC, *NUMERIC_EMBEDDING, *_OF_LAYERS, *_OF_NEIGHBORS, *SHARED),
            feature_spec={"text": SPEC_TEXT},
            numeric_embedding={"text": EMBEDDING_TEXT},
            hidden_units={"default": (128,)},
            dropout={"default": 0.1},
            loss={"text": _LOSS_TEXT},
            optimizer={
                "text": optimizer_text(
                    "Adam (beta_2 of 0.95) with a rate of 0.03, in four waves over a fit"
                )
            },
            weight_decay={"text": weight_decay_text(AUTO_WEIGHT_DECAY)},
            epochs={"text": epochs_text("as many as make 384 steps, but 8 at least")},
            batch_size={
                "text": "Rows a step, which are each other's neighbours; memory grows with the "
                "square. ``'auto'`` makes steps of one size, at most 512."
            },
            early_stopping={
                "text": "Number of epochs without improvement of the validation loss after which "
                "training stops and the best weights are restored; True means 10. Sets 10 % of the "
                "rows aside where nothing else says what to validate on. ``'auto'`` does not stop "
                "and returns to the best epoch; it sets five times the square root of the number "
                "of rows aside, at most a fifth, and below 300 rows all are trained on. The loss "
                "is that of at most 2,048 validation rows among as many training rows."
            },
        ),
    )
    _parameter_constraints = constraints_of(_parameters)
    _trains_in_parts = False
    _highest_rate = 0.03
    # Set at fit.
    _candidate_count: int = 0

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        numeric_embedding: Any = "auto",
        hidden_units: Sequence[int] = (128,),
        activation: str | Callable = "relu",
        dropout: float = 0.1,
        n_components: int = 64,
        max_candidates: int | str = "auto",
        loss: str | Callable | None = None,
        metrics: Any = None,
        optimizer: str | keras.optimizers.Optimizer = "auto",
        learning_rate: float | str | keras.optimizers.schedules.LearningRateSchedule | None = None,
        weight_decay: float | None = None,
        epochs: int | str = "auto",
        batch_size: int | str = "auto",
        shuffle: bool = True,
        standardize_target: bool = True,
        validation_fraction: float | None = None,
        early_stopping: bool | int | str | keras.callbacks.EarlyStopping = "auto",
        members: int = 1,
        members_split: Any = "folds",
        class_weight: dict | list | str | None = None,
        callbacks: keras.callbacks.Callback | Sequence[keras.callbacks.Callback] | None = None,
        warm_start: bool = False,
        warm_start_from: KerasEstimator | str | Path | None = None,
        jit_compile: bool | str = "auto",
        model_dir: str | Path | Checkpoints | None = None,
        log_dir: str | Path | None = None,
        n_jobs: int | None = -1,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        keep_parameters(self, locals())

    def _auto_epochs(self, row_count: int) -> int:
        steps = math.ceil(row_count / _MOST_ROWS_A_STEP)
        return max(_FEWEST_EPOCHS, math.ceil(_STEPS / steps))

    def _auto_patience(self, row_count: int) -> int:
        return self._auto_epochs(row_count)

    def _auto_batch_size(self, row_count: int) -> int:
        return math.ceil(row_count / math.ceil(row_count / _MOST_ROWS_A_STEP))

    def _adapt_head(self, training: CheckedRows) -> None:
        from estimators.heads.losses import QuantileLoss

        if isinstance(self.head_, OrdinalHead):
            raise ValueError(
                "loss='ordinal' asks for thresholds between classes, which no average of targets "
                "has; take TabularNetworkClassifier for it."
            )
        loss = getattr(self.head_.objective, "loss", None)
        if isinstance(loss, QuantileLoss):
            raise ValueError(
                f"loss={self.loss!r} asks for a quantile, which no average of targets is; take "
                "TabularNetworkRegressor for it."
            )

    def _choose_settings(self, training: CheckedRows, most: int, seed: int) -> None:
        given = self.max_candidates
        if given == "auto":
            given = max(_FEWEST_CANDIDATES, int(_MOST_PAIRS / most))
        self._candidate_count = int(min(most, given))

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        import keras

        inputs, embeddings = self._embeddings(specs)
        return keras.Model(inputs, self._average(head)(embeddings))

    def _build_training(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        import keras

        from estimators.families.networks.neighbor_rows import COUNTS, ROWS, TARGETS

        inputs, embeddings = self._embeddings(specs)
        further = {
            TARGETS: keras.Input((head.units,), name=TARGETS),
            COUNTS: keras.Input((1,), name=COUNTS),
            ROWS: keras.Input((1,), dtype="int32", name=ROWS),
        }
        return keras.Model(
            {**inputs, **further}, self._average(head)(embeddings, *further.values())
        )

    def _build_embeddings(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        import keras

        return keras.Model(*self._embeddings(specs))

    def _embeddings(self, specs: Mapping[str, FeatureSpec]) -> tuple[dict, keras.KerasTensor]:
        from estimators.families.networks.scaled_layers import scaled_embedding

        inputs, features = self._features(specs)
        return inputs, scaled_embedding(features, self.n_components, **values_of(self, _OF_LAYERS))

    def _average(self, head: Head) -> keras.layers.Layer:
        from estimators.layers import NeighborAverage

        return NeighborAverage(
            head.units, self._candidate_count, head.averaging, name="neighbor_average"
        )

    def _architecture_key(self) -> Hashable:
        of_layers = values_of(self, (*_OF_LAYERS, *_OF_NEIGHBORS))
        return key_of(
            [self.numeric_embedding, of_layers, self._candidate_count, self.head_.averaging]
        )

    def _prepared(self, fit: EncodedFit) -> EncodedFit:
        from estimators.families.networks.neighbor_rows import (
            MOST_MEASURED,
            measured_rows,
            with_neighbors,
        )

        validation = fit.validation
        if validation is not None:
            validation = measured_rows(fit.training, validation, self.head_, fit.seed)
        measured = sum(min(MOST_MEASURED, rows) for rows in fit.room)
        training = with_neighbors(fit.training, self.head_)
        return replace(
            fit,
            training=training,
            validation=validation,
            # A larger one is filled up with rows that then count as neighbours twice.
            batch_size=min(fit.batch_size, fit.room[0]),
            room=(fit.room[0], measured),
        )

    def _completed(self, fit: EncodedFit, trained: TrainedNetwork) -> TrainedNetwork:
        """Return the network with the training rows that it compares others with."""
        from estimators.families.networks.neighbor_rows import COUNTS, ROWS, TARGETS, some_of

        *of_embedding, mean, candidates, targets, counts = trained.weights
        known = some_of(fit.training, len(candidates), fit.seed).arrays()
        known_targets, known_counts, _ = (known.pop(name) for name in (TARGETS, COUNTS, ROWS))
        embed = self._embedding_architecture()
        places = trained.with_weights(of_embedding).predict(embed, known)
        given = (places, known_targets, known_counts[:, 0])
        filled = [mean]
        for weight, values in zip((candidates, targets, counts), given, strict=True):
            full = np.zeros_like(weight)
            full[: len(values)] = values
            filled.append(full)
        return trained.with_weights([*of_embedding, *filled])

    def _check_loaded(self, trained: TrainedNetwork | TrainedMembers) -> None:
        for member in trained.members:
            *_, counts = member.weights
            if not counts.any():
                raise ValueError(
                    "The file was written before training was over and holds no rows to compare "
                    "with; take one of save_weights, or start a fit from it by clone(model)."
                    "load_weights(path)."
                )

    def _embedding_architecture(self) -> Architecture:
        # It runs once a fit, which is not worth compiling.
        return replace(
            self._architecture_of(type(self)._build_embeddings, self._training_specs()),
            jit_compile=False,
        )


class NeighborNetworkRegressor(RegressionTask, NeighborNetwork):
    """Network that places rows so that near ones have like values, and averages these.

    Rows become points in a space that is learnt; a prediction is the average of the targets of
    training rows, weighted by the softmax of minus their distances (neighbourhood components
    analysis). In training, each row is predicted from the others of its step. It is at its best
    where a table has clusters or jumps that smooth networks and trees round off, and averaged
    with such (`TabularNetworkRegressor`).

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs; by default as for `DNNClassifier`, but numbers by their ranks
        as a normal distribution, up to 3.5 from 0.
    numeric_embedding : str, int, object, list or None, default='auto'
        What stands beside each number, as for `DNNClassifier`. ``'auto'`` is 6 combinations of
        16 cosines and 6 of 32 pieces, or nothing for a sparse matrix and for more than 100
        numbers.
    hidden_units : sequence of int, default=(128,)
        Width of every hidden layer.
    activation : str or callable, default='relu'
        Activation of the hidden layers.
    dropout : float, default=0.1
        Share of hidden units silenced in each training step.
    n_components : int, default=64
        Dimensions of the space in which rows are near or far, as in
        ``sklearn.neighbors.NeighborhoodComponentsAnalysis``.
    max_candidates : int or 'auto', default='auto'
        Number of training rows, at most, that a new row is compared with; more are drawn from
        at random. ``'auto'`` is 80 million divided by the number of training rows, but 1,024 at
        least: all of them up to 8,944 training rows.
    loss : str, callable or keras.losses.Loss, default=None
        Loss by its name in Keras or scikit-learn, an object of Keras, or a function of target
        and predictions that returns a value a row. For regression also ``'poisson'`` (counts),
        ``'gamma'`` and ``'tweedie'`` (positive values); mean squared error by default.
        Quantiles are refused: an average of targets is none. For classes cross-entropy by
        default; others see probabilities. What is predicted stays an average, whatever loss has
        placed the rows.
    metrics : str, metric, scorer, or list or dict of these, default=None
        Measured after every epoch, on the training rows and on those that validate, and by
        `evaluate`: names of Keras (``'auc'``) or of scikit-learn's scorers (``'roc_auc'``),
        their objects, or functions of target and predictions. Of classes metrics of Keras see
        probabilities. The history has them by their names, those of validation rows as
        ``'val_auc'``.
    optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam
        (beta_2 of 0.95) with a rate of 0.03, in four waves over a fit.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0.02 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is as many as make 384 steps, but 8 at least.
    batch_size : int, default='auto'
        Rows a step, which are each other's neighbours; memory grows with the square. ``'auto'``
        makes steps of one size, at most 512.
    shuffle : bool, default=True
        Whether every epoch takes the rows in a new order.
    standardize_target : bool, default=True
        Whether a regression target is brought to mean 0 and standard deviation 1 for training;
        losses, predictions and coefficients stay in the target's units. Without effect on
        classes and counts.
    validation_fraction : float, default=None
        Share of the rows that is set aside (stratified for classes) and measured after every
        epoch.
    early_stopping : 'auto', bool, int, str or keras.callbacks.EarlyStopping, default='auto'
        Number of epochs without improvement of the validation loss after which training stops
        and the best weights are restored; True means 10. Sets 10 % of the rows aside where
        nothing else says what to validate on. ``'auto'`` does not stop and returns to the best
        epoch; it sets five times the square root of the number of rows aside, at most a fifth,
        and below 300 rows all are trained on. The loss is that of at most 2,048 validation rows
        among as many training rows.
    members : int, default=1
        Number of networks that are trained alike and averaged, on the scale of probabilities,
        means or values.
    members_split : {'folds', 'bootstrap', 'seeds'} or splitter of scikit-learn, default='folds'
        Which rows each of several members trains on: all but its own fold, as many as there are
        drawn with replacement, or all. It validates on those that it does not train on, and is
        stopped by them.
    class_weight : dict, list of dict or 'balanced', default=None
        Weights of the classes, as everywhere in scikit-learn; classifiers only.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Each sees the network, the epochs and the logs it expects. With batch hooks the loop
        runs one batch at a time.
    warm_start : bool, default=False
        Whether ``fit`` continues from the weights and optimizer state of the previous ``fit``.
    warm_start_from : fitted estimator, str or Path, default=None
        Where ``fit`` takes its initial weights from, by name and shape: an estimator, the file
        of a saved one, or a checkpoint. ``warm_start_report_`` tells what was taken.
    jit_compile : bool or 'auto', default='auto'
        Whether XLA compiles the loop; ``'auto'`` decides by layers, device and number of rows.
    model_dir : str, Path or Checkpoints, default=None
        Folder that keeps checkpoints of the training, from which ``fit(..., resume=True)`` goes
        on after a crash; `Checkpoints` says how often and how many.
    log_dir : str or Path, default=None
        Folder for TensorBoard: measures of every epoch, the graph and the parameters. For
        histograms and images put ``keras.callbacks.TensorBoard`` among the callbacks.
    n_jobs : int, default=-1
        Threads that train members at the same time, in the terms of joblib; the bits are the
        same for any number.
    random_state : int, RandomState instance or None, default=None
        Decides initial weights, order of rows, dropout and the validation split. The same
        number gives the same bits.
    verbose : int, default=0
        1 shows a progress bar with rate and time left.

    Attributes
    ----------
    feature_spec_ : FeatureSpec
        The fitted feature spec.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from encoded features to values.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    TabularNetworkRegressor : Its hidden layers end in values themselves.
    NeighborNetworkClassifier : The same for classes.
    sklearn.neighbors.NeighborhoodComponentsAnalysis : A linear space, for classes.

    Notes
    -----
    Rows of one group (``fit(..., groups=)``) are no neighbours of each other in training, as a row
    is none of itself. Targets and places of the rows compared with are weights of the network, and
    so in every file of it. There is no ``partial_fit``: rows of earlier parts are not kept.

    A prediction for a training row finds that very row among those compared with: scores on
    training rows flatter. ``oof_prediction_`` and ``oof_score_`` of members do not.

    Examples
    --------
    >>> from estimators import NeighborNetworkRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = NeighborNetworkRegressor(hidden_units=32, epochs=20, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.4)
    True

    References
    ----------
    Goldberger, Roweis, Hinton and Salakhutdinov, Neighbourhood Components Analysis, 2004; Ye, Yin,
    Zhan and Chao, Revisiting Nearest Neighbor for Tabular Data, 2024 (ModernNCA).
    """


class NeighborNetworkClassifier(ClassificationTask, NeighborNetwork):
    """Network that places rows so that near ones are of one class, and lets them vote.

    Rows become points in a space that is learnt; a prediction is the average of the targets of
    training rows, weighted by the softmax of minus their distances (neighbourhood components
    analysis). In training, each row is predicted from the others of its step. It is at its best
    where a table has clusters or jumps that smooth networks and trees round off, and averaged
    with such (`TabularNetworkClassifier`).

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs; by default as for `DNNClassifier`, but numbers by their ranks
        as a normal distribution, up to 3.5 from 0.
    numeric_embedding : str, int, object, list or None, default='auto'
        What stands beside each number, as for `DNNClassifier`. ``'auto'`` is 6 combinations of
        16 cosines and 6 of 32 pieces, or nothing for a sparse matrix and for more than 100
        numbers.
    hidden_units : sequence of int, default=(128,)
        Width of every hidden layer.
    activation : str or callable, default='relu'
        Activation of the hidden layers.
    dropout : float, default=0.1
        Share of hidden units silenced in each training step.
    n_components : int, default=64
        Dimensions of the space in which rows are near or far, as in
        ``sklearn.neighbors.NeighborhoodComponentsAnalysis``.
    max_candidates : int or 'auto', default='auto'
        Number of training rows, at most, that a new row is compared with; more are drawn from
        at random. ``'auto'`` is 80 million divided by the number of training rows, but 1,024 at
        least: all of them up to 8,944 training rows.
    loss : str, callable or keras.losses.Loss, default=None
        Loss by its name in Keras or scikit-learn, an object of Keras, or a function of target
        and predictions that returns a value a row. For regression also ``'poisson'`` (counts),
        ``'gamma'`` and ``'tweedie'`` (positive values); mean squared error by default.
        Quantiles are refused: an average of targets is none. For classes cross-entropy by
        default; others see probabilities. What is predicted stays an average, whatever loss has
        placed the rows.
    metrics : str, metric, scorer, or list or dict of these, default=None
        Measured after every epoch, on the training rows and on those that validate, and by
        `evaluate`: names of Keras (``'auc'``) or of scikit-learn's scorers (``'roc_auc'``),
        their objects, or functions of target and predictions. Of classes metrics of Keras see
        probabilities. The history has them by their names, those of validation rows as
        ``'val_auc'``.
    optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam
        (beta_2 of 0.95) with a rate of 0.03, in four waves over a fit.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0.02 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is as many as make 384 steps, but 8 at least.
    batch_size : int, default='auto'
        Rows a step, which are each other's neighbours; memory grows with the square. ``'auto'``
        makes steps of one size, at most 512.
    shuffle : bool, default=True
        Whether every epoch takes the rows in a new order.
    standardize_target : bool, default=True
        Whether a regression target is brought to mean 0 and standard deviation 1 for training;
        losses, predictions and coefficients stay in the target's units. Without effect on
        classes and counts.
    validation_fraction : float, default=None
        Share of the rows that is set aside (stratified for classes) and measured after every
        epoch.
    early_stopping : 'auto', bool, int, str or keras.callbacks.EarlyStopping, default='auto'
        Number of epochs without improvement of the validation loss after which training stops
        and the best weights are restored; True means 10. Sets 10 % of the rows aside where
        nothing else says what to validate on. ``'auto'`` does not stop and returns to the best
        epoch; it sets five times the square root of the number of rows aside, at most a fifth,
        and below 300 rows all are trained on. The loss is that of at most 2,048 validation rows
        among as many training rows.
    members : int, default=1
        Number of networks that are trained alike and averaged, on the scale of probabilities,
        means or values.
    members_split : {'folds', 'bootstrap', 'seeds'} or splitter of scikit-learn, default='folds'
        Which rows each of several members trains on: all but its own fold, as many as there are
        drawn with replacement, or all. It validates on those that it does not train on, and is
        stopped by them.
    class_weight : dict, list of dict or 'balanced', default=None
        Weights of the classes, as everywhere in scikit-learn; classifiers only.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Each sees the network, the epochs and the logs it expects. With batch hooks the loop
        runs one batch at a time.
    warm_start : bool, default=False
        Whether ``fit`` continues from the weights and optimizer state of the previous ``fit``.
    warm_start_from : fitted estimator, str or Path, default=None
        Where ``fit`` takes its initial weights from, by name and shape: an estimator, the file
        of a saved one, or a checkpoint. ``warm_start_report_`` tells what was taken.
    jit_compile : bool or 'auto', default='auto'
        Whether XLA compiles the loop; ``'auto'`` decides by layers, device and number of rows.
    model_dir : str, Path or Checkpoints, default=None
        Folder that keeps checkpoints of the training, from which ``fit(..., resume=True)`` goes
        on after a crash; `Checkpoints` says how often and how many.
    log_dir : str or Path, default=None
        Folder for TensorBoard: measures of every epoch, the graph and the parameters. For
        histograms and images put ``keras.callbacks.TensorBoard`` among the callbacks.
    n_jobs : int, default=-1
        Threads that train members at the same time, in the terms of joblib; the bits are the
        same for any number.
    random_state : int, RandomState instance or None, default=None
        Decides initial weights, order of rows, dropout and the validation split. The same
        number gives the same bits.
    verbose : int, default=0
        1 shows a progress bar with rate and time left.

    Attributes
    ----------
    classes_ : ndarray
        Labels, in the order of the columns of ``predict_proba``.
    feature_spec_ : FeatureSpec
        The fitted feature spec.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from encoded features to logits.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    TabularNetworkClassifier : Its hidden layers end in classes themselves.
    NeighborNetworkRegressor : The same for values.
    sklearn.neighbors.NeighborhoodComponentsAnalysis : A linear space, for classes.

    Notes
    -----
    Rows of one group (``fit(..., groups=)``) are no neighbours of each other in training, as a row
    is none of itself. Targets and places of the rows compared with are weights of the network, and
    so in every file of it. There is no ``partial_fit``: rows of earlier parts are not kept.

    A prediction for a training row finds that very row among those compared with: scores on
    training rows flatter. ``oof_prediction_`` and ``oof_score_`` of members do not.

    Examples
    --------
    >>> from estimators import NeighborNetworkClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = NeighborNetworkClassifier(hidden_units=16, epochs=20, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True

    References
    ----------
    Goldberger, Roweis, Hinton and Salakhutdinov, Neighbourhood Components Analysis, 2004; Ye, Yin,
    Zhan and Chao, Revisiting Nearest Neighbor for Tabular Data, 2024 (ModernNCA).
    """
