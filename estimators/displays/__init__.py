"""Plots of images and of what a classifier makes of them, in scikit-learn's manner.

In come images, labels and any fitted classifier; matplotlib comes when something is drawn.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
