"""The parameters that every family has."""

from __future__ import annotations

import os
from numbers import Integral, Real

from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from estimators.base.parameters.instance_of import InstanceOf
from estimators.base.parameters.parameter import Parameter, constraints_of


def optimizer_text(auto: str) -> str:
    """Return what is said of `optimizer` where ``'auto'`` stands for `auto`."""
    return f"Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is {auto}."


def weight_decay_text(auto: float) -> str:
    """Return what is said of `weight_decay` where that of ``optimizer='auto'`` is `auto`."""
    return (
        "Share of its size, times the learning rate, that a step takes off every kernel and "
        "embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves "
        f"that of the optimizer, {auto:g} with ``'auto'``."
    )


def epochs_text(auto: int | str) -> str:
    """Return what is said of `epochs` where ``'auto'`` stands for `auto`."""
    return (
        "Number of passes over the training rows, at most; 0 prepares a network and does not train "
        f"it. ``'auto'`` is {auto}."
    )


FEATURE_SPEC = Parameter(
    "feature_spec",
    annotation="FeatureSpec | None",
    default=None,
    constraints=[HasMethods(["fit", "encode"]), HasMethods(["estimator"]), None],
    kind="FeatureSpec",
    text="How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a "
    "fitted one is used as it is. By default the columns decide: numbers and numbers in texts are "
    "standardised, dates and dates in texts taken apart, free text read as words, other strings "
    "and categories become indicators where they are few, else embeddings; texts that name their "
    "row are left out, as is a column with one value. What was not plain is told, and "
    "``feature_spec_`` prints the steps to copy and change.",
)

# Of families whose networks can be built so.
MONOTONIC_CST = Parameter(
    "monotonic_cst",
    annotation="Any",
    default=None,
    constraints=["array-like", dict, None],
    kind="array-like of int of shape (n_features,) or dict of str to int",
    text="With which columns of numbers predictions never fall (1) or never rise (-1), whatever "
    "the other columns hold; 0 leaves a column free. In the order of the columns of `X`, or by "
    "their names. Of two classes it is the probability of ``classes_[1]``; several classes or "
    "labels are an error, as in ``sklearn.ensemble.HistGradientBoostingClassifier``. It holds "
    "for any weights and to the last bit, for rows with a number there: a missing one stands "
    "outside of the order, since the mark beside its filling is free.",
)

