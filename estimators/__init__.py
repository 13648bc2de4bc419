"""Estimators for tables, texts and images: scikit-learn outside, Keras on TensorFlow inside.

The names are imported when they are first asked for; TensorFlow when a network is first needed.
"""

from importlib import import_module

import lazy_loader
from wrapt import register_post_import_hook

# `__init__.pyi` says where each name lives, to this line as to editors and type checkers.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

_REGISTERED = (
    "estimators.engine.layers.convolution",
    "estimators.engine.layers.dropout",
    "estimators.engine.layers.schedules",
    "estimators.heads.losses",
    "estimators.layers.clipped_outputs",
    "estimators.layers.cumulative_logits",
    "estimators.layers.neighbor_average",
    "estimators.layers.ntk_dense",
    "estimators.layers.ntk_outputs",
    "estimators.layers.parametric_activation",
    "estimators.layers.scale",
    "estimators.layers.sorted_quantiles",
    "feature_specs.networks.layers",
)


def _register(keras: object) -> None:
    """Let Keras know what is ours, so that it can load models that hold some of it."""
    for module in _REGISTERED:
        import_module(module)


def _keep_programs(keras: object) -> None:
    """Name the folder of compiled programs to XLA before TensorFlow's first operation."""
    import_module("estimators.engine.compiled.program_cache").announce()


register_post_import_hook(_register, "keras")
register_post_import_hook(_keep_programs, "keras")
