"""What targets a loss is for."""

from __future__ import annotations

from collections.abc import Callable

from estimators.heads.keras_names import find_loss

ANY, BINARY, CATEGORICAL, COUNTS = "any", "binary", "categorical", "counts"
POSITIVE, QUANTILES, ORDINAL = "positive", "quantiles", "ordinal"

_KINDS = {
    "binary_crossentropy": BINARY,
    "binary_focal_crossentropy": BINARY,
    "categorical_crossentropy": CATEGORICAL,
    "categorical_focal_crossentropy": CATEGORICAL,
    "categorical_generalized_cross_entropy": CATEGORICAL,
    "categorical_hinge": CATEGORICAL,
    "kl_divergence": CATEGORICAL,
    "sparse_categorical_crossentropy": CATEGORICAL,
    "poisson": COUNTS,
}
# Names that Keras does not have.
_OUR_KINDS = {None: ANY, "log_loss": ANY, "log_poisson": COUNTS, "ordinal": ORDINAL}


def kind_of(loss: str | Callable | None) -> str:
    """Return what a loss is for.

    Labels (BINARY), classes (CATEGORICAL) or ORDINAL ones, Poisson's COUNTS, other values that are
    POSITIVE, several QUANTILES of values, or ANY target.
    """
    import keras

    from estimators.heads.losses import NegativeBinomialLoss, QuantileLoss, TweedieLoss

    if loss is None or isinstance(loss, str) and loss in _OUR_KINDS:
        return _OUR_KINDS[loss]
    found = find_loss(loss)
    if isinstance(found, TweedieLoss | NegativeBinomialLoss):
        return POSITIVE
    if isinstance(found, QuantileLoss) and found.is_several:
        return QUANTILES
    function = function_of(found)
    kinds = (kind for name, kind in _KINDS.items() if getattr(keras.losses, name) is function)
    return next(kinds, ANY)


def function_of(loss: Callable) -> Callable:
    """Return the function of Keras that an object of Keras calls; any other loss as it is."""
    return getattr(loss, "fn", loss)
