"""The kinds of models that a blend is made of, by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone

from estimators.base.estimator import KerasEstimator
from estimators.families.blends.held_out_scores import BLEND, CONSTANT
from estimators.families.dnn import DNNClassifier, DNNRegressor
from estimators.families.linear import Linear, LinearClassifier, LinearRegressor
from estimators.families.neighbor_network import (
    NeighborNetworkClassifier,
    NeighborNetworkRegressor,
)
from estimators.families.networks.tabular_inputs import tabular_spec
from estimators.families.tabular_network import TabularNetworkClassifier, TabularNetworkRegressor
from estimators.families.tuned_for_tables import TunedForTables
from estimators.heads.classification import ClassHead
from estimators.heads.head import Head
from estimators.heads.ordinal import OrdinalHead
from estimators.heads.regression import CountHead
from estimators.heads.tasks import ClassificationTask, RegressionTask
from feature_specs import FeatureSpec


@dataclass(frozen=True)
class Kind:
    """A kind of model.

    Attributes
    ----------
    classifier, regressor : type
    share : float
        Of the time that is left, where time is limited.
    suits : callable
        Takes a head, returns whether the kind can be trained for it.
    """

    classifier: type[KerasEstimator]
    regressor: type[KerasEstimator]
    share: float
    suits: Callable[[Head], bool] = lambda head: True


def _is_a_mean(head: Head) -> bool:
    """Return whether the best prediction is a mean, of which an average of neighbours is one."""
    if isinstance(head, OrdinalHead):
        return False
    if isinstance(head, ClassHead):
        return head.objective.loss is None
    return isinstance(head, CountHead) or head.is_squared


# In the order in which they are fitted: what is quick and never far off comes first.
KINDS = {
    "linear": Kind(LinearClassifier, LinearRegressor, 0.25),
    "deep": Kind(DNNClassifier, DNNRegressor, 0.3),
    "network": Kind(TabularNetworkClassifier, TabularNetworkRegressor, 0.5),
    "neighbors": Kind(NeighborNetworkClassifier, NeighborNetworkRegressor, 1.0, _is_a_mean),
}
# Its best epochs flatter it on the very rows that weigh it: blends for classes lose 1 to 3 %.
_FOR_VALUES_ALONE = ("network",)
QUALITIES = {
    "fast": ("linear", "deep"),
    "good": ("linear", "deep", "neighbors"),
    "best": ("linear", "deep", "network", "neighbors"),
}
RANKS, STANDARD = "ranks", "standard"

# Of folders and of parts of a network; the folders of members lie beside them. Behind two
# underscores begins the name of a parameter.
_NAME = re.compile(r"(?!member_\d)(?!.*__)[A-Za-z0-9][A-Za-z0-9_-]*")


def chosen_estimators(
    given: Sequence[Any] | None, quality: str, head: Head, taken: Container[str] = ()
) -> dict[str, KerasEstimator]:
    """Return unfitted estimators by name.

    Parameters
    ----------
    given : sequence of str or of pair (str, estimator), optional
        Names of kinds, or estimators of this library with names of the caller's choice.
    quality : {'fast', 'good', 'best'}
        What takes their place.
    head : Head
        Fitted.
    taken : container of str, optional
        Names of the blend's own parameters, among which those of estimators stand.

    Raises
    ------
    ValueError
        For what is no kind, no estimator of this task that reads a feature spec, and a name that
        is there twice, is `taken` or can be none of a folder.
    """
    is_class = isinstance(head, ClassHead)
    if given is None:
        left_out = _FOR_VALUES_ALONE if is_class else ()
        names = [n for n in QUALITIES[quality] if KINDS[n].suits(head) and n not in left_out]
        return {name: _new(name, is_class) for name in names}
    found = [_named(entry, is_class) for entry in given]
    names = [name for name, _ in found]
    own = next((name for name in names if name in taken), None)
    if own is not None:
        raise ValueError(
            f"estimators holds the name {own!r}, which is that of a parameter of the blend; take "
            "another."
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or not names:
        what = f"the name {twice!r} twice" if names else "nothing"
        raise ValueError(f"estimators holds {what}; give each estimator a name of its own.")
    return dict(found)


def is_name(name: str) -> bool:
    """Return whether an estimator, and with it a folder, may be called so."""
    return bool(_NAME.fullmatch(name)) and name not in (BLEND, CONSTANT)


def side_of(estimator: KerasEstimator) -> str:
    """Return which of the two default specs suits an estimator: numbers by ranks or standardised.

    Kinds that see the numbers otherwise err otherwise, which is what an average lives on.
    """
    is_ranked = isinstance(estimator, Linear | TunedForTables)
    return RANKS if is_ranked else STANDARD


def default_specs(estimators: Iterable[KerasEstimator]) -> dict[str, FeatureSpec]:
    """Return unfitted specs by side, under "" where all estimators are of one side."""
    sides = sorted(set(map(side_of, estimators)))
    specs = {RANKS: tabular_spec(), STANDARD: FeatureSpec()}
    if len(sides) == 1:
        return {"": specs[sides[0]]}
    return {f"{side}:": specs[side] for side in sides}


def _new(name: str, is_class: bool) -> KerasEstimator:
    return (KINDS[name].classifier if is_class else KINDS[name].regressor)()


def _named(entry: Any, is_class: bool) -> tuple[str, KerasEstimator]:
    if isinstance(entry, str) and entry in KINDS:
        return entry, _new(entry, is_class)
    is_pair = isinstance(entry, tuple | list) and len(entry) == 2 and isinstance(entry[0], str)
    own_task = ClassificationTask if is_class else RegressionTask
    if is_pair and isinstance(entry[1], KerasEstimator) and isinstance(entry[1], own_task):
        _check_part(*entry)
        return entry[0], clone(entry[1])
    task = "classifier" if is_class else "regressor"
    raise ValueError(
        f"estimators holds {entry!r}; give names of {', '.join(map(repr, KINDS))} or pairs "
        f"(name, {task} of this library)."
    )


def _check_part(name: str, estimator: KerasEstimator) -> None:
    """Raise where an estimator, or its name, can have no part in a blend."""
    parameters = estimator.get_params(deep=False)
    if not {"feature_spec", "epochs"} <= parameters.keys():
        raise ValueError(
            f"The estimator {name!r} is a {type(estimator).__name__}, which trains no network on "
            "a feature spec; leave it out."
        )
    own = [p for p, value in parameters.items() if p.endswith("feature_spec") and value is not None]
    if own:
        raise ValueError(
            f"The estimator {name!r} has a {own[0]}, and all of estimators share that of the "
            "blend; give it as feature_spec there."
        )
    if not is_name(name):
        raise ValueError(
            f"estimators holds the name {name!r}, by which folders, networks and lines of the "
            "report are called; take letters from a to z, digits, '-' and single '_', and neither "
            f"'member_' with a number nor {BLEND!r} nor {CONSTANT!r}."
        )