SHARED = (
    Parameter(
        "loss",
        annotation="str | Callable | None",
        default=None,
        constraints=[str, callable, InstanceOf("keras.losses.Loss"), None],
        kind="str, callable or keras.losses.Loss",
        text="Loss by its name in Keras or scikit-learn, an object of Keras, or a function of "
        "target and predictions that returns a value a row. For regression also ``'quantile'`` "
        "(`QuantileLoss`, of several quantiles as well), with a log link ``'poisson'`` and "
        "``'negative_binomial'`` (counts, `NegativeBinomialLoss`), ``'gamma'`` and ``'tweedie'`` "
        "(positive values, `TweedieLoss`); mean squared error by default. It is a loss of the "
        "target's units, which training divides by a constant where the target is standardised: "
        "penalties and learning rates weigh the same in any unit. For classes cross-entropy by "
        "default; others see probabilities. ``'ordinal'`` is for classes in order (an ordered "
        "dtype, or numbers): the log-odds of reaching a class differ by thresholds alone.",
    ),
    Parameter(
        "metrics",
        annotation="Any",
        default=None,
        constraints=[str, list, tuple, dict, callable, InstanceOf("keras.metrics.Metric"), None],
        kind="str, metric, scorer, or list or dict of these",
        text="Measured after every epoch, on the training rows and on those that validate, and by "
        "`evaluate`: names of Keras (``'auc'``) or of scikit-learn's scorers (``'roc_auc'``), "
        "their objects, or functions of target and predictions. Of classes metrics of Keras see "
        "probabilities. The history has them by their names, those of validation rows as "
        "``'val_auc'``.",
    ),
    Parameter(
        "optimizer",
        annotation="str | keras.optimizers.Optimizer",
        default="auto",
        constraints=[str, InstanceOf("keras.optimizers.Optimizer")],
        kind="str or keras.optimizers.Optimizer",
        text=optimizer_text("Adam"),
    ),
    Parameter(
        "learning_rate",
        annotation="float | str | keras.optimizers.schedules.LearningRateSchedule | None",
        default=None,
        constraints=[
            Interval(Real, 0, None, closed="neither"),
            StrOptions({"cosine", "coslog4"}),
            InstanceOf("keras.optimizers.schedules.LearningRateSchedule"),
            None,
        ],
        kind="float, 'cosine', 'coslog4' or LearningRateSchedule",
        text="Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within "
        "each fit, ``'coslog4'`` in four waves, each twice as long as the one before.",
    ),
    Parameter(
        "weight_decay",
        annotation="float | None",
        default=None,
        constraints=[Interval(Real, 0, None, closed="left"), None],
        kind="float",
        text=weight_decay_text(0),
    ),
    Parameter(
        "epochs",
        annotation="int | str",
        default="auto",
        constraints=[Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
        kind="int or 'auto'",
        text=epochs_text(100),
    ),
    Parameter(
        "batch_size",
        annotation="int | str",
        default="auto",
        constraints=[Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        kind="int",
        text="Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 "
        "and from 16,384 on 256.",
    ),
    Parameter(
        "shuffle",
        annotation="bool",
        default=True,
        constraints=["boolean"],
        kind="bool",
        text="Whether every epoch takes the rows in a new order.",
    ),
    Parameter(
        "standardize_target",
        annotation="bool",
        default=True,
        constraints=["boolean"],
        kind="bool",
        text="Whether a regression target is brought to mean 0 and standard deviation 1 for "
        "training; losses, predictions and coefficients stay in the target's units. Without "
        "effect on classes and counts.",
    ),
    Parameter(
        "validation_fraction",
        annotation="float | None",
        default=None,
        constraints=[Interval(Real, 0, 1, closed="neither"), None],
        kind="float",
        text="Share of the rows that is set aside (stratified for classes) and measured after "
        "every epoch.",
    ),
    Parameter(
        "early_stopping",
        annotation="bool | int | str | keras.callbacks.EarlyStopping",
        default="auto",
        constraints=[
            "boolean",
            str,
            Interval(Integral, 1, None, closed="left"),
            InstanceOf("keras.callbacks.EarlyStopping"),
        ],
        kind="'auto', bool, int, str or keras.callbacks.EarlyStopping",
        text="Number of epochs without improvement of the validation loss after which training "
        "stops and the best weights are restored; True means 10, and so does the name of another "
        "measure, such as ``'val_accuracy'``, for that one. Sets 10 % of the rows aside where "
        "nothing else says what to validate on. ``'auto'`` means 20 and sets five times the square "
        "root of the number of rows aside, at most a fifth; below 300 rows all are trained on "
        "for all epochs.",
    ),
    Parameter(
        "members",
        annotation="int",
        default=1,
        constraints=[Interval(Integral, 1, None, closed="left")],
        kind="int",
        text="Number of networks that are trained alike and averaged, on the scale of "
        "probabilities, means or values.",
    ),
    Parameter(
        "members_split",
        annotation="Any",
        default="folds",
        constraints=[
            StrOptions({"folds", "bootstrap", "seeds"}),
            HasMethods(["split", "get_n_splits"]),
        ],
        kind="{'folds', 'bootstrap', 'seeds'} or splitter of scikit-learn",
        text="Which rows each of several members trains on: all but its own fold, as many as there "
        "are drawn with replacement, or all. It validates on those that it does not train on, and "
        "is stopped by them.",
    ),
    Parameter(
        "class_weight",
        annotation="dict | list | str | None",
        default=None,
        constraints=[dict, list, StrOptions({"balanced"}), None],
        kind="dict, list of dict or 'balanced'",
        text="Weights of the classes, as everywhere in scikit-learn; classifiers only.",
    ),
    Parameter(
        "callbacks",
        annotation="keras.callbacks.Callback | Sequence[keras.callbacks.Callback] | None",
        default=None,
        constraints=[list, tuple, InstanceOf("keras.callbacks.Callback"), None],
        kind="keras.callbacks.Callback or list of them",
        text="Each sees the network, the epochs and the logs it expects. With batch hooks the loop "
        "runs one batch at a time.",
    ),
    Parameter(
        "warm_start",
        annotation="bool",
        default=False,
        constraints=["boolean"],
        kind="bool",
        text="Whether ``fit`` continues from the weights and optimizer state of the previous "
        "``fit``.",
    ),
    Parameter(
        "warm_start_from",
        annotation="KerasEstimator | str | Path | None",
        default=None,
        constraints=[str, os.PathLike, HasMethods(["variable_value"]), None],
        kind="fitted estimator, str or Path",
        text="Where ``fit`` takes its initial weights from, by name and shape: an estimator, the "
        "file of a saved one, or a checkpoint. ``warm_start_report_`` tells what was taken.",
    ),
    Parameter(
        "jit_compile",
        annotation="bool | str",
        default="auto",
        constraints=["boolean", StrOptions({"auto"})],
        kind="bool or 'auto'",
        text="Whether XLA compiles the loop; ``'auto'`` decides by layers, device and number of "
        "rows.",
    ),
    Parameter(
        "model_dir",
        annotation="str | Path | Checkpoints | None",
        default=None,
        constraints=[
            str,
            os.PathLike,
            InstanceOf("estimators.persistence.checkpoints.Checkpoints"),
            None,
        ],
        kind="str, Path or Checkpoints",
        text="Folder that keeps checkpoints of the training, from which ``fit(..., resume=True)`` "
        "goes on after a crash; `Checkpoints` says how often and how many.",
    ),
    Parameter(
        "log_dir",
        annotation="str | Path | None",
        default=None,
        constraints=[str, os.PathLike, None],
        kind="str or Path",
        text="Folder for TensorBoard: measures of every epoch, the graph and the parameters. For "
        "histograms and images put ``keras.callbacks.TensorBoard`` among the callbacks.",
    ),
    Parameter(
        "n_jobs",
        annotation="int | None",
        default=-1,
        constraints=[Integral, None],
        kind="int",
        text="Threads that train members at the same time, in the terms of joblib; the bits are "
        "the same for any number.",
    ),
    Parameter(
        "random_state",
        annotation="Any",
        default=None,
        constraints=["random_state"],
        kind="int, RandomState instance or None",
        text="Decides initial weights, order of rows, dropout and the validation split. The same "
        "number gives the same bits.",
    ),
    Parameter(
        "verbose",
        annotation="int",
        default=0,
        constraints=["verbose"],
        kind="int",
        text="1 shows a progress bar with rate and time left.",
    ),
)

SHARED_CONSTRAINTS = constraints_of((FEATURE_SPEC, *SHARED))
