"""Several kinds of models for a table, trained on the same folds and averaged by their merit."""

from __future__ import annotations

from estimators.families.blends.blend import Tabular
from estimators.heads.tasks import ClassificationTask, RegressionTask


class TabularRegressor(RegressionTask, Tabular):
    """Regressor of tables with nothing to set: kinds of models, averaged by their merit.

    Linear models, deep networks and networks of neighbours see the same columns and train on the
    same folds. Each counts in the average as much as makes it best on rows that its members held
    out (greedy selection). These rows also give prediction intervals and `oof_prediction_`.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs of all estimators. By default as for `DNNClassifier`, for deep
        networks with standardised numbers and for the other kinds with numbers by their ranks
        as a normal distribution.
    quality : {'fast', 'good', 'best'}, default='good'
        Which kinds of models are trained: for ``'fast'`` linear ones and deep networks, for
        ``'good'`` networks of neighbours as well, for ``'best'`` more members and, of values,
        networks tuned for tables too. Without effect where `estimators` says so.
    estimators : sequence of str or (str, estimator), default=None
        What is trained and averaged: names of kinds, 'linear', 'deep', 'network', 'neighbors',
        or pairs of a name and an estimator of this library, which is cloned and given what the
        blend has: feature spec, loss, members and so on. What a pair names is set and searched
        by that name, as in ``set_params(deep__dropout=0.2)``.
    time_limit : float, default=None
        Seconds that the fit may take, about. What would take longer ends with the epoch under
        way and returns to its best one, or is left out, and a warning says what. The first
        estimator has an epoch in any case. Results then depend on the machine.
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
    standardize_target : bool, default=True
        Whether a regression target is brought to mean 0 and standard deviation 1 for training;
        losses, predictions and coefficients stay in the target's units. Without effect on
        classes and counts.
    members : int or 'auto', default='auto'
        Number of networks of each kind that are trained alike and averaged, on the scale of
        probabilities, means or values; 2 at least. ``'auto'`` is 5, for ``quality='best'`` and
        640 rows or more 10.
    members_split : {'folds', 'bootstrap'} or splitter of scikit-learn, default='folds'
        Which rows each of the members trains on: all but its own fold, or as many as there are
        drawn with replacement, or what a splitter says. It validates on those that it does not
        train on; by these rows the kinds are weighed.
    class_weight : dict, list of dict or 'balanced', default=None
        Weights of the classes, as everywhere in scikit-learn; classifiers only.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Each sees the network, the epochs and the logs it expects. With batch hooks the loop
        runs one batch at a time.
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
    estimators_ : dict of str to estimator
        The fitted estimators by the names of their kinds, each usable alone.
    weights_ : dict of str to float
        How much each counts in the average; 0 for one that does not take part.
    feature_spec_ : FeatureSpec
        The fitted feature spec, of the estimators that take numbers by ranks where some do.
    feature_specs_ : dict of str to FeatureSpec
        All fitted feature specs, by what the names of their inputs in `network_` begin with.
    network_ : keras.Model
        All networks as one, from encoded features to values.
    oof_prediction_ : ndarray of shape (rows,) or (rows, outputs)
        Predictions for the rows of the fit by those who did not see them.
    n_iter_ : int
        Number of epochs trained, the most of any estimator.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    DNNRegressor, TabularNetworkRegressor, NeighborNetworkRegressor : Kinds of their own.
    TabularClassifier : The same for classes.

    Notes
    -----
    On 14 public tables errors are .92 of those of scikit-learn's boosted trees with ``'fast'``,
    .89 with ``'good'`` in four times the time, and .88 with ``'best'`` in twice that time. ``python
    -m benchmarks.quality`` measures this, ``python -m benchmarks.blends`` what each kind brings.

    References
    ----------
    Caruana, Niculescu-Mizil, Crew and Ksikes, Ensemble selection from libraries of models, 2004;
    Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024; Ye et al., Revisiting Nearest
    Neighbor for Tabular Data, 2024.

    Examples
    --------
    >>> from estimators import TabularRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = TabularRegressor(quality="fast", random_state=0).fit(X, y)
    >>> bool(model.oof_score_ > 0.4), list(model.weights_)
    (True, ['linear', 'deep'])
    """


