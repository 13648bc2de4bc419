"""A fitted estimator as a model that other programs run: `export`."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.utils.validation import check_is_fitted

from estimators.persistence.archive import write_atomically
from estimators.persistence.export.litert import litert_model
from estimators.persistence.export.onnx.conversion import onnx_model
from estimators.persistence.export.serving import Serving
from feature_specs.columns.did_you_mean import did_you_mean

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator

_GRAPH = "saved_model.pb"
_FORMATS_BY_ENDING = {".onnx": "onnx", ".tflite": "litert"}


def export_model(
    estimator: KerasEstimator,
    path: str | Path,
    format: str | None = None,
    overwrite: bool = False,
) -> None:
    """Write a model that takes raw columns and gives what `predict` and `predict_proba` give.

    Whoever runs it needs neither this library nor Keras.

    Parameters
    ----------
    estimator : KerasEstimator
        Fitted.
    path : str or Path
        Of the folder (SavedModel) or the file (others); written whole or not at all.
    format : {"saved_model", "litert", "onnx"}, default=None
        None goes by the end of `path`: ``.onnx``, ``.tflite``, or else a SavedModel. That is for
        TensorFlow and TensorFlow Serving; for LiteRT, once TensorFlow Lite, on devices; for
        ONNX runtimes, with ``pip install "keras-estimators[onnx]"``.
    overwrite : bool, default=False
        Whether a model that is there already is replaced.

    Raises
    ------
    sklearn.exceptions.NotFittedError
    FileExistsError
        Where something is there already.
    FileNotFoundError
        Where the folder around `path` is missing.
    ValueError
        For an unknown format, and for a model that the format cannot hold.
    TypeError
        For a feature spec with a scikit-learn transformer, which has no form in a graph.
    ImportError
        Where the format needs a package that is not installed.

    Notes
    -----
    *Inputs.* One a raw column that the feature spec reads, by the column's name and of shape
    (rows,): numbers are float64 with NaN for missing, whole numbers that are categories int64 with
    the smallest integer for missing, texts and categories strings with ``""`` for missing,
    durations float64 seconds. Dates come as the fit had them: moments as int64 seconds since 1970
    by the clock of their zone at the fit, numbers as int64 in their unit, both with the smallest
    integer for missing, and texts as strings in their format; a text that does not follow it, or
    has an offset from UTC where those of the fit had none, or none where they had one, is missing.
    A column of lists has shape (rows, longest), padded with these. Characters of a name other than
    ASCII letters and digits become ``_``, and ``arg_`` stands before a name that does not begin
    with a letter. An array of numbers, whose columns have no names, is one input ``X`` of shape
    (rows, columns), and so is a sparse matrix, dense; texts are one input ``text``, images one
    input ``images`` of shape (rows, height, width, channels), in the dtype of the fit.

    *Outputs.* ``predictions`` of regressors. Of classifiers ``classes``, the labels as strings (of
    multi-label ones 0 or 1 for each label), ``probabilities`` and ``all_classes``, which names the
    columns of ``probabilities``. All numbers are float32.

    *Signatures.* ``predict``, ``predict_proba`` of classifiers, and ``serving_default``, which
    gives all outputs. An ONNX model has no signatures and gives all outputs.

    *LiteRT.* Numbers come in and are computed in float32. Numbers, bins, images and texts by a
    vocabulary need nothing but LiteRT's own operations. Everything else (hashes, crosses of other
    than bins, dates, lists, whole numbers by a vocabulary, texts taken apart into words) needs
    those of TensorFlow as well, "Select TF ops" or the flex delegate: an app on Android depends on
    ``org.tensorflow:tensorflow-lite-select-tf-ops``, one on iOS on ``TensorFlowLiteSelectTfOps``;
    TensorFlow's Python package has lacked them since version 2.20.

    *ONNX.* Inputs and answers are those of a SavedModel, up to the last bits of float32; Python
    gives texts as arrays of objects. Dates that were texts at fit, or numbers in a format such as
    ``%Y%m%d`` or of a time zone, come as int64 seconds since 1970 by the clock of the fit. Not held
    are hashes (those of crosses, but of bins, and of several buckets for unseen values among them),
    texts split into words, and sentence models: an error names the column. Categories are looked
    up by ``LabelEncoder`` of ``ai.onnx.ml``; all else is opset 18.

    References
    ----------
    ``tf.estimator.Estimator.export_saved_model``, whose names for signatures and outputs these are;
    ``keras.export.ExportArchive``; TensorFlow, "Select TensorFlow operators"; ``tf2onnx``; ONNX,
    operator ``LabelEncoder`` of ``ai.onnx.ml``.

    Examples
    --------
    >>> import tempfile, pandas as pd, tensorflow as tf
    >>> from estimators import DNNClassifier
    >>> table = pd.DataFrame({"age": [20.0, 60.0] * 20, "city": ["Bonn", "Rome"] * 20})
    >>> model = DNNClassifier(epochs=50, random_state=0).fit(table, ["no", "yes"] * 20)
    >>> folder = tempfile.mkdtemp()
    >>> export_model(model, folder)
    >>> predict = tf.saved_model.load(folder).signatures["predict"]
    >>> rows = {"age": tf.constant([61.0, float("nan")], tf.float64), "city": ["Rome", "Bonn"]}
    >>> predict(**rows)["classes"].numpy().tolist()
    [b'yes', b'no']
    """
    check_is_fitted(estimator)
    path = Path(path)
    format = _FORMATS_BY_ENDING.get(path.suffix, "saved_model") if format is None else format
    write = _writer(format)
    _check_place(path, format, overwrite)
    write(estimator, path)


def _write_saved_model(estimator: KerasEstimator, path: Path) -> None:
    archive = Serving(estimator).archive()
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.exporting")
    try:
        archive.write_out(temporary, verbose=False)
        _replace_folder(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_litert(estimator: KerasEstimator, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Serving(estimator, "float32").archive().write_out(folder, verbose=False)
        content = litert_model(folder)
    write_atomically(path, content)


def _write_onnx(estimator: KerasEstimator, path: Path) -> None:
    write_atomically(path, onnx_model(estimator))


_WRITERS: dict[str, Callable[[KerasEstimator, Path], None]] = {
    "saved_model": _write_saved_model,
    "litert": _write_litert,
    "onnx": _write_onnx,
}


def _writer(format: str) -> Callable[[KerasEstimator, Path], None]:
    if format not in _WRITERS:
        raise ValueError(f"Unknown format {format!r}; {did_you_mean(str(format), _WRITERS)}")
    return _WRITERS[format]


def _check_place(path: Path, format: str, overwrite: bool) -> None:
    """Raise unless a model may be written to `path`."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {str(path.parent)!r}; create it first.")
    if not path.exists():
        return
    is_folder = path.is_dir()
    if is_folder and format == "saved_model" and not any(path.iterdir()):
        return
    if not overwrite:
        raise FileExistsError(f"{str(path)!r} exists; pass overwrite=True or another path.")
    is_model = (path / _GRAPH).is_file() if format == "saved_model" else not is_folder
    if not is_model:
        wanted = "folder of a SavedModel" if format == "saved_model" else "file"
        raise FileExistsError(
            f"{str(path)!r} is no {wanted}, so that overwrite=True would destroy something else; "
            "take another path."
        )


def _replace_folder(new: Path, path: Path) -> None:
    """Move `new` to `path`, and what was there back where that fails."""
    if not (path / _GRAPH).is_file():
        os.replace(new, path)
        return
    former = new.with_suffix(".former")
    os.replace(path, former)
    try:
        os.replace(new, path)
    except BaseException:
        os.replace(former, path)
        raise
    shutil.rmtree(former)
