"""Which objects of Keras a file may hold: what computes, and touches nothing else.

Left out are layers that hold code (`Lambda`, `TorchModuleWrapper`, `FlaxLayer`, `JaxLayer`) or read
files (`TFSMLayer`), and whatever a later version of Keras adds: those must be trusted by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import keras

from estimators.persistence.serialization.class_names import name_of

_CLASSES = {
    "dtype_policies": frozenset(
        """
        DTypePolicy DTypePolicyMap FloatDTypePolicy Int4DTypePolicy QuantizedDTypePolicy
        QuantizedFloat8DTypePolicy
        """.split()
    ),
    "layers": frozenset(
        """
        Activation ActivityRegularization AdaptiveAveragePooling1D
        AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D
        AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention AlphaDropout
        Attention AugMix AutoContrast Average AveragePooling1D AveragePooling2D
        AveragePooling3D BatchNormalization Bidirectional CategoryEncoding CenterCrop
        Concatenate ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose
        Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D
        Cropping1D Cropping2D Cropping3D CutMix Dense DepthwiseConv1D DepthwiseConv2D
        Discretization Dot Dropout ELU EinsumDense Embedding Equalization Flatten GRU
        GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D
        GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D
        GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization HashedCrossing Hashing
        Identity InputLayer IntegerLookup LSTM LSTMCell LayerNormalization LeakyReLU
        Masking MaxNumBoundingBoxes MaxPooling1D MaxPooling2D MaxPooling3D Maximum MelSpectrogram
        Minimum MixUp MultiHeadAttention Multiply Normalization PReLU Permute Pipeline
        RMSNormalization RNN RandAugment RandomBrightness RandomColorDegeneration
        RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing
        RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert
        RandomPerspective RandomPosterization RandomRotation RandomSaturation
        RandomSharpness RandomShear RandomTranslation RandomZoom ReLU RepeatVector
        Rescaling Reshape Resizing ReversibleEmbedding STFTSpectrogram SeparableConv1D
        SeparableConv2D SimpleRNN SimpleRNNCell Softmax Solarization
        SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization
        StackedRNNCells StringLookup Subtract TextVectorization TimeDistributed
        UnitNormalization UpSampling1D UpSampling2D UpSampling3D
        ZeroPadding1D ZeroPadding2D ZeroPadding3D
        """.split()
    ),
    "optimizers": frozenset(
        """
        Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion LossScaleOptimizer
        MultiOptimizer Muon Nadam RMSprop SGD ScheduleFreeAdamW
        """.split()
    ),
    "losses": frozenset(
        """
        BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy
        CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy CategoricalHinge
        Circle CosineSimilarity Dice Hinge Huber KLDivergence LogCosh MeanAbsoluteError
        MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson
        SparseCategoricalCrossentropy SquaredHinge Tversky
        """.split()
    ),
    "metrics": frozenset(
        """
        AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy
        CategoricalCrossentropy CategoricalHinge ConcordanceCorrelation CosineSimilarity
        F1Score FBetaScore FalseNegatives FalsePositives Hinge IoU KLDivergence
        LogCoshError Mean MeanAbsoluteError MeanAbsolutePercentageError MeanIoU
        MeanSquaredError MeanSquaredLogarithmicError OneHotIoU OneHotMeanIoU
        PearsonCorrelation Poisson Precision PrecisionAtRecall R2Score Recall
        RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity
        SparseCategoricalAccuracy SparseCategoricalCrossentropy
        SparseTopKCategoricalAccuracy SpecificityAtSensitivity SquaredHinge Sum
        TopKCategoricalAccuracy TrueNegatives TruePositives
        """.split()
    ),
    "initializers": frozenset(
        """
        Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity
        IdentityInitializer LecunNormal LecunUniform Ones Orthogonal
        OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling
        Zeros
        """.split()
    ),
    "regularizers": frozenset(
        """
        L1 L1L2 L2 OrthogonalRegularizer
        """.split()
    ),
    "constraints": frozenset(
        """
        MaxNorm MinMaxNorm NonNeg UnitNorm
        """.split()
    ),
    "optimizers.schedules": frozenset(
        """
        CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay
        PiecewiseConstantDecay PolynomialDecay
        """.split()
    ),
    "models": frozenset(["Functional", "Model", "Sequential"]),
}
# Those that Keras calls by other modules than the public one.
_ELSEWHERE = {
    "keras": _CLASSES["models"] | _CLASSES["dtype_policies"],
    "keras.src.models.functional": frozenset(["Functional"]),
}
_OPERATIONS = tuple(
    f"keras.src.ops.{n}" for n in ("core", "image", "linalg", "math", "nn", "numpy")
)
_FUNCTIONS = ("activations", "losses", "metrics", "ops")
# These find others by name.
_FINDING = ("deserialize", "get", "serialize")
# What Keras writes of plain values.
_VALUES = frozenset(
    ["__bytes__", "__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__"]
)
_CALLBACKS = (
    *("EarlyStopping", "LearningRateScheduler", "ReduceLROnPlateau", "SwapEMAWeights"),
    "TerminateOnNaN",
)
_OURS = (
    *("AddBias", "AffineScaling", "BagOfWords", "CategoryEmbedding", "CategoryIndicator"),
    *(
        "ColumnDense",
        "Cosines",
        "FunctionScaling",
        "Log1pScaling",
        "MonotonicActivation",
        "MonotonicDense",
        "Pieces",
        "QuantileScaling",
        "SelectColumns",
    ),
    *("TextEmbedding", "WeightEncoding"),
)
_OF_ESTIMATORS = (
    *("ClippedOutputs", "CumulativeLogits", "HashedDropout", "NTKDense", "NTKOutputs"),
    *("NeighborAverage", "ParametricActivation", "PooledConv2D", "Scale"),
    "SortedQuantiles",
)
# Ours among the classes that are registered with Keras; `SentenceEmbedding` runs a SavedModel,
# and an `Encoding` may hold one.
_LAYERS = frozenset(
    [
        *(f"feature_specs>{name}" for name in _OURS),
        *(f"estimators>{name}" for name in _OF_ESTIMATORS),
    ]
)
_REGISTERED = _LAYERS | {
    *("estimators>DecayWithinFit", "estimators>NegativeBinomialLoss"),
    *("estimators>QuantileLoss", "estimators>TweedieLoss"),
    "estimators>WavesWithinFit",
}
_LARGEST_SETTING = 1 << 20


@cache
def pure_functions() -> dict[str, Callable]:
    """Return Keras's functions of tensors by their full names."""
    found = [
        function
        for module in _FUNCTIONS
        for name, function in vars(getattr(keras, module)).items()
        if inspect.isfunction(function) and name not in _FINDING
    ]
    return {name_of(function): function for function in found}


