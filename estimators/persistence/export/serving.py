"""A fitted estimator as functions of raw columns in a TensorFlow graph, for whatever file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import keras
import tensorflow as tf

from estimators.persistence.export.inputs import intake_of
from estimators.persistence.export.outputs import answers, signatures_of

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator
    from estimators.base.pixels import Pixels
    from feature_specs import FeatureSpec

Answer = Callable[[Mapping[str, tf.Tensor]], dict[str, tf.Tensor]]


class Serving:
    """Answers raw columns with predictions, needing neither this library nor Keras.

    Parameters
    ----------
    estimator : KerasEstimator
        Fitted.
    dtype : {"float64", "float32"}, default="float64"
        In which numbers come in, are scaled, and leave the network for probabilities and values.
    specs : mapping of str to Pixels or FeatureSpec, optional
        The estimator's own by default, or what encodes as they do.

    Attributes
    ----------
    intake : Intake
        Names, shapes and dtypes of the inputs.
    """

    def __init__(
        self,
        estimator: KerasEstimator,
        dtype: str = "float64",
        specs: Mapping[str, Pixels | FeatureSpec] | None = None,
    ) -> None:
        self.intake = intake_of(estimator._specs_ if specs is None else specs, dtype)
        self._head = estimator.head_
        self._dtype = dtype
        self._network = estimator._network()
        # One graph that all signatures call.
        self._answers = self._traced(self._answer)

    def functions(self) -> dict[str, Answer]:
        """Return a function for each signature, by its name."""
        return {
            name: self._traced(self._chosen(outputs))
            for name, outputs in signatures_of(self._head).items()
        }

    def archive(self) -> keras.export.ExportArchive:
        """Return everything as Keras writes it into a SavedModel."""
        archive = keras.export.ExportArchive()
        # Not the models around them, for which Keras would trace functions of its own.
        for layer in [*self.intake.layers, *self._network._flatten_layers()]:
            if not isinstance(layer, keras.Model):
                archive.track(layer)
        for name, function in self.functions().items():
            archive.add_endpoint(name, function, [self.intake.signature])
        return archive

    def _traced(self, function: Answer) -> tf.types.experimental.GenericFunction:
        return tf.function(function, input_signature=[self.intake.signature], autograph=False)

    def _chosen(self, names: Sequence[str]) -> Answer:
        def answer(inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            given = self._answers(inputs)
            return {name: given[name] for name in names}

        return answer

    def _answer(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        outputs = self._network(self.intake.encode(inputs), training=False)
        return answers(self._head, tf.cast(outputs, self._dtype))
