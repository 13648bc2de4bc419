"""Deep networks: fully connected hidden layers on the encoded features."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import (
    FEATURE_SPEC,
    MONOTONIC_CST,
    SHARED,
    changed,
    constraints_of,
    keep_parameters,
    optimizer_text,
    values_of,
    weight_decay_text,
)
from estimators.engine.compiled.keys import key_of
from estimators.explanations.explain_methods import ExplainMethods
from estimators.families.family import Family
from estimators.families.networks.hidden_layers import (
    AUTO_WEIGHT_DECAY,
    FALLING_ADAM,
    HIDDEN_LAYERS,
    hidden_layers,
)
from estimators.families.networks.monotonic_columns import MonotonicColumns
from estimators.families.networks.numeric_embedding import NUMERIC_EMBEDDING
from estimators.heads.head import Head
from estimators.heads.tasks import ClassificationTask, RegressionTask
from feature_specs import FeatureSpec

if TYPE_CHECKING:
    import keras

    from estimators.persistence.checkpoints import Checkpoints


_MONOTONIC_CST = changed(
    (MONOTONIC_CST,),
    monotonic_cst={
        "text": f"{MONOTONIC_CST.text} Asks for an `activation` that never falls (one of straight "
        "pieces, such as ``'relu'``; exponentials, as in ``'tanh'``, are rounded either way in "
        "their last bits), for pieces or nothing beside the numbers, and for no `batch_norm`. "
        "Beside each hidden layer stands another one of its width, which sees free columns alone."
    },
)


class DNN(MonotonicColumns, ExplainMethods, Family):
    """The family of deep networks, for any task."""

    _parameters = (
        FEATURE_SPEC,
        *NUMERIC_EMBEDDING,
        *_MONOTONIC_CST,
        *HIDDEN_LAYERS,
        *changed(
            SHARED,
            optimizer={"text": optimizer_text(FALLING_ADAM)},
            weight_decay={"text": weight_decay_text(AUTO_WEIGHT_DECAY)},
        ),
    )
    _parameter_constraints = constraints_of(_parameters)
    _auto_weight_decay = AUTO_WEIGHT_DECAY
    _of_earlier_versions: ClassVar = {"numeric_embedding": None, "weight_decay": 0.0}

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        numeric_embedding: Any = "auto",
        monotonic_cst: Any = None,
        hidden_units: Sequence[int] = (128, 128),
        activation: str | Callable = "relu",
        dropout: float = 0.0,
        batch_norm: bool = False,
        l1: float = 0.0,
        l2: float = 0.0,
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

    @property
    def _numeric_embedding(self) -> Any:
        return self.numeric_embedding

    @property
    def _rate_may_fall(self) -> bool:
        return self.optimizer == "auto" and self.learning_rate is None

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        import keras

        from feature_specs.networks.sparse_layers import dense_layer_for

        spec, inputs, layers = specs[""], specs[""].inputs(), values_of(self, HIDDEN_LAYERS)
        if self._signs:
            from estimators.families.networks.monotonic_layers import monotonic_layers
            from feature_specs.networks.monotonic_features import monotonic_features

            bound = monotonic_features(spec, inputs, self._signs, self._numeric_embedding)
            return keras.Model(inputs, monotonic_layers(*bound, head.units, **layers))
        features = spec.dense_features(inputs, numeric_embedding=self._numeric_embedding)
        hidden = hidden_layers(features, **layers)
        logits = dense_layer_for(hidden)(head.units, name="logits")(hidden)
        return keras.Model(inputs, logits)

    def _check_monotonic(self, signs: Sequence[int]) -> None:
        from estimators.families.networks.monotonic_layers import check_monotonic

        if signs:
            check_monotonic(self.activation, batch_norm=self.batch_norm)

    def _architecture_key(self) -> Hashable:
        return self._key_with(values_of(self, HIDDEN_LAYERS))

    def _program_key(self) -> Hashable:
        from estimators.engine.compiled.rates import without_rates

        return self._key_with(without_rates(values_of(self, HIDDEN_LAYERS)))

    def _key_with(self, layers: Mapping[str, Any]) -> Hashable:
        return key_of([self._numeric_embedding, layers, *self._signs_key])


class DNNRegressor(RegressionTask, DNN):
    """Deep network for real values, counts or quantiles.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a
        fitted one is used as it is. By default the columns decide: numbers and numbers in texts
        are standardised, dates and dates in texts taken apart, free text read as words, other
        strings and categories become indicators where they are few, else embeddings; texts that
        name their row are left out, as is a column with one value. What was not plain is told,
        and ``feature_spec_`` prints the steps to copy and change.
    numeric_embedding : str, int, object, list or None, default='auto'
        What stands beside each number: for ``'piecewise_linear'`` how far it has come through
        each of 16 intervals between quantiles of the training rows, from 0 to 1, for an integer
        through as many intervals, for ``'periodic'`` 6 combinations of 16 cosines, for
        `feature_specs.PiecewiseLinear` and `feature_specs.Periodic` what these say, for None
        nothing. Beside a number of two values in the training rows stands nothing. ``'auto'``
        is None for a sparse matrix and for more than 100 other numbers, else piecewise linear.
    monotonic_cst : array-like of int of shape (n_features,) or dict of str to int, default=None
        With which columns of numbers predictions never fall (1) or never rise (-1), whatever
        the other columns hold; 0 leaves a column free. In the order of the columns of `X`, or
        by their names. Of two classes it is the probability of ``classes_[1]``; several classes
        or labels are an error, as in ``sklearn.ensemble.HistGradientBoostingClassifier``. It
        holds for any weights and to the last bit, for rows with a number there: a missing one
        stands outside of the order, since the mark beside its filling is free. Asks for an
        `activation` that never falls (one of straight pieces, such as ``'relu'``; exponentials,
        as in ``'tanh'``, are rounded either way in their last bits), for pieces or nothing
        beside the numbers, and for no `batch_norm`. Beside each hidden layer stands another one
        of its width, which sees free columns alone.
    hidden_units : sequence of int, default=(128, 128)
        Width of every hidden layer.
    activation : str or callable, default='relu'
        Activation of the hidden layers.
    dropout : float, default=0.0
        Share of hidden units silenced in each training step.
    batch_norm : bool, default=False
        Whether hidden layers are followed by normalisation.
    l1 : float, default=0.0
        Penalty on the absolute size of kernel weights.
    l2 : float, default=0.0
        Penalty on the squared size of kernel weights.
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
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam with a
        rate of 0.001, or of 0.002 that halves every 15 epochs where ``'auto'`` stops the
        training.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 1 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 100.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and
        from 16,384 on 256.
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
    DNNClassifier : The same network for classes.
    LinearRegressor : No hidden layers.

    Examples
    --------
    >>> from estimators import DNNRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = DNNRegressor(hidden_units=(32,), epochs=50, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.5)
    True

    References
    ----------
    ``tf.estimator.DNNRegressor``; ``sklearn.neural_network.MLPRegressor``.
    """


class DNNClassifier(ClassificationTask, DNN):
    """Deep network for two classes, several classes, or several labels at once.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a
        fitted one is used as it is. By default the columns decide: numbers and numbers in texts
        are standardised, dates and dates in texts taken apart, free text read as words, other
        strings and categories become indicators where they are few, else embeddings; texts that
        name their row are left out, as is a column with one value. What was not plain is told,
        and ``feature_spec_`` prints the steps to copy and change.
    numeric_embedding : str, int, object, list or None, default='auto'
        What stands beside each number: for ``'piecewise_linear'`` how far it has come through
        each of 16 intervals between quantiles of the training rows, from 0 to 1, for an integer
        through as many intervals, for ``'periodic'`` 6 combinations of 16 cosines, for
        `feature_specs.PiecewiseLinear` and `feature_specs.Periodic` what these say, for None
        nothing. Beside a number of two values in the training rows stands nothing. ``'auto'``
        is None for a sparse matrix and for more than 100 other numbers, else piecewise linear.
    monotonic_cst : array-like of int of shape (n_features,) or dict of str to int, default=None
        With which columns of numbers predictions never fall (1) or never rise (-1), whatever
        the other columns hold; 0 leaves a column free. In the order of the columns of `X`, or
        by their names. Of two classes it is the probability of ``classes_[1]``; several classes
        or labels are an error, as in ``sklearn.ensemble.HistGradientBoostingClassifier``. It
        holds for any weights and to the last bit, for rows with a number there: a missing one
        stands outside of the order, since the mark beside its filling is free. Asks for an
        `activation` that never falls (one of straight pieces, such as ``'relu'``; exponentials,
        as in ``'tanh'``, are rounded either way in their last bits), for pieces or nothing
        beside the numbers, and for no `batch_norm`. Beside each hidden layer stands another one
        of its width, which sees free columns alone.
    hidden_units : sequence of int, default=(128, 128)
        Width of every hidden layer.
    activation : str or callable, default='relu'
        Activation of the hidden layers.
    dropout : float, default=0.0
        Share of hidden units silenced in each training step.
    batch_norm : bool, default=False
        Whether hidden layers are followed by normalisation.
    l1 : float, default=0.0
        Penalty on the absolute size of kernel weights.
    l2 : float, default=0.0
        Penalty on the squared size of kernel weights.
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
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam with a
        rate of 0.001, or of 0.002 that halves every 15 epochs where ``'auto'`` stops the
        training.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 1 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 100.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and
        from 16,384 on 256.
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
        The trained network, from encoded features to logits.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    DNNRegressor : The same network for values.
    LinearClassifier : No hidden layers.

    Examples
    --------
    >>> from estimators import DNNClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = DNNClassifier(hidden_units=(16,), learning_rate=0.01, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True

    References
    ----------
    ``tf.estimator.DNNClassifier``; ``sklearn.neural_network.MLPClassifier``.
    """
