"""The fluent half of a spec: one method a kind of step, each returning a new spec.

In come the step classes, by kind as in ``feature_specs.steps``; out go mixins of ``FeatureSpec``.
"""

from feature_specs.step_methods.categorical import CategoricalStepMethods
from feature_specs.step_methods.dates import DateStepMethods
from feature_specs.step_methods.numeric import NumericStepMethods
from feature_specs.step_methods.representations import RepresentationStepMethods
from feature_specs.step_methods.text import TextStepMethods

__all__ = [
    "CategoricalStepMethods",
    "DateStepMethods",
    "NumericStepMethods",
    "RepresentationStepMethods",
    "TextStepMethods",
]
