"""Names of a network's variables that are the same in every process."""

from __future__ import annotations

import re
from collections import Counter

import keras


def variable_names(network: keras.Model) -> list[str | None]:
    """Return a name for each of ``network.variables``: its layer's, and its own.

    Keras numbers layers without a name on through a process; here the first of a kind has no
    number and the next is ``_1``, as in a process that builds nothing else.

    Parameters
    ----------
    network : keras.Model

    Returns
    -------
    list of str or None
        None for the states of random generators, which are no weights.
    """
    owners: dict[int, str] = {}
    kinds: Counter[str] = Counter()
    for layer in network._flatten_layers(include_self=False):
        name = _layer_name(layer, kinds)
        for variable in () if isinstance(layer, keras.Model) else layer.weights:
            owners.setdefault(id(variable), f"{name}/{variable.name}")
    weights = {id(weight) for weight in network.weights}
    return [
        owners.get(id(variable), variable.path) if id(variable) in weights else None
        for variable in network.variables
    ]


def _layer_name(layer: keras.Layer, kinds: Counter[str]) -> str:
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", type(layer).__name__).lower()
    if not re.fullmatch(rf"{re.escape(kind)}(_\d+)?", layer.name):
        return layer.name
    kinds[kind] += 1
    return kind if kinds[kind] == 1 else f"{kind}_{kinds[kind] - 1}"
