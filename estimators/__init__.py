"""Estimators for tables, texts and images: scikit-learn outside, Keras on TensorFlow inside.

The names are imported when they are first asked for; TensorFlow when a network is first needed.
"""

import lazy_loader

# `__init__.pyi` says where each name lives, to this line as to editors and type checkers.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
