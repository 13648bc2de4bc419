"""What every estimator's parameters may be, and how they are documented: once, for all of them."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable
from numbers import Integral, Real

import keras
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from estimators.persistence.checkpoints import Checkpoints

SHARED_CONSTRAINTS: dict[str, list] = {
    "feature_spec": [HasMethods(["fit", "encode"]), HasMethods(["estimator"]), None],
    "loss": [str, callable, keras.losses.Loss, None],
    "optimizer": [str, keras.optimizers.Optimizer],
    "learning_rate": [
        Interval(Real, 0, None, closed="neither"),
        keras.optimizers.schedules.LearningRateSchedule,
        None,
    ],
    "epochs": [Interval(Integral, 0, None, closed="left")],
    "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "shuffle": ["boolean"],
    "standardize_target": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither"), None],
    "early_stopping": [
        "boolean",
        Interval(Integral, 1, None, closed="left"),
        keras.callbacks.EarlyStopping,
    ],
    "class_weight": [dict, list, StrOptions({"balanced"}), None],
    "callbacks": [list, tuple, keras.callbacks.Callback, None],
    "warm_start": ["boolean"],
    "warm_start_from": [str, os.PathLike, HasMethods(["variable_value"]), None],
    "jit_compile": ["boolean", StrOptions({"auto"})],
    "model_dir": [str, os.PathLike, Checkpoints, None],
    "log_dir": [str, os.PathLike, None],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}

_DOCUMENTED = {
    "feature_spec": (
        "FeatureSpec, default=None",
        "How columns become inputs. An unfitted spec is cloned and fitted on the training rows; a "
        "fitted one is used as it is. By default the columns decide: numbers are standardised, "
        "strings and categories become indicators where they are few, else embeddings.",
    ),
    "loss": (
        "str, callable or keras.losses.Loss, default=None",
        "Loss by its name in Keras or scikit-learn. For regression also ``'quantile'`` and "
        "``'poisson'`` (counts, log link); mean squared error by default. For classes "
        "cross-entropy by default.",
    ),
    "optimizer": (
        "str or keras.optimizers.Optimizer, default='auto'",
        "Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is {auto}.",
    ),
    "learning_rate": (
        "float or LearningRateSchedule, default=None",
        "Replaces the learning rate of the optimizer.",
    ),
    "epochs": (
        "int, default={default}",
        "Number of passes over the training rows; 0 prepares a network and does not train it.",
    ),
    "batch_size": (
        "int, default='auto'",
        "Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and "
        "from 16,384 on 256.",
    ),
    "shuffle": ("bool, default=True", "Whether every epoch takes the rows in a new order."),
    "standardize_target": (
        "bool, default={default}",
        "Whether a regression target is brought to mean 0 and standard deviation 1 for "
        "training; losses, predictions and coefficients stay in the target's units. Without "
        "effect on classes and counts.",
    ),
    "validation_fraction": (
        "float, default=None",
        "Share of the rows that is set aside (stratified for classes) and measured after every "
        "epoch.",
    ),
    "early_stopping": (
        "bool, int or keras.callbacks.EarlyStopping, default=False",
        "Number of epochs without improvement after which training stops and the best weights are "
        "restored; True means 10. Watches the validation loss, and sets 10 % of the rows "
        "aside where nothing else says what to validate on.",
    ),
    "class_weight": (
        "dict, list of dict or 'balanced', default=None",
        "Weights of the classes, as everywhere in scikit-learn; classifiers only.",
    ),
    "callbacks": (
        "keras.callbacks.Callback or list of them, default=None",
        "Each sees the network, the epochs and the logs it expects. With batch hooks the loop "
        "runs one batch at a time.",
    ),
    "warm_start": (
        "bool, default=False",
        "Whether ``fit`` continues from the weights and optimizer state of the previous ``fit``.",
    ),
    "warm_start_from": (
        "fitted estimator, str or Path, default=None",
        "Where ``fit`` takes its initial weights from, by name and shape: an estimator, the file "
        "of a saved one, or a checkpoint. ``warm_start_report_`` tells what was taken.",
    ),
    "jit_compile": (
        "bool or 'auto', default='auto'",
        "Whether XLA compiles the loop; ``'auto'`` decides by layers, device and number of rows.",
    ),
    "model_dir": (
        "str, Path or Checkpoints, default=None",
        "Folder that keeps checkpoints of the training, from which ``fit(..., resume=True)`` goes "
        "on after a crash; `Checkpoints` says how often and how many.",
    ),
    "log_dir": (
        "str or Path, default=None",
        "Folder for TensorBoard: measures of every epoch, the graph and the parameters. For "
        "histograms and images put ``keras.callbacks.TensorBoard`` among the callbacks.",
    ),
    "random_state": (
        "int, RandomState instance or None, default=None",
        "Decides initial weights, order of rows, dropout and the validation split. The same "
        "number gives the same bits.",
    ),
    "verbose": ("int, default=0", "1 shows a progress bar with rate and time left."),
    "hidden_units": ("sequence of int, default=(64, 64)", "Width of every hidden layer."),
    "activation": ("str or callable, default='relu'", "Activation of the hidden layers."),
    "dropout": ("float, default=0.0", "Share of hidden units silenced in each training step."),
    "batch_norm": ("bool, default=False", "Whether hidden layers are followed by normalisation."),
    "l1": ("float, default=0.0", "Penalty on the absolute size of kernel weights."),
    "l2": ("float, default=0.0", "Penalty on the squared size of kernel weights."),
}


def documented(**texts: object) -> Callable[[type], type]:
    """Return a class decorator that writes the section Parameters of a class docstring.

    The section stands where the docstring says ``{parameters}`` and follows the order of
    ``__init__``.

    Parameters
    ----------
    **texts : str or pair of str
        What ``{auto}`` stands for in shared texts, or a parameter's (type, description).

    Returns
    -------
    callable
    """

    def decorate(cls: type) -> type:
        blocks = []
        for name, parameter in list(inspect.signature(cls.__init__).parameters.items())[1:]:
            kind, text = texts.get(name) or _DOCUMENTED[name]
            kind = kind.replace("{default}", repr(parameter.default))
            text = text.replace("{auto}", str(texts.get("auto", "Adam")))
            blocks.append(f"    {name} : {kind}\n" + _wrap(text))
        section = "Parameters\n    ----------\n" + "\n".join(blocks)
        cls.__doc__ = re.sub(r"\{parameters\}", lambda _: section, cls.__doc__)
        return cls

    return decorate


def _wrap(text: str) -> str:
    import textwrap

    return textwrap.fill(text, 96, initial_indent=" " * 8, subsequent_indent=" " * 8)
