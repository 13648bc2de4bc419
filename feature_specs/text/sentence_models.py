"""Pretrained models from whole texts to vectors: TensorFlow Hub's, or any SavedModel like them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from feature_specs.columns.table import Table
from feature_specs.encoders.categorical import TEXT
from feature_specs.encoders.encoder import CategoricalEncoder, Columns, NumericEncoder

_TEXTS_AT_ONCE = 256
_PROBE = ("a text", "another one")
_FILES = ("saved_model.pb*", "variables/*", "assets/*")


class SentenceModel:
    """A loaded SavedModel that maps texts of shape (rows,) to vectors of shape (rows, dimension).

    Parameters
    ----------
    folder : str or path
        Of the SavedModel.

    Raises
    ------
    ValueError
        For a folder that holds no such model.

    References
    ----------
    TensorFlow Hub, Common SavedModel APIs for Text.
    """

    def __init__(self, folder: str | Path) -> None:
        self.loaded = _load(folder)
        self._function = _text_function(self.loaded, folder)
        probed = self._vectors(tf.constant(_PROBE), folder)
        if len(probed.shape) != 2 or len(probed) != len(_PROBE) or not probed.dtype.is_floating:
            raise ValueError(
                f"The SavedModel in {str(folder)!r} makes {probed.dtype.name} of shape "
                f"{tuple(probed.shape)} of 2 texts where a vector of floats a text is needed; take "
                "a text embedding."
            )
        self.dimension = int(probed.shape[1])

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """Return float32 vectors."""
        vectors = tf.cast(_only_output(self._function(texts)), tf.float32)
        vectors.set_shape([None, self.dimension])
        return vectors

    @property
    def variables(self) -> list[tf.Variable]:
        """Everything that training could change, and what it could not."""
        found = getattr(self.loaded, "variables", None) or _variables_of(self._function)
        # A vocabulary is no weight.
        return [variable for variable in found if variable.dtype.is_floating]

    def _vectors(self, texts: tf.Tensor, folder: str | Path) -> tf.Tensor:
        try:
            return _only_output(self._function(texts))
        except (TypeError, ValueError, tf.errors.OpError) as error:
            raise ValueError(
                f"The SavedModel in {str(folder)!r} takes no texts ({_first_line(error)}); it must "
                "map strings of shape (rows,) to vectors."
            ) from error


def shared_sentence_model(folder: str) -> SentenceModel:
    """Return a model that nobody trains, loaded once a process unless its files change."""
    return _shared(folder, version_of(folder))


@lru_cache(maxsize=4)
def _shared(folder: str, version: Hashable) -> SentenceModel:
    return SentenceModel(folder)


def version_of(folder: str) -> Hashable:
    """Return what changes when another model is written into a folder."""
    files = [path for part in _FILES for path in sorted(Path(folder).glob(part))]
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)


def find_sentence_model(handle: str | Path) -> str:
    """Return the folder of a SavedModel that is given by folder or by handle.

    Parameters
    ----------
    handle : str or path
        A folder, or what ``tensorflow_hub`` resolves: an address of TensorFlow Hub for one.

    Returns
    -------
    str

    Raises
    ------
    ValueError, OSError, ImportError
        Where there is no such folder, the handle cannot be reached, or tensorflow_hub is missing.
    """
    if Path(handle).is_dir():
        return str(Path(handle).absolute())
    if "://" not in str(handle):
        raise ValueError(
            f"pretrained={str(handle)!r} is neither a file of word vectors, nor a folder with a "
            "SavedModel, nor an address, nor 'glove-50d'; check the path."
        )
    try:
        import tensorflow_hub
    except ImportError as error:
        raise ImportError(
            "Addresses of text embeddings need tensorflow_hub: pip install "
            '"keras-estimators[hub]"; or pass the folder of a SavedModel.'
        ) from error
    try:
        return tensorflow_hub.resolve(str(handle))
    except Exception as error:  # whatever a resolver raises, the user must know which address
        raise OSError(
            f"The text embedding {str(handle)!r} cannot be reached ({_first_line(error)}); "
            "download it elsewhere and pass its folder."
        ) from error


class SentenceEncoder(NumericEncoder):
    """Runs texts through a pretrained model, once; the network gets its vectors.

    Parameters
    ----------
    name, source : str
    folder : str
        Of a SavedModel.
    """

    runs_from = "folder"

    def __init__(self, name: str, source: str, folder: str) -> None:
        self.name = name
        self.source = source
        self.folder = folder

    def fit(self, table: Table, sample_weight: np.ndarray | None) -> SentenceEncoder:
        """Learn nothing but the length of the vectors."""
        vars(self).pop("_model", None)
        self.dimension = self._model.dimension
        return self

    @cached_property
    def _model(self) -> SentenceModel:
        return shared_sentence_model(self.folder)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_model"}

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input."""
        return {self.source: TEXT}

    def encode(self, table: Table) -> np.ndarray:
        """Return float32 vectors of shape (rows, dimension)."""
        model, texts = self._model, table.plain_texts(self.source)
        pieces = [
            model(tf.constant(texts[start : start + _TEXTS_AT_ONCE], tf.string)).numpy()
            for start in range(0, len(texts), _TEXTS_AT_ONCE)
        ]
        return np.concatenate(pieces)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the same vectors."""
        return lookup(columns[self.source])

    def make_lookup(self) -> keras.layers.Layer:
        """Return the model as a layer."""
        return SentenceEmbedding(self.folder, trainable=False)

    @property
    def output_names(self) -> list[str]:
        """The name with the number of each dimension."""
        return [f"{self.name}_{i}" for i in range(self.dimension)]

    @property
    def owners(self) -> list[str]:
        """The name, for each dimension."""
        return [self.name] * self.dimension


class RawTextEncoder(CategoricalEncoder):
    """Hands texts on as they are, for a pretrained model that training changes.

    Parameters
    ----------
    name, source : str
    """

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source

    def fit(self, table: Table) -> RawTextEncoder:
        """Learn nothing."""
        return self

    @property
    def sources(self) -> dict[str, str]:
        """The raw column, with the dtype of its serving input."""
        return {self.source: TEXT}

    def encode(self, table: Table) -> np.ndarray:
        """Return an array of the texts as bytes."""
        return np.array([text.encode() for text in table.plain_texts(self.source)], object)

    def in_graph(self, columns: Columns, lookup: keras.Layer | None = None) -> tf.Tensor:
        """Return the texts."""
        return columns[self.source]

    @property
    def labels(self) -> list[str]:
        """There are no codes."""
        return []

    def output_shape_and_dtype(self) -> tuple[tuple[int | None, ...], str]:
        """Return that of one text a row."""
        return (), "string"


class Sentence:
    """How raw texts enter a network: through a pretrained model that training changes.

    Parameters
    ----------
    folder : str
        Of a SavedModel.
    """

    runs_from = "folder"

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.version = version_of(folder)

    def layer(self, encoder: CategoricalEncoder, name: str) -> keras.layers.Layer:
        """Return a new layer on texts."""
        return SentenceEmbedding(self.folder, name=name)

    def key(self, encoder: CategoricalEncoder) -> Hashable:
        """Return what the layer depends on."""
        return "sentence", self.folder, self.version

    def __str__(self) -> str:
        return "sentence model, fine-tuned"


@keras.saving.register_keras_serializable(package="feature_specs")
class SentenceEmbedding(keras.layers.Layer):
    """A pretrained model from texts to vectors, whose weights training may change.

    Parameters
    ----------
    folder : str
        Of a SavedModel, read whenever the layer is made.
    """

    # The weights are the SavedModel's own variables: no stateless call can replace them.
    has_captured_weights = True

    def __init__(self, folder: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_jit = False
        self.folder = folder
        self._model = SentenceModel(folder) if self.trainable else shared_sentence_model(folder)
        # Its tables and files go wherever a model with this layer is exported to.
        self._saved_model = self._model.loaded
        if self.trainable and not any(v.trainable for v in self._model.variables):
            raise ValueError(
                f"The SavedModel in {folder!r} holds no weights that training could change; pass "
                "trainable=False."
            )
        for variable in self._model.variables if self.trainable else ():
            self._track_variable(
                keras.Variable(
                    variable,
                    shape=variable.shape,
                    dtype=variable.dtype.name,
                    trainable=variable.trainable,
                    name=variable.name.replace("/", "_").replace(":", "_"),
                )
            )
        self.built = True

    def call(self, texts: Any) -> Any:
        """Return float32 vectors of shape (rows, dimension)."""
        return self._model(texts)

    def compute_output_spec(self, texts: Any) -> keras.KerasTensor:
        """Return the shape."""
        return keras.KerasTensor((None, self._model.dimension), "float32")

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer where the folder is still there."""
        return {**super().get_config(), "folder": self.folder}