class TabularClassifier(ClassificationTask, Tabular):
    """Classifier of tables with nothing to set: kinds of models, averaged by their merit.

    Linear models, deep networks and networks of neighbours see the same columns and train on the
    same folds. Each counts in the average as much as makes it best on rows that its members held
    out (greedy selection). These rows also calibrate prediction sets and `oof_prediction_`.

    Parameters
    ----------
    feature_spec : FeatureSpec, default=None
        How columns become inputs of all estimators. By default as for `DNNClassifier`, for deep
        networks with standardised numbers and for the other kinds with numbers by their ranks
        as a normal distribution.
    quality : {'fast', 'good', 'best'}, default='good'
        Which kinds of models are trained: for ``'fast'`` linear ones and deep networks, for
        ``'good'`` networks of neighbours as well, for ``'best'`` more members and, of values,
        networks tuned for tables too. Without effect where `estimators` says so.
    estimators : sequence of str or (str, estimator), default=None
        What is trained and averaged: names of kinds, 'linear', 'deep', 'network', 'neighbors',
        or pairs of a name and an estimator of this library, which is cloned and given what the
        blend has: feature spec, loss, members and so on. What a pair names is set and searched
        by that name, as in ``set_params(deep__dropout=0.2)``.
    time_limit : float, default=None
        Seconds that the fit may take, about. What would take longer ends with the epoch under
        way and returns to its best one, or is left out, and a warning says what. The first
        estimator has an epoch in any case. Results then depend on the machine.
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
    standardize_target : bool, default=True
        Whether a regression target is brought to mean 0 and standard deviation 1 for training;
        losses, predictions and coefficients stay in the target's units. Without effect on
        classes and counts.
    members : int or 'auto', default='auto'
        Number of networks of each kind that are trained alike and averaged, on the scale of
        probabilities, means or values; 2 at least. ``'auto'`` is 5, for ``quality='best'`` and
        640 rows or more 10.
    members_split : {'folds', 'bootstrap'} or splitter of scikit-learn, default='folds'
        Which rows each of the members trains on: all but its own fold, or as many as there are
        drawn with replacement, or what a splitter says. It validates on those that it does not
        train on; by these rows the kinds are weighed.
    class_weight : dict, list of dict or 'balanced', default=None
        Weights of the classes, as everywhere in scikit-learn; classifiers only.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Each sees the network, the epochs and the logs it expects. With batch hooks the loop
        runs one batch at a time.
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
    estimators_ : dict of str to estimator
        The fitted estimators by the names of their kinds, each usable alone.
    weights_ : dict of str to float
        How much each counts in the average; 0 for one that does not take part.
    feature_spec_ : FeatureSpec
        The fitted feature spec, of the estimators that take numbers by ranks where some do.
    feature_specs_ : dict of str to FeatureSpec
        All fitted feature specs, by what the names of their inputs in `network_` begin with.
    network_ : keras.Model
        All networks as one, from encoded features to logits.
    classes_ : ndarray of shape (classes,)
        Labels, in the order of the columns of ``predict_proba``.
    n_iter_ : int
        Number of epochs trained, the most of any estimator.
    n_features_in_ : int
        Number of columns seen at fit.
    feature_names_in_ : ndarray of str
        Their names, where all of them are strings.

    See Also
    --------
    DNNClassifier, TabularNetworkClassifier, NeighborNetworkClassifier : Kinds of their own.
    TabularRegressor : The same for values.

    Notes
    -----
    On 14 public tables errors are .92 of those of scikit-learn's boosted trees with ``'fast'``,
    .89 with ``'good'`` in four times the time, and .88 with ``'best'`` in twice that time. ``python
    -m benchmarks.quality`` measures this, ``python -m benchmarks.blends`` what each kind brings.

    References
    ----------
    Caruana, Niculescu-Mizil, Crew and Ksikes, Ensemble selection from libraries of models, 2004;
    Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024; Ye et al., Revisiting Nearest
    Neighbor for Tabular Data, 2024.

    Examples
    --------
    >>> from estimators import TabularClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = TabularClassifier(quality="fast", random_state=0).fit(X, y)
    >>> bool(model.oof_score_ > 0.9), list(model.weights_)
    (True, ['linear', 'deep'])
    """
