"""Bring your own network: any Keras model, or a function that returns one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from estimators.base.encoding import encode
from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import (
    FEATURE_SPEC,
    SHARED,
    changed,
    constraints_of,
    keep_parameters,
)
from estimators.engine.compiled.keys import key_of
from estimators.families.family import Family
from estimators.families.networks.own_network import (
    FROM_LOGITS,
    NETWORK,
    NETWORK_PARAMS,
    key_of_network,
    own_network,
)
from estimators.heads.choice import LOGITS, POSITIVE, SIGMOID, SOFTMAX, final_head
from estimators.heads.classification import ClassHead
from estimators.heads.head import Head
from estimators.heads.ordinal import OrdinalHead
from estimators.heads.regression import RegressionHead
from estimators.heads.tasks import ClassificationTask, RegressionTask
from feature_specs import FeatureSpec
from feature_specs.encoders.features import numeric_places

if TYPE_CHECKING:
    import keras

    from estimators.base.rows import CheckedRows
    from estimators.persistence.checkpoints import Checkpoints


# Rows that show what a network computes.
_PROBES = 32


class Network(Family):
    """The family of networks that callers bring, for any task."""

    _parameters = (
        NETWORK,
        FEATURE_SPEC,
        NETWORK_PARAMS,
        FROM_LOGITS,
        *changed(SHARED, standardize_target={"default": False}),
    )
    _parameter_constraints = constraints_of(_parameters)

    def __init__(
        self,
        network: Callable | keras.Model,
        feature_spec: FeatureSpec | None = None,
        *,
        network_params: dict | None = None,
        from_logits: bool | str = "auto",
        loss: str | Callable | None = None,
        metrics: Any = None,
        optimizer: str | keras.optimizers.Optimizer = "auto",
        learning_rate: float | str | keras.optimizers.schedules.LearningRateSchedule | None = None,
        weight_decay: float | None = None,
        epochs: int | str = "auto",
        batch_size: int | str = "auto",
        shuffle: bool = True,
        standardize_target: bool = False,
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

    @property
    def _draw_weights(self) -> Callable | None:
        import keras

        from estimators.engine.initial_weights import KeptWeights

        return KeptWeights if isinstance(self.network, keras.Model) else None

    @property
    def _network_outputs(self) -> int | None:
        import keras

        if not isinstance(self.network, keras.Model) or not self.network.built:
            return None
        return self.network.output_shape[-1]

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        import keras

        from feature_specs.networks.sparse_layers import as_dense

        inputs = specs[""].inputs()
        # A network of one's own may know columns by their places, and knows nothing of sparse ones.
        placed = specs[""].in_place(inputs)
        dense = {name: as_dense(tensor) for name, tensor in placed.items()}
        features = specs[""].dense_features(dense)
        output = own_network(self.network, dense, features, head.units, self.network_params or {})
        return keras.Model(inputs, output)

    def _architecture_key(self) -> Hashable:
        params = key_of(self.network_params or {})
        places = tuple(numeric_places(self._specs_[""].features_))
        return *key_of_network(self.network), params, self.from_logits, places

    def _adapt_head(self, training: CheckedRows) -> None:
        if isinstance(self.head_, RegressionHead | OrdinalHead):
            # Values have no end, and thresholds make log-odds of what comes before them.
            return
        end = self._end(training)
        if not isinstance(self.head_, ClassHead):
            self.head_.from_means = end in (POSITIVE, SIGMOID, SOFTMAX)
            return
        kind = final_head(self.head_, self.loss, end)
        if type(self.head_) is not kind:
            if self.class_weight is not None:
                raise ValueError(
                    "class_weight of one-hot y needs loss='categorical_crossentropy', which says "
                    "at once that the columns are classes."
                )
            self.head_ = kind(self.loss).fit(training.y)
        self.head_.from_probabilities = end in (SIGMOID, SOFTMAX)

    @property
    def _may_be_one_hot(self) -> bool:
        return getattr(self.head_, "first_row_not_one_hot_", 0) is None

    def _end(self, training: CheckedRows) -> str:
        """Return what the network ends in, as given or as found out."""
        from estimators.heads.network_end import end_of

        if self.from_logits is True:
            return LOGITS
        if self.from_logits is False and not self._may_be_one_hot:
            return SOFTMAX if getattr(self.head_, "exclusive", False) else SIGMOID
        few = training.taken(np.arange(min(len(training.y), _PROBES)))
        end = end_of(self._architecture().predictor().network, encode(self._specs_, few.X))
        if self.from_logits is False and end != SOFTMAX:
            return SIGMOID
        return end


class KerasRegressor(RegressionTask, Network):
    """A network of your own for real values, counts or quantiles.

    Parameters
    ----------
    network : callable or keras.Model
        A function of any of ``inputs`` (the encoded features, a Keras tensor), ``units``
        (number of outputs wanted) and the names in `network_params`, which returns an output
        tensor or an unconnected model. Or a Keras model, whose weights training starts from; it
        is copied, never trained in place. Whether it ends in probabilities is found out; see
        `from_logits`.
    feature_spec : FeatureSpec, default=None
        How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a
        fitted one is used as it is. By default the columns decide: numbers and numbers in texts
        are standardised, dates and dates in texts taken apart, free text read as words, other
        strings and categories become indicators where they are few, else embeddings; texts that
        name their row are left out, as is a column with one value. What was not plain is told,
        and ``feature_spec_`` prints the steps to copy and change.
    network_params : dict, default=None
        Further arguments of the function `network`.
    from_logits : bool or 'auto', default='auto'
        Whether the outputs of `network` are logits, or probabilities (False); with
        ``loss='poisson'`` logarithms of means, or means (False). ``'auto'`` finds out by what
        the network computes. Without effect on other values.
    loss : str, callable or keras.losses.Loss, default=None
        Loss by its name in Keras or scikit-learn, an object of Keras, or a function of target
        and predictions that returns a value a row. For regression also ``'quantile'``
        (`QuantileLoss`, of several quantiles as well), with a log link ``'poisson'`` and
        ``'negative_binomial'`` (counts, `NegativeBinomialLoss`), ``'gamma'`` and ``'tweedie'``
        (positive values, `TweedieLoss`); mean squared error by default. It is a loss of the
        target's units, which training divides by a constant where the target is standardised:
        penalties and learning rates weigh the same in any unit. For classes cross-entropy by
        default; others see probabilities. ``'ordinal'`` is for classes in order (an ordered
        dtype, or numbers): the log-odds of reaching a class differ by thresholds alone.
    metrics : str, metric, scorer, or list or dict of these, default=None
        Measured after every epoch, on the training rows and on those that validate, and by
        `evaluate`: names of Keras (``'auc'``) or of scikit-learn's scorers (``'roc_auc'``),
        their objects, or functions of target and predictions. Of classes metrics of Keras see
        probabilities. The history has them by their names, those of validation rows as
        ``'val_auc'``.
    optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 100.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and
        from 16,384 on 256.
    shuffle : bool, default=True
        Whether every epoch takes the rows in a new order.
    standardize_target : bool, default=False
        Whether a regression target is brought to mean 0 and standard deviation 1 for training;
        losses, predictions and coefficients stay in the target's units. Without effect on
        classes and counts.
    validation_fraction : float, default=None
        Share of the rows that is set aside (stratified for classes) and measured after every
        epoch.
    early_stopping : 'auto', bool, int, str or keras.callbacks.EarlyStopping, default='auto'
        Number of epochs without improvement of the validation loss after which training stops
        and the best weights are restored; True means 10, and so does the name of another
        measure, such as ``'val_accuracy'``, for that one. Sets 10 % of the rows aside where
        nothing else says what to validate on. ``'auto'`` means 20 and sets five times the
        square root of the number of rows aside, at most a fifth; below 300 rows all are trained
        on for all epochs.
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
    KerasClassifier : The same for classes.

    Examples
    --------
    >>> import keras
    >>> from estimators import KerasRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> def network(inputs, units):
    ...     hidden = keras.layers.Dense(16, activation="relu")(inputs)
    ...     return keras.layers.Dense(units)(hidden)
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = KerasRegressor(network, standardize_target=True, random_state=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.5)
    True

    References
    ----------
    ``tf.keras.estimator.model_to_estimator``; ``scikeras.wrappers.KerasRegressor``.
    """


class KerasClassifier(ClassificationTask, Network):
    """A network of your own for two classes, several classes, or several labels at once.

    Parameters
    ----------
    network : callable or keras.Model
        A function of any of ``inputs`` (the encoded features, a Keras tensor), ``units``
        (number of outputs wanted) and the names in `network_params`, which returns an output
        tensor or an unconnected model. Or a Keras model, whose weights training starts from; it
        is copied, never trained in place. Whether it ends in probabilities is found out; see
        `from_logits`.
    feature_spec : FeatureSpec, default=None
        How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a
        fitted one is used as it is. By default the columns decide: numbers and numbers in texts
        are standardised, dates and dates in texts taken apart, free text read as words, other
        strings and categories become indicators where they are few, else embeddings; texts that
        name their row are left out, as is a column with one value. What was not plain is told,
        and ``feature_spec_`` prints the steps to copy and change.
    network_params : dict, default=None
        Further arguments of the function `network`.
    from_logits : bool or 'auto', default='auto'
        Whether the outputs of `network` are logits, or probabilities (False); with
        ``loss='poisson'`` logarithms of means, or means (False). ``'auto'`` finds out by what
        the network computes. Without effect on other values.
    loss : str, callable or keras.losses.Loss, default=None
        Loss by its name in Keras or scikit-learn, an object of Keras, or a function of target
        and predictions that returns a value a row. For regression also ``'quantile'``
        (`QuantileLoss`, of several quantiles as well), with a log link ``'poisson'`` and
        ``'negative_binomial'`` (counts, `NegativeBinomialLoss`), ``'gamma'`` and ``'tweedie'``
        (positive values, `TweedieLoss`); mean squared error by default. It is a loss of the
        target's units, which training divides by a constant where the target is standardised:
        penalties and learning rates weigh the same in any unit. For classes cross-entropy by
        default; others see probabilities. ``'ordinal'`` is for classes in order (an ordered
        dtype, or numbers): the log-odds of reaching a class differ by thresholds alone.
    metrics : str, metric, scorer, or list or dict of these, default=None
        Measured after every epoch, on the training rows and on those that validate, and by
        `evaluate`: names of Keras (``'auc'``) or of scikit-learn's scorers (``'roc_auc'``),
        their objects, or functions of target and predictions. Of classes metrics of Keras see
        probabilities. The history has them by their names, those of validation rows as
        ``'val_auc'``.
    optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 100.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and
        from 16,384 on 256.
    shuffle : bool, default=True
        Whether every epoch takes the rows in a new order.
    standardize_target : bool, default=False
        Whether a regression target is brought to mean 0 and standard deviation 1 for training;
        losses, predictions and coefficients stay in the target's units. Without effect on
        classes and counts.
    validation_fraction : float, default=None
        Share of the rows that is set aside (stratified for classes) and measured after every
        epoch.
    early_stopping : 'auto', bool, int, str or keras.callbacks.EarlyStopping, default='auto'
        Number of epochs without improvement of the validation loss after which training stops
        and the best weights are restored; True means 10, and so does the name of another
        measure, such as ``'val_accuracy'``, for that one. Sets 10 % of the rows aside where
        nothing else says what to validate on. ``'auto'`` means 20 and sets five times the
        square root of the number of rows aside, at most a fifth; below 300 rows all are trained
        on for all epochs.
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
        The trained network, from encoded features to its own outputs.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    KerasRegressor : The same for values.

    Examples
    --------
    >>> import keras
    >>> from estimators import KerasClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> def network(units, width):
    ...     return keras.Sequential([
    ...         keras.layers.Dense(width, activation="relu"),
    ...         keras.layers.Dense(units, activation="softmax"),
    ...     ])
    >>> model = KerasClassifier(network, network_params={"width": 16}, learning_rate=0.01)
    >>> model = model.set_params(random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True

    References
    ----------
    ``tf.keras.estimator.model_to_estimator``; ``scikeras.wrappers.KerasClassifier``.
    """
