"""Networks tuned for tables: every number embedded, every layer scaled, a rate in waves."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import (
    FEATURE_SPEC,
    SHARED,
    changed,
    constraints_of,
    epochs_text,
    keep_parameters,
    optimizer_text,
    values_of,
    weight_decay_text,
)
from estimators.engine.compiled.keys import key_of
from estimators.explanations.explain_methods import ExplainMethods
from estimators.families.networks.hidden_layers import HIDDEN_LAYERS
from estimators.families.networks.numeric_embedding import NUMERIC_EMBEDDING
from estimators.families.networks.scaled_layers import scaled_layers
from estimators.families.networks.tabular_inputs import EMBEDDING_TEXT, SPEC_TEXT
from estimators.families.tuned_for_tables import AUTO_WEIGHT_DECAY, TunedForTables
from estimators.heads.classification import ClassHead
from estimators.heads.head import Head
from estimators.heads.tasks import ClassificationTask, RegressionTask
from feature_specs import FeatureSpec

if TYPE_CHECKING:
    import keras

    from estimators.persistence.checkpoints import Checkpoints

_BATCH_SIZES = ((256, 4_097), (128, 1_025), (64, 0))
_SMALL_TABLE, _MEDIUM_TABLE = 1_024, 4_096
_OF_LAYERS = tuple(p for p in HIDDEN_LAYERS if p.name in ("hidden_units", "activation", "dropout"))


class TabularNetwork(ExplainMethods, TunedForTables):
    """The family of networks tuned for tables, for any task."""

    _parameters = (
        *changed(
            (FEATURE_SPEC, *NUMERIC_EMBEDDING, *_OF_LAYERS, *SHARED),
            feature_spec={"text": SPEC_TEXT},
            numeric_embedding={"text": EMBEDDING_TEXT},
            hidden_units={"default": (128, 128, 128)},
            activation={
                "text": "Activation of the hidden layers, of which each unit learns how much it "
                "wants."
            },
            dropout={"default": 0.05},
            optimizer={
                "text": optimizer_text(
                    "Adam (beta_2 of 0.95) with a rate of 0.1 for values and 0.04 for classes, in "
                    "four waves over a fit"
                )
            },
            weight_decay={"text": weight_decay_text(AUTO_WEIGHT_DECAY)},
            epochs={
                "text": epochs_text(
                    "128 up to 1,024 training rows, then 48, from 4,097 on 40; for classes 48 and "
                    "20"
                )
            },
            batch_size={
                "text": "Rows a step. ``'auto'`` is 64 up to 1,024 training rows, then 128, from "
                "4,097 on 256."
            },
            early_stopping={
                "text": "Number of epochs without improvement of the validation loss after which "
                "training stops and the best weights are restored; True means 10. Sets 10 % of the "
                "rows aside where nothing else says what to validate on. ``'auto'`` returns to the "
                "best epoch and stops for classes alone, after 40 epochs up to 1,024 training rows "
                "and 14 beyond; it sets five times the square root of the number of rows aside, at "
                "most a fifth, and below 300 rows all are trained on for all epochs."
            },
        ),
    )
    _parameter_constraints = constraints_of(_parameters)

    def __init__(
        self,
        feature_spec: FeatureSpec | None = None,
        *,
        numeric_embedding: Any = "auto",
        hidden_units: Sequence[int] = (128, 128, 128),
        activation: str | Callable = "relu",
        dropout: float = 0.05,
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
    def _highest_rate(self) -> float:
        return 0.04 if self._has_classes else 0.1

    def _auto_epochs(self, row_count: int) -> int:
        if row_count <= _SMALL_TABLE:
            return 48 if self._has_classes else 128
        if self._has_classes:
            return 20
        return 48 if row_count <= _MEDIUM_TABLE else 40

    def _auto_patience(self, row_count: int) -> int:
        if not self._has_classes:
            return self._auto_epochs(row_count)
        return 40 if row_count <= _SMALL_TABLE else 14

    def _auto_batch_size(self, row_count: int) -> int:
        return next(size for size, rows in _BATCH_SIZES if row_count >= rows)

    @property
    def _has_classes(self) -> bool:
        return isinstance(self.head_, ClassHead)

    def _build(self, specs: Mapping[str, FeatureSpec], head: Head) -> keras.Model:
        import keras

        inputs, features = self._features(specs)
        outputs = scaled_layers(
            features, head.units, is_clipped=not isinstance(head, ClassHead),
            **values_of(self, _OF_LAYERS),
        )  # fmt: skip
        return keras.Model(inputs, outputs)

    def _architecture_key(self) -> Hashable:
        # Outputs for classes are not clipped.
        settings = [self.numeric_embedding, values_of(self, _OF_LAYERS)]
        return key_of([*settings, self._has_classes])


class TabularNetworkRegressor(RegressionTask, TabularNetwork):
    """Network tuned for tables, for real values, counts or quantiles.

    Numbers enter by their ranks, as cosines and in pieces; layers are scaled by their width and
    learn at rates of their own, which come in waves. It takes several times as long as
    `DNNRegressor`.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs; by default as for `DNNClassifier`, but numbers by their ranks
        as a normal distribution, up to 3.5 from 0.
    numeric_embedding : str, int, object, list or None, default='auto'
        What stands beside each number, as for `DNNClassifier`. ``'auto'`` is 6 combinations of
        16 cosines and 6 of 32 pieces, or nothing for a sparse matrix and for more than 100
        numbers.
    hidden_units : sequence of int, default=(128, 128, 128)
        Width of every hidden layer.
    activation : str or callable, default='relu'
        Activation of the hidden layers, of which each unit learns how much it wants.
    dropout : float, default=0.05
        Share of hidden units silenced in each training step.
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
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam
        (beta_2 of 0.95) with a rate of 0.1 for values and 0.04 for classes, in four waves over
        a fit.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0.02 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 128 up to 1,024 training rows, then 48, from 4,097 on 40; for
        classes 48 and 20.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 64 up to 1,024 training rows, then 128, from 4,097 on 256.
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
        nothing else says what to validate on. ``'auto'`` returns to the best epoch and stops
        for classes alone, after 40 epochs up to 1,024 training rows and 14 beyond; it sets five
        times the square root of the number of rows aside, at most a fifth, and below 300 rows
        all are trained on for all epochs.
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
    >>> from estimators import TabularNetworkRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = TabularNetworkRegressor(hidden_units=32, epochs=20, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.5)
    True

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024 (RealMLP); Gorishniy, Rubachev and
    Babenko, On Embeddings for Numerical Features in Tabular Deep Learning, 2022.
    """


class TabularNetworkClassifier(ClassificationTask, TabularNetwork):
    """Network tuned for tables, for two classes, several classes, or several labels at once.

    Numbers enter by their ranks, as cosines and in pieces; layers are scaled by their width and
    learn at rates of their own, which come in waves. It takes several times as long as
    `DNNClassifier`.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs; by default as for `DNNClassifier`, but numbers by their ranks
        as a normal distribution, up to 3.5 from 0.
    numeric_embedding : str, int, object, list or None, default='auto'
        What stands beside each number, as for `DNNClassifier`. ``'auto'`` is 6 combinations of
        16 cosines and 6 of 32 pieces, or nothing for a sparse matrix and for more than 100
        numbers.
    hidden_units : sequence of int, default=(128, 128, 128)
        Width of every hidden layer.
    activation : str or callable, default='relu'
        Activation of the hidden layers, of which each unit learns how much it wants.
    dropout : float, default=0.05
        Share of hidden units silenced in each training step.
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
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam
        (beta_2 of 0.95) with a rate of 0.1 for values and 0.04 for classes, in four waves over
        a fit.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0.02 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 128 up to 1,024 training rows, then 48, from 4,097 on 40; for
        classes 48 and 20.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 64 up to 1,024 training rows, then 128, from 4,097 on 256.
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
        nothing else says what to validate on. ``'auto'`` returns to the best epoch and stops
        for classes alone, after 40 epochs up to 1,024 training rows and 14 beyond; it sets five
        times the square root of the number of rows aside, at most a fifth, and below 300 rows
        all are trained on for all epochs.
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
    >>> from estimators import TabularNetworkClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = TabularNetworkClassifier(hidden_units=16, epochs=10, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024 (RealMLP); Gorishniy, Rubachev and
    Babenko, On Embeddings for Numerical Features in Tabular Deep Learning, 2022.
    """