@cache
def harmless_callbacks() -> dict[str, type[keras.callbacks.Callback]]:
    """Return Keras's callbacks that act on the model alone, by their full names."""
    found = [getattr(keras.callbacks, name, None) for name in _CALLBACKS]
    return {name_of(callback): callback for callback in found if callback is not None}


def public_name(name: str) -> str:
    """Return what Keras calls one of its callbacks in public, other names as they are."""
    short = name.rpartition(".")[2]
    is_public = name_of(getattr(keras.callbacks, short, None)) == name
    return f"keras.callbacks.{short}" if is_public else name


def has_variables(config: Any) -> bool:
    """Return whether a configuration is that of a layer, model or metric."""
    if not isinstance(config, dict):
        return False
    name, registered = config.get("class_name"), config.get("registered_name")
    rooms = (_CLASSES[room] for room in ("layers", "models", "metrics"))
    return any(name in names for names in rooms) or registered in _LAYERS


def foreign_parts(config: Any, size: int) -> Iterator[str]:
    """Yield the names of what a configuration of Keras asks for beyond what is harmless.

    Parameters
    ----------
    config : object
        As Keras's ``deserialize_keras_object`` takes it.
    size : int
        Bytes of the file: no setting of a layer is larger, as its weights would be.
    """
    for part in _parts(config):
        if not _is_harmless(part, size):
            module, name = part.get("module"), part.get("class_name")
            name = part.get("config") if name == "function" else name
            yield f"{module}.{name}" if module else str(part.get("registered_name", name))


def _is_harmless(part: dict[str, Any], size: int) -> bool:
    name, module, settings = part.get("class_name"), part.get("module"), part.get("config")
    if name in _VALUES:
        return "registered_name" not in part
    if name == "function":
        return _is_pure(settings, module)
    registered = part.get("registered_name", name)
    # Keras takes what is registered before anything else, whatever the module says.
    if keras.saving.get_registered_object(registered) is not None:
        return registered in _REGISTERED and _are_small(settings, size)
    if isinstance(settings, dict) and isinstance(settings.get("vocabulary"), str):
        return False  # the path of a file
    return _is_named(module, name) and _are_small(settings, size)


def _is_pure(name: Any, module: Any) -> bool:
    if keras.saving.get_registered_object(name) is not None:
        return False
    rooms = _FUNCTIONS if module == "builtins" else [str(module).removeprefix("keras.")]
    found = [getattr(getattr(keras, room), str(name), None) for room in rooms if room in _FUNCTIONS]
    return any(function is not None and name_of(function) in pure_functions() for function in found)


def _is_named(module: Any, name: Any) -> bool:
    if module is None:
        return any(name in names for names in _CLASSES.values())
    if module in _OPERATIONS:
        return isinstance(name, str) and hasattr(keras.ops, _snake_case(name))
    known = _CLASSES.get(str(module).removeprefix("keras."), _ELSEWHERE.get(module, ()))
    return name in known


def _snake_case(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _are_small(settings: Any, size: int) -> bool:
    """Return whether no number among `settings` asks for more than a file of this size holds."""
    if not isinstance(settings, dict):
        return True
    pending = [(name, value) for name, value in settings.items() if not name.endswith("seed")]
    largest = max(size, _LARGEST_SETTING)
    while pending:
        name, value = pending.pop()
        if isinstance(value, list | tuple):
            pending += [(name, item) for item in value]
        elif type(value) is int and abs(value) > largest and not name.endswith("steps"):
            return False
    return True


def _parts(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every dictionary within a configuration that names a class or function."""
    pending = [config]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if "class_name" in part or "registered_name" in part:
                yield part
            pending += part.values()
        elif isinstance(part, list | tuple):
            pending += part
