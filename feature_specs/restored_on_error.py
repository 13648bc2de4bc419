"""A fit that fails leaves an estimator as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def restored_on_error(estimator: Any) -> Iterator[None]:
    """Restore the attributes of an estimator where the block under it raises.

    Parameters
    ----------
    estimator : object

    Examples
    --------
    >>> class Fitted:
    ...     mean_ = 1.0
    >>> fitted = Fitted()
    >>> with restored_on_error(fitted):
    ...     fitted.mean_ = 2.0
    ...     raise KeyError("age")
    Traceback (most recent call last):
    ...
    KeyError: 'age'
    >>> fitted.mean_
    1.0
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
