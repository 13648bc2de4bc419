"""What parameters are called elsewhere, and what to say to who types such a name here."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from inspect import Parameter, signature
from typing import Any, TypeVar

from feature_specs.columns.did_you_mean import nearest_name

Method = TypeVar("Method", bound=Callable)

# Ours, and what scikit-learn, Keras, skorch, XGBoost, LightGBM, CatBoost and fastai say.
_ELSEWHERE = {
    "hidden_units": ("hidden_layer_sizes", "hidden_layers", "hidden_sizes", "layers", "units"),
    "epochs": ("max_iter", "max_epochs", "n_epochs", "num_epochs", "nb_epoch", "iterations"),
    "learning_rate": ("lr", "eta", "learning_rate_init", "eta0"),
    "optimizer": ("solver", "optim"),
    "loss": ("objective", "criterion", "loss_function", "loss_fn", "quantile_alpha"),
    "l2": ("alpha", "reg_lambda", "lambda_l2", "l2_regularization", "penalty", "C"),
    "l1": ("reg_alpha", "lambda_l1"),
    "dropout": ("dropout_rate", "drop_rate"),
    "batch_norm": ("batch_normalization", "batchnorm"),
    "batch_size": ("batch", "train_batch_size"),
    "early_stopping": ("early_stopping_rounds", "n_iter_no_change", "patience", "od_wait"),
    "validation_fraction": ("validation_split", "valid_size", "train_split"),
    "random_state": ("seed", "random_seed", "tf_random_seed"),
    "members": ("n_estimators", "num_members", "n_members"),
    "n_jobs": ("n_threads", "num_threads", "nthread", "thread_count", "workers"),
    "class_weight": ("scale_pos_weight", "class_weights", "is_unbalance"),
    "verbose": ("verbosity", "verbose_eval", "silent"),
    "weight_decay": ("wd", "decay"),
    "feature_spec": ("feature_columns", "cat_features", "categorical_features", "preprocessor"),
    "monotonic_cst": ("monotone_constraints", "monotonic_constraints", "monotonicity"),
    "network": ("model", "module", "build_fn", "model_fn"),
    "filters": ("channels", "n_filters"),
    "validation_data": ("eval_set", "eval_data", "validation_set", "valid_sets", "val_data"),
    "sample_weight": ("weights", "weight", "sample_weights"),
    "groups": ("group", "group_id", "groups_"),
    "callbacks": ("callback",),
    "y": ("target", "labels", "label", "targets"),
    "X": ("data", "features", "x", "df", "input_fn"),
    "return_std": ("return_cov", "std"),
    "coverage": ("confidence_level", "confidence", "level", "alpha"),
}


def advice_for(name: str, known: Iterable[str]) -> str:
    """Return the end of an error message for a name that is none of the `known` ones.

    Parameters
    ----------
    name : str
    known : iterable of str

    Examples
    --------
    >>> advice_for("hidden_layers", ["hidden_units", "epochs"])
    "did you mean 'hidden_units'?"
    >>> advice_for("booster", ["hidden_units", "epochs"])
    'there are hidden_units, epochs.'
    """
    known = list(known)
    likely = [ours for ours, names in _ELSEWHERE.items() if name in names and ours in known]
    likely = likely[0] if likely else nearest_name(name, known)
    return f"did you mean {likely!r}?" if likely else f"there are {', '.join(known)}."


def check_names(function: Callable, owner: str, given: Iterable[str]) -> None:
    """Raise where a name is none of the parameters of a function.

    Parameters
    ----------
    function : callable
    owner : str
        What errors call it.
    given : iterable of str
        Names of arguments.

    Raises
    ------
    TypeError
        Naming the argument and what it may be called here.
    """
    parameters = signature(function).parameters
    unknown = [name for name in given if name not in parameters]
    if unknown and not any(p.kind is Parameter.VAR_KEYWORD for p in parameters.values()):
        known = [name for name in parameters if name != "self"]
        raise TypeError(f"{owner} has no parameter {unknown[0]!r}; {advice_for(unknown[0], known)}")


def advises_on_names(method: Method) -> Method:
    """Let a method say what a parameter is called here that is called otherwise elsewhere."""

    @functools.wraps(method)
    def checked(self: object, *arguments: Any, **named: Any) -> Any:
        # Rows are predicted one by one, mostly without names.
        if named:
            check_names(method, f"{type(self).__name__}.{method.__name__}", named)
        return method(self, *arguments, **named)

    return checked
