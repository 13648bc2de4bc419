"""Wide and deep: a linear model and a deep network whose logits are added and trained together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import FEATURE_SPEC, constraints_of, keep_parameters, values_of
from estimators.engine.compiled.keys import key_of
from estimators.explanations.explain_methods import ExplainMethods
from estimators.families.family import Family
from estimators.families.networks.hidden_layers import HIDDEN_LAYERS, hidden_layers
from estimators.families.networks.penalties import PENALTIES, penalty
from estimators.families.networks.sides import inputs_of, inputs_of_all, spec_of
from estimators.families.networks.wide_and_deep import (
    AUTO_OPTIMIZERS,
    BOTH_SIDES,
    DNN_SIDE,
    LINEAR_SIDE,
)
from estimators.heads.head import Head
from estimators.heads.optimizers import optimizer_of
from estimators.heads.tasks import ClassificationTask, RegressionTask
from feature_specs import FeatureSpec

if TYPE_CHECKING:
    import keras

    from estimators.persistence.checkpoints import Checkpoints


class Combined(ExplainMethods, Family):
    """The family of wide and deep networks, for any task."""

    _parameters = (FEATURE_SPEC, *LINEAR_SIDE, *DNN_SIDE, *BOTH_SIDES)
    _parameter_constraints = constraints_of(_parameters)
    _of_earlier_versions: ClassVar = {"dnn_numeric_embedding": None, "dnn_weight_decay": 0.0}

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        linear_feature_spec: FeatureSpec | None = None,
        linear_columns: Any = None,
        linear_optimizer: str | keras.optimizers.Optimizer = "auto",
        linear_learning_rate: float
        | str
        | keras.optimizers.schedules.LearningRateSchedule
        | None = None,
        linear_weight_decay: float | None = None,
        linear_l1: float = 0.0,
        linear_l2: float = 0.0,
        dnn_feature_spec: FeatureSpec | None = None,
        dnn_columns: Any = None,
        dnn_optimizer: str | keras.optimizers.Optimizer = "auto",
        dnn_learning_rate: float
        | str
        | keras.optimizers.schedules.LearningRateSchedule
        | None = None,
        dnn_weight_decay: float | None = None,
        dnn_numeric_embedding: Any = "auto",
        dnn_hidden_units: Sequence[int] = (128, 128),
        dnn_activation: str | Callable = "relu",
        dnn_dropout: float = 0.0,
        dnn_batch_norm: bool = False,
        dnn_l1: float = 0.0,
        dnn_l2: float = 0.0,
        loss: str | Callable | None = None,
        metrics: Any = None,
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
    def _rate_may_fall(self) -> bool:
        return self.dnn_optimizer == "auto" and self.dnn_learning_rate is None

    @property
    def linear_feature_spec_(self) -> FeatureSpec:
        """The fitted feature spec of the linear side."""
        self._fitted("linear_feature_spec_")
        return spec_of(self._specs_, "linear")

    @property
    def dnn_feature_spec_(self) -> FeatureSpec:
        """The fitted feature spec of the deep side."""
        self._fitted("dnn_feature_spec_")
        return spec_of(self._specs_, "dnn")

    def _new_specs(self) -> dict[str, FeatureSpec | None]:
        """Return one spec for both sides, or two whose inputs are told apart by a prefix."""
        if self.linear_feature_spec is None and self.dnn_feature_spec is None:
            return {"": self.feature_spec}
        return {
            "linear:": _first_given(self.linear_feature_spec, self.feature_spec),
            "dnn:": _first_given(self.dnn_feature_spec, self.feature_spec),
        }

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        import keras

        from feature_specs.networks.sparse_layers import dense_layer_for

        inputs = inputs_of_all(specs)
        linear = spec_of(specs, "linear").linear_logits(
            inputs_of(specs, inputs, "linear"),
            head.units,
            columns=self.linear_columns,
            kernel_regularizer=penalty(**values_of(self, PENALTIES, "linear_")),
        )
        features = spec_of(specs, "dnn").dense_features(
            inputs_of(specs, inputs, "dnn"),
            columns=self.dnn_columns,
            numeric_embedding=self.dnn_numeric_embedding,
        )
        hidden = hidden_layers(features, **values_of(self, HIDDEN_LAYERS, "dnn_"))
        dnn = dense_layer_for(hidden)(head.units, name="dnn_logits")(hidden)
        sides = {"linear": linear, "dnn": dnn}
        # In a row, not by name: TensorBoard cannot draw models inside a model otherwise.
        tensors = list(inputs.values())
        parts = {name: keras.Model(tensors, logits, name=name) for name, logits in sides.items()}
        logits = keras.layers.Add(name="logits")([part(tensors) for part in parts.values()])
        return keras.Model(inputs, logits)

    def _architecture_key(self) -> Hashable:
        return self._key_of(
            values_of(self, PENALTIES, "linear_"), values_of(self, HIDDEN_LAYERS, "dnn_")
        )

    def _program_key(self) -> Hashable:
        from estimators.engine.compiled.rates import without_rates

        linear, dnn = values_of(self, PENALTIES, "linear_"), values_of(self, HIDDEN_LAYERS, "dnn_")
        return self._key_of(without_rates(linear), without_rates(dnn))

    def _key_of(self, linear: Mapping, dnn: Mapping) -> Hashable:
        return key_of(
            [self.linear_columns, linear, self.dnn_columns, self.dnn_numeric_embedding, dnn]
        )

    def _optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        given = ("optimizer", "learning_rate", "weight_decay")
        return {
            side: optimizer_of(*(getattr(self, f"{side}_{name}") for name in given), auto)
            for side, auto in AUTO_OPTIMIZERS.items()
        }


def _first_given(*specs: FeatureSpec | None) -> FeatureSpec | None:
    return next((spec for spec in specs if spec is not None), None)


class DNNLinearCombinedRegressor(RegressionTask, Combined):
    """Wide and deep network for real values, counts or quantiles.

    Each side has an optimizer of its own, which updates that side's weights only.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a
        fitted one is used as it is. By default the columns decide: numbers and numbers in texts
        are standardised, dates and dates in texts taken apart, free text read as words, other
        strings and categories become indicators where they are few, else embeddings; texts that
        name their row are left out, as is a column with one value. What was not plain is told,
        and ``feature_spec_`` prints the steps to copy and change.
    linear_feature_spec : FeatureSpec, default=None
        Columns of the linear side where they differ from `feature_spec`.
    linear_columns : selector, str or list of str, default=None
        Which features of `feature_spec` the linear side takes; all by default.
    linear_optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer of the linear side alone. ``'auto'`` is FTRL.
    linear_learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Learning rate of the linear side; 0.05 with ``'auto'``, and ``'cosine'`` lets it fall to
        0 within each fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    linear_weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    linear_l1 : float, default=0.0
        Penalty on the absolute size of linear weights.
    linear_l2 : float, default=0.0
        Penalty on the squared size of linear weights.
    dnn_feature_spec : FeatureSpec, default=None
        Columns of the deep side where they differ from `feature_spec`.
    dnn_columns : selector, str or list of str, default=None
        Which features of `feature_spec` the deep side takes; all by default.
    dnn_optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer of the deep side alone. ``'auto'`` is Adam with a rate of 0.001, or of 0.002
        that halves every 15 epochs where ``'auto'`` stops the training.
    dnn_learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Learning rate of the deep side; 0.001 with ``'auto'``, and ``'cosine'`` lets it fall to
        0 within each fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    dnn_weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 1 with ``'auto'``.
    dnn_numeric_embedding : str, int, object, list or None, default='auto'
        What stands beside each number: for ``'piecewise_linear'`` how far it has come through
        each of 16 intervals between quantiles of the training rows, from 0 to 1, for an integer
        through as many intervals, for ``'periodic'`` 6 combinations of 16 cosines, for
        `feature_specs.PiecewiseLinear` and `feature_specs.Periodic` what these say, for None
        nothing. Beside a number of two values in the training rows stands nothing. ``'auto'``
        is None for a sparse matrix and for more than 100 other numbers, else piecewise linear.
    dnn_hidden_units : sequence of int, default=(128, 128)
        Width of every hidden layer.
    dnn_activation : str or callable, default='relu'
        Activation of the hidden layers.
    dnn_dropout : float, default=0.0
        Share of hidden units silenced in each training step.
    dnn_batch_norm : bool, default=False
        Whether hidden layers are followed by normalisation.
    dnn_l1 : float, default=0.0
        Penalty on the absolute size of the deep side's kernels.
    dnn_l2 : float, default=0.0
        Penalty on the squared size of the deep side's kernels.
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
    linear_feature_spec_ : FeatureSpec
        The fitted feature spec of the linear side.
    dnn_feature_spec_ : FeatureSpec
        The fitted feature spec of the deep side.
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
    DNNLinearCombinedClassifier : The same network for classes.

    Examples
    --------
    >>> from estimators import DNNLinearCombinedRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = DNNLinearCombinedRegressor(dnn_hidden_units=(16,), epochs=30, random_state=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.5)
    True

    References
    ----------
    ``tf.estimator.DNNLinearCombinedRegressor``; Cheng et al., Wide & Deep Learning for
    Recommender Systems, 2016.
    """


class DNNLinearCombinedClassifier(ClassificationTask, Combined):
    """Wide and deep network for two classes, several classes, or several labels at once.

    Each side has an optimizer of its own, which updates that side's weights only.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a
        fitted one is used as it is. By default the columns decide: numbers and numbers in texts
        are standardised, dates and dates in texts taken apart, free text read as words, other
        strings and categories become indicators where they are few, else embeddings; texts that
        name their row are left out, as is a column with one value. What was not plain is told,
        and ``feature_spec_`` prints the steps to copy and change.
    linear_feature_spec : FeatureSpec, default=None
        Columns of the linear side where they differ from `feature_spec`.
    linear_columns : selector, str or list of str, default=None
        Which features of `feature_spec` the linear side takes; all by default.
    linear_optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer of the linear side alone. ``'auto'`` is FTRL.
    linear_learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Learning rate of the linear side; 0.05 with ``'auto'``, and ``'cosine'`` lets it fall to
        0 within each fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    linear_weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    linear_l1 : float, default=0.0
        Penalty on the absolute size of linear weights.
    linear_l2 : float, default=0.0
        Penalty on the squared size of linear weights.
    dnn_feature_spec : FeatureSpec, default=None
        Columns of the deep side where they differ from `feature_spec`.
    dnn_columns : selector, str or list of str, default=None
        Which features of `feature_spec` the deep side takes; all by default.
    dnn_optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer of the deep side alone. ``'auto'`` is Adam with a rate of 0.001, or of 0.002
        that halves every 15 epochs where ``'auto'`` stops the training.
    dnn_learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Learning rate of the deep side; 0.001 with ``'auto'``, and ``'cosine'`` lets it fall to
        0 within each fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    dnn_weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 1 with ``'auto'``.
    dnn_numeric_embedding : str, int, object, list or None, default='auto'
        What stands beside each number: for ``'piecewise_linear'`` how far it has come through
        each of 16 intervals between quantiles of the training rows, from 0 to 1, for an integer
        through as many intervals, for ``'periodic'`` 6 combinations of 16 cosines, for
        `feature_specs.PiecewiseLinear` and `feature_specs.Periodic` what these say, for None
        nothing. Beside a number of two values in the training rows stands nothing. ``'auto'``
        is None for a sparse matrix and for more than 100 other numbers, else piecewise linear.
    dnn_hidden_units : sequence of int, default=(128, 128)
        Width of every hidden layer.
    dnn_activation : str or callable, default='relu'
        Activation of the hidden layers.
    dnn_dropout : float, default=0.0
        Share of hidden units silenced in each training step.
    dnn_batch_norm : bool, default=False
        Whether hidden layers are followed by normalisation.
    dnn_l1 : float, default=0.0
        Penalty on the absolute size of the deep side's kernels.
    dnn_l2 : float, default=0.0
        Penalty on the squared size of the deep side's kernels.
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
    linear_feature_spec_ : FeatureSpec
        The fitted feature spec of the linear side.
    dnn_feature_spec_ : FeatureSpec
        The fitted feature spec of the deep side.
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
    DNNLinearCombinedRegressor : The same network for values.

    Examples
    --------
    >>> from estimators import DNNLinearCombinedClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = DNNLinearCombinedClassifier(dnn_hidden_units=(16,), epochs=50, random_state=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.9)
    True

    References
    ----------
    ``tf.estimator.DNNLinearCombinedClassifier``; Cheng et al., Wide & Deep Learning for
    Recommender Systems, 2016.
    """
