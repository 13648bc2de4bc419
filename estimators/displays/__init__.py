"""Plots of images and what a classifier makes of them, of intervals and of explanations.

In come rows, their targets and any fitted estimator, as in scikit-learn's displays; matplotlib
comes when something is drawn.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