def _load(folder: str | Path) -> Any:
    try:
        return tf.saved_model.load(str(folder))
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
        raise ValueError(
            f"The folder {str(folder)!r} holds no SavedModel that can be loaded "
            f"({_first_line(error)}); pass the folder in which saved_model.pb lies."
        ) from error


def _text_function(loaded: Any, folder: str | Path) -> Callable:
    """Return what a loaded SavedModel calls on texts: itself, or its only fitting signature."""
    if callable(loaded):
        return loaded.__call__
    for name in ("serving_default", "default", *loaded.signatures):
        function = loaded.signatures.get(name)
        inputs = {} if function is None else function.structured_input_signature[1]
        if len(inputs) == 1 and next(iter(inputs.values())).dtype == tf.string:
            return _with_one_input(function, next(iter(inputs)))
    raise ValueError(
        f"The SavedModel in {str(folder)!r} takes no texts: it cannot be called and has no "
        f"signature of one string input (signatures: {list(loaded.signatures) or 'none'}); export "
        "a text embedding."
    )


def _with_one_input(function: Any, name: str) -> Callable:
    def call(texts: tf.Tensor) -> Any:
        return function(**{name: texts})

    call.variables = function.variables
    return call


def _variables_of(function: Any) -> list[tf.Variable]:
    """Return the variables that a loaded function uses, where the model itself lists none."""
    if hasattr(function, "variables"):
        return list(function.variables)
    used = [variable for graph in function.concrete_functions for variable in graph.variables]
    return list({id(variable): variable for variable in used}.values())


def _only_output(outputs: Any) -> tf.Tensor:
    if isinstance(outputs, dict):
        outputs = outputs.get("default", next(iter(outputs.values())))
    return outputs


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
