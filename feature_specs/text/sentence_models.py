"""Pretrained models from whole texts to vectors: TensorFlow Hub's, or any SavedModel like them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any

import tensorflow as tf

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
