"""Plots of images, of what a classifier makes of them, and of intervals, in scikit-learn's manner.

In come rows, their targets and any fitted estimator; matplotlib comes when something is drawn.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
