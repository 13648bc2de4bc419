"""The data of the examples: loaders, one for each data set, and the function that makes one up.

Boston Housing is embedded. The Telco churn table comes from openml.org or from the ``data`` extra,
film reviews come through NLTK, from Stanford or from the ``text`` extra, small images from where
Keras has them or from the ``images`` extra; what was downloaded is kept in a cache folder.
dunnhumby's transactions are downloaded by hand.
"""

from estimators.datasets.boston_housing import load_boston_housing
from estimators.datasets.churn import load_churn
from estimators.datasets.data_home import get_data_home
from estimators.datasets.dunnhumby import prepare_dunnhumby_churn
from estimators.datasets.imdb_reviews import load_imdb_reviews
from estimators.datasets.linear import make_linear
from estimators.datasets.mnist import (
    FASHION_MNIST_CLASSES,
    MNIST_CLASSES,
    load_fashion_mnist,
    load_mnist,
)
from estimators.datasets.movie_reviews import load_movie_reviews

__all__ = [
    "FASHION_MNIST_CLASSES",
    "MNIST_CLASSES",
    "get_data_home",
    "load_boston_housing",
    "load_churn",
    "load_fashion_mnist",
    "load_imdb_reviews",
    "load_mnist",
    "load_movie_reviews",
    "make_linear",
    "prepare_dunnhumby_churn",
]
