from .boston_housing import (
    load_boston_housing,
)
from .churn import (
    load_churn,
)
from .data_home import (
    get_data_home,
)
from .dunnhumby import (
    prepare_dunnhumby_churn,
)
from .imdb_reviews import (
    load_imdb_reviews,
)
from .linear import (
    make_linear,
)
from .mnist import (
    FASHION_MNIST_CLASSES,
    MNIST_CLASSES,
    load_fashion_mnist,
    load_mnist,
)
from .movie_reviews import (
    load_movie_reviews,
)

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
