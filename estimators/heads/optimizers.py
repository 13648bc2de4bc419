"""The optimizer that parameters describe: by name or object, with a rate and weight decay."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from estimators.heads.keras_names import find_optimizer

if TYPE_CHECKING:
    import keras

    from estimators.engine.layers.schedules import WithinFit

CURVES = ("cosine", "coslog4")

# Keras calls by these names what multiplies: decay leaves alone every variable called otherwise.
_OTHER_THAN_KERNELS = "^(?!.*(kernel|embedding))"


class Auto(NamedTuple):
    """What ``optimizer='auto'`` stands for."""

    optimizer: str | keras.optimizers.Optimizer
    learning_rate: float | WithinFit
    weight_decay: float | None = None


def optimizer_of(
    optimizer: str | keras.optimizers.Optimizer,
    learning_rate: float | str | keras.optimizers.schedules.LearningRateSchedule | None,
    weight_decay: float | None,
    auto: Auto,
) -> keras.optimizers.Optimizer:
    """Return a new optimizer as an estimator's parameters describe it.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer
        An object is copied.
    learning_rate : float, 'cosine', 'coslog4', schedule or None
        None leaves the optimizer's own.
    weight_decay : float or None
        None leaves the optimizer's own.
    auto : Auto
        What ``'auto'`` stands for.

    Returns
    -------
    keras.optimizers.Optimizer

    Raises
    ------
    ValueError
        For a name or an object that cannot be used, where a rate that should fall is a
        schedule already, and where weight decay would do nothing.

    Examples
    --------
    >>> adam = optimizer_of("auto", "cosine", 0.1, Auto("adam", 0.5))
    >>> adam.weight_decay, adam._learning_rate.get_config()
    (0.1, {'initial_learning_rate': 0.5})

    References
    ----------
    Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019; ``keras.optimizers.AdamW``.
    """
    curve = learning_rate if isinstance(learning_rate, str) else None
    rate = None if curve else learning_rate
    if optimizer == "auto":
        optimizer, rate = auto.optimizer, auto.learning_rate if rate is None else rate
        weight_decay = auto.weight_decay if weight_decay is None else weight_decay
    found = find_optimizer(optimizer, rate)
    if curve is not None:
        found = find_optimizer(found, _along(curve, found))
    if weight_decay is not None:
        _decay(found, weight_decay)
    return found


def _along(curve: str, optimizer: keras.optimizers.Optimizer) -> WithinFit:
    from estimators.engine.layers.schedules import DecayWithinFit, WavesWithinFit
    from estimators.engine.optimizers import learning_rate_of

    inner = _innermost(optimizer)
    kind = dict(zip(CURVES, (DecayWithinFit, WavesWithinFit), strict=True))[curve]
    if isinstance(inner._learning_rate, kind):
        return inner._learning_rate
    rate = learning_rate_of(inner)
    if rate is None:
        raise ValueError(
            f"learning_rate={curve!r} is a curve of the optimizer's own rate, and that of the "
            f"{type(inner).__name__} given is a schedule already; leave one of the two out."
        )
    return kind(rate)


def _decay(optimizer: keras.optimizers.Optimizer, weight_decay: float) -> None:
    import keras

    inner = _innermost(optimizer)
    if not weight_decay:
        inner.weight_decay = None
        return
    if not hasattr(inner, "weight_decay") or isinstance(inner, keras.optimizers.Ftrl):
        raise ValueError(
            f"weight_decay={weight_decay} does nothing with {type(inner).__name__}, which makes "
            "weights anew in every step or has no decay; use l2, or an optimizer such as 'adam'."
        )
    own = getattr(inner, "_exclude_from_weight_decay_pattern", None)
    names = _OTHER_THAN_KERNELS if own is None else f"{_OTHER_THAN_KERNELS}|{own.pattern}"
    inner.exclude_from_weight_decay(var_names=[names])
    inner.weight_decay = weight_decay


def _innermost(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Return the optimizer that takes the steps, which one that scales the loss holds."""
    return getattr(optimizer, "inner_optimizer", optimizer)
