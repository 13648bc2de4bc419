"""The closed list of classes that files may hold, and of what each of them may consist."""

import inspect

import pytest

import estimators
from estimators.base.estimator import KerasEstimator
from estimators.heads.head import Head
from estimators.persistence.serialization.attribute_types import Count, Finite, fits
from estimators.persistence.serialization.schemas import schemas
from estimators.persistence.serialization.serializer import Writer
from estimators.persistence.serialization.trusted import UnsavableError
from feature_specs.columns.selector import Selector
from feature_specs.encoders.encoder import Encoder
from feature_specs.networks import representations
from feature_specs.scalers import Scaler, Standard
from feature_specs.scalers.affine import _Affine
from feature_specs.steps.step import Step

PUBLIC = [getattr(estimators, name) for name in estimators.__all__]
REPRESENTATIONS = [
    cls
    for cls in vars(representations).values()
    if inspect.isclass(cls) and hasattr(cls, "__dataclass_fields__")
]
# Bases of others, which are no object's class.
BASES = {Selector, Scaler, Step, Head, Encoder, KerasEstimator, _Affine}


def descendants(cls):
    return {cls, *(each for child in cls.__subclasses__() for each in descendants(child))}


def test_every_class_that_an_estimator_holds_is_listed():
    found = set().union(*map(descendants, BASES), REPRESENTATIONS) - BASES
    ours = {
        cls
        for cls in found
        if cls.__module__.startswith(("estimators.", "feature_specs."))
        and not inspect.isabstract(cls)
        and (cls in PUBLIC or not issubclass(cls, KerasEstimator))
    }
    assert ours - schemas().keys() == set()
    assert not any(map(inspect.isabstract, schemas()))


def test_every_parameter_is_listed():
    for cls, schema in schemas().items():
        names = getattr(cls, "_get_param_names", tuple)()
        assert set(names) <= schema.types.keys(), cls


def test_what_could_not_be_loaded_is_not_saved():
    scaler = Standard()
    scaler.note = "mine"
    with pytest.raises(UnsavableError, match="scaler is a Standard that has an attribute 'note'"):
        Writer("scaler").write(scaler)


@pytest.mark.parametrize(
    ("value", "expected", "answer"),
    [
        (True, int, False),
        (1, bool, False),
        (1, float, True),
        (1 << 20, Count, True),
        (1 << 21, Count, False),
        (-1, Count, False),
        ([1, "a"], list[int | str], True),
        ((1, "a"), tuple[int, str], True),
        ((1, "a", 2), tuple[int, str], False),
        ({"a": 1}, dict[str, None], False),
        (None, None, True),
        ([], Finite, False),
    ],
)
def test_values_fit_their_types(value, expected, answer):
    assert fits(value, expected, 0) is answer
