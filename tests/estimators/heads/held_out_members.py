"""Estimators of scikit-learn in the place of networks, each without its own rows."""

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LinearRegression

from estimators.heads.classification import MultiClassHead
from estimators.heads.held_out import HeldOutRows
from estimators.heads.regression import CountHead, RegressionHead
from estimators.heads.tasks import ClassificationTask, RegressionTask


class Members(BaseEstimator):
    """What an estimator has after a fit: a head, members and the rows they did not see."""

    fit = None  # by which scikit-learn knows an estimator
    loss = None

    def __init__(self, head, members, held_out=None):
        self.head_, self.members_, self.held_out_ = head, members, held_out

    def _member_outputs(self, X):
        return np.stack([member(X) for member in self.members_])

    def _outputs(self, X):
        return self.head_.average(self._member_outputs(X))

    def _split_target(self, X, y):
        return X, y

    def _fitted(self, attribute):
        return self

    def __sklearn_is_fitted__(self):
        return True


class Values(RegressionTask, Members):
    pass


class Classes(ClassificationTask, Members):
    pass


def head_of(y, loss="squared_error"):
    weight = np.ones(len(y))
    if loss == "poisson":
        return CountHead().fit(y, weight)
    return RegressionHead(loss, standardize=False).fit(y, weight)


def values(X, y, splits, model=None, *, loss="squared_error", weight=None):
    """Return members trained on the first part of each split, which keep the second."""
    head, model = head_of(y, loss), LinearRegression() if model is None else model
    fitted = [clone(model).fit(X[seen], y[seen]) for seen, _ in splits]
    members = [lambda X, one=one: head_outputs(head, one.predict(X)) for one in fitted]
    unseen = np.zeros((len(y), len(splits)), dtype=bool)
    for member, (_, aside) in enumerate(splits):
        unseen[aside, member] = True
    return Values(head, members, held_out(head, members, X, y, unseen, weight))


def head_outputs(head, predicted):
    outputs = np.reshape(predicted, (len(predicted), head.units))
    if isinstance(head, CountHead):
        return np.log(np.maximum(outputs, 1e-3)) - head.offset_
    return outputs


def classes(network, X, y, *, weight=None, unseen=None):
    """Return networks of five classes, functions of rows that give logits; one saw no row."""
    head = MultiClassHead().fit(y, np.arange(5))
    unseen = np.ones((len(y), 1), dtype=bool) if unseen is None else unseen
    members = [network] * unseen.shape[1] if callable(network) else network
    return Classes(head, members, held_out(head, members, X, y, unseen, weight))


def held_out(head, members, X, y, unseen, weight=None):
    rows = np.flatnonzero(unseen.any(axis=1))
    patterns, pattern_of = np.unique(unseen[rows], axis=0, return_inverse=True)
    made = np.stack([member(X[rows]) for member in members])
    outputs = np.empty(made.shape[1:])
    for number, pattern in enumerate(patterns):
        own = pattern_of == number
        outputs[own] = head.average(made[pattern][:, own])
    weight = np.ones(len(y)) if weight is None else weight
    return HeldOutRows(rows, len(y), y[rows], weight[rows], outputs, patterns, pattern_of)
