"""Feature specs: how the columns of a table become the inputs of a network, said in words.

The names are imported when they are first asked for; TensorFlow when a network is first needed.
"""

from importlib import import_module

import lazy_loader
from wrapt import register_post_import_hook

# `__init__.pyi` says where each name lives, to this line as to editors and type checkers.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def _register(keras: object) -> None:
    """Let Keras know our layers and encoders, so that it can load models that hold some."""
    import_module("feature_specs.networks.layers")


register_post_import_hook(_register, "keras")
