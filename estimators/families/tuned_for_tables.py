"""What networks tuned for tables have in common: how they see numbers, and their optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from estimators.families.family import Family
from estimators.families.networks.tabular_inputs import EMBEDDED, tabular_spec
from estimators.heads.optimizers import Auto, optimizer_of
from feature_specs import FeatureSpec

if TYPE_CHECKING:
    import keras

AUTO_WEIGHT_DECAY = 0.02


class TunedForTables(Family):
    """Networks that take numbers by their ranks, each with an embedding, at a rate in waves."""

    # Of ``optimizer='auto'``, at the top of its waves.
    _highest_rate: float

    def _new_specs(self) -> dict[str, FeatureSpec]:
        return {"": tabular_spec()} if self.feature_spec is None else super()._new_specs()

    def _optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        import keras

        from estimators.engine.layers.schedules import WavesWithinFit

        adam = keras.optimizers.Adam(beta_2=0.95, epsilon=1e-8)
        auto = Auto(adam, WavesWithinFit(self._highest_rate), AUTO_WEIGHT_DECAY)
        return {"": optimizer_of(self.optimizer, self.learning_rate, self.weight_decay, auto)}

    def _features(
        self, specs: Mapping[str, FeatureSpec]
    ) -> tuple[dict[str, keras.KerasTensor], keras.KerasTensor]:
        """Return the inputs of a network, and what its first hidden layer sees of them."""
        from feature_specs.networks.dense import dense_features

        inputs = specs[""].inputs()
        embedding = self.numeric_embedding
        return inputs, dense_features(specs[""], inputs, numeric_embedding=embedding, auto=EMBEDDED)
