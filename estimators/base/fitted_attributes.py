"""What a fitted estimator has to show: its history, its network, its feature spec."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import keras

    from estimators.engine.history import History
    from estimators.engine.trained_network import TrainedNetwork
    from feature_specs import FeatureSpec


class FittedAttributes:
    """The attributes that end in an underscore, for every family and task."""

    def summary(self) -> None:
        """Print the layers of the network with their shapes and numbers of weights."""
        self.network_.summary()

    @property
    def history_(self) -> History:
        """What every epoch measured."""
        return self._fitted("history_").history

    @property
    def n_iter_(self) -> int:
        """Number of epochs trained, the most of any member."""
        return len(self._fitted("n_iter_").history.epoch)

    @property
    def network_(self) -> keras.Model:
        """The trained network: a new Keras model from encoded features to outputs.

        The outputs are values in the target's units for regression, the logarithm of the mean for
        counts, and logits for classes. Of several members it holds all, and gives their mean.
        """
        self._fitted("network_")
        return self.head_.finish(self._network())

    def _network(self) -> keras.Model:
        """Return the network with outputs as it gives them."""
        return self.trained_.network(self.builder_._architecture(), self.head_.averaging)

    @property
    def members_(self) -> list[Self]:
        """The members, each a fitted estimator of one network; itself where there are no others."""
        several = self._fitted("members_").members
        if len(several) == 1:
            return [copy(self)]
        return [_member(self, trained) for trained in several]

    @property
    def feature_spec_(self) -> FeatureSpec:
        """The fitted feature spec."""
        self._fitted("feature_spec_")
        return self._specs_[""]

    def _fitted(self, attribute: str) -> TrainedNetwork:
        # AttributeError, not NotFittedError, so that hasattr answers.
        if not hasattr(self, "trained_"):
            raise AttributeError(f"{type(self).__name__} has no {attribute} before fit.")
        return self.trained_

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "trained_")


def _member(estimator: FittedAttributes, trained: TrainedNetwork) -> FittedAttributes:
    member = as_single(estimator)
    vars(member).update(trained_=trained, held_out_=None, builder_=as_single(estimator.builder_))
    return member


def as_single(estimator: FittedAttributes) -> FittedAttributes:
    """Return a copy of one network, whose fits leave the folder of all members alone."""
    single = copy(estimator)
    vars(single).update(members=1, model_dir=None)
    return single
