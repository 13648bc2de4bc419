"""What networks need to know of a fitted spec, whoever made it."""

from __future__ import annotations

from typing import Protocol

from feature_specs.encoders.encoder import Encoder
from feature_specs.networks.representations import Representation


class FittedSpec(Protocol):
    """Encoders by the names of their features, and how categories enter a network.

    Attributes
    ----------
    features_ : dict of str to Encoder
    representations_ : dict of str to list of Representation
    left_out_ : dict of str to str
        What was asked for and is no feature, and why.
    """

    features_: dict[str, Encoder]
    representations_: dict[str, list[Representation]]
    left_out_: dict[str, str]
