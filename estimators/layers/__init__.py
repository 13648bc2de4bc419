"""Keras layers of which the networks for tables are made, for networks of your own as well.

A variable may have an attribute ``learning_rate_multiplier``: every step that an optimizer takes
on it, weight decay included, is then as many times as long. Estimators of this library honour it
whatever the optimizer; ``keras.Model.fit`` knows nothing of it. The layers here set it by
parameters that end in these words, and a layer of your own by one line after ``add_weight``:
``self.kernel.learning_rate_multiplier = 0.1``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
