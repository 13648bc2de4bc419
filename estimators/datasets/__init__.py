"""The data of the examples: loaders, one for each data set, and the function that makes one up.

Out come tables and arrays; of this library's other rooms, nothing comes in. Boston Housing
is embedded. The Telco churn table comes from openml.org or from the ``data`` extra, film reviews
come through NLTK, from Stanford or from the ``text`` extra, small images from where Keras has them
or from the ``images`` extra; what was downloaded is kept in a cache folder. dunnhumby's
transactions are downloaded by hand.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
