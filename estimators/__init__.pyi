from .displays.learning_rate_range import (
    learning_rate_range_test,
)
from .engine.compiled.program_cache import (
    set_program_cache,
)
from .engine.history import (
    History,
)
from .engine.training import (
    forget_programs,
)
from .explanations.explanation import (
    Explanation,
)
from .families.blends.report import (
    TabularReport,
)
from .families.dnn import (
    DNNClassifier,
    DNNRegressor,
)
from .families.dnn_linear_combined import (
    DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor,
)
from .families.dnn_linear_combined_auto import (
    DNNLinearCombined,
)
from .families.image import (
    ImageClassifier,
    ImageRegressor,
)
from .families.keras_network import (
    KerasClassifier,
    KerasRegressor,
)
from .families.linear import (
    LinearClassifier,
    LinearRegressor,
)
from .families.neighbor_network import (
    NeighborNetworkClassifier,
    NeighborNetworkRegressor,
)
from .families.tabular import (
    TabularClassifier,
    TabularRegressor,
)
from .families.tabular_network import (
    TabularNetworkClassifier,
    TabularNetworkRegressor,
)
from .families.text import (
    TextClassifier,
    TextRegressor,
)
from .heads.losses import (
    NegativeBinomialLoss,
    QuantileLoss,
    TweedieLoss,
)
from .persistence.checkpoints import (
    Checkpoints,
    latest_checkpoint,
)
from .persistence.model_file import (
    load_model,
    save,
)
from .serving.serving_function import (
    ServingFunction,
)

__all__ = [
    "Checkpoints",
    "DNNClassifier",
    "DNNLinearCombined",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "Explanation",
    "History",
    "ImageClassifier",
    "ImageRegressor",
    "KerasClassifier",
    "KerasRegressor",
    "LinearClassifier",
    "LinearRegressor",
    "NegativeBinomialLoss",
    "NeighborNetworkClassifier",
    "NeighborNetworkRegressor",
    "QuantileLoss",
    "ServingFunction",
    "TabularClassifier",
    "TabularNetworkClassifier",
    "TabularNetworkRegressor",
    "TabularRegressor",
    "TabularReport",
    "TextClassifier",
    "TextRegressor",
    "TweedieLoss",
    "forget_programs",
    "latest_checkpoint",
    "learning_rate_range_test",
    "load_model",
    "save",
    "set_program_cache",
]
