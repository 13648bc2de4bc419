"""One file that holds a whole estimator, or a pipeline around one: `save` and `load_model`."""

from __future__ import annotations

import json
import pickle
import warnings
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from copy import copy
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator

from estimators.persistence.archive import ModelFileError, packed, read_archive, write_atomically
from estimators.persistence.checkpoints import newest_checkpoint
from estimators.persistence.trained_check import check_blend, check_finite, check_trained
from feature_specs import FeatureSpec

if TYPE_CHECKING:
    from estimators.base.estimator import KerasEstimator
    from estimators.engine.trained_network import TrainedNetwork
    from estimators.persistence.serialization.trusted import Known

_FORMAT = "keras-estimators"
_VERSION = 1
_LIBRARIES = ("keras-estimators", "keras", "tensorflow", "scikit-learn", "numpy", "pandas")
MANIFEST = "manifest.json"
ESTIMATOR, SESSION, AROUND = "estimator", "session", "around"
_HELD = "held"


def save(estimator: KerasEstimator | BaseEstimator, path: str | Path) -> None:
    """Write an estimator, or a pipeline around one, into one file for `load_model`.

    Parameters
    ----------
    estimator : estimator
        Of this library, or of scikit-learn with estimators or feature specs of this library in
        it: a pipeline, a search, ``TransformedTargetRegressor``, a stack.
    path : str or Path
        An existing file is replaced at once or not at all.

    Raises
    ------
    TypeError
        For an estimator with none of this library in it, and for a part that a file cannot hold,
        such as a lambda.
    ImportError
        Where skops is missing, which writes what is scikit-learn's: the extra `save`.
    OSError
        Where the file cannot be written.

    See Also
    --------
    load_model : Restores it.

    Notes
    -----
    A file holds no code. What is scikit-learn's is written by skops, and whatever else a pipeline
    holds is loaded where the caller trusts its name.

    Examples
    --------
    >>> import tempfile
    >>> from estimators import DNNClassifier, load_model, save
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), DNNClassifier(epochs=5, random_state=0)).fit(X, y)
    >>> path = tempfile.mkdtemp() + "/iris.model"
    >>> save(model, path)
    >>> bool((load_model(path).predict(X) == model.predict(X)).all())
    True

    References
    ----------
    ``keras.saving.save_model``; ``skops.io.dump``.
    """
    from estimators.base.estimator import KerasEstimator

    if isinstance(estimator, KerasEstimator):
        save_model(estimator, path)
    else:
        _save_around(estimator, path)


def save_model(estimator: KerasEstimator, path: str | Path) -> None:
    """Write an estimator of this library into one file, at once.

    Raises
    ------
    UnsavableError
        Naming the parameter or attribute that a file cannot hold.
    """
    members = _members(estimator)
    write_atomically(Path(path), packed({MANIFEST: manifest_of(estimator), **members}))


def _save_around(estimator: BaseEstimator, path: str | Path) -> None:
    from estimators.persistence.meta_estimators import without_ours
    from estimators.persistence.serialization.serializer import Writer
    from estimators.persistence.serialization.trusted import UnsavableError

    name = type(estimator).__name__
    try:
        around, held = without_ours(estimator, _is_ours)
    except (TypeError, ValueError, AttributeError, pickle.PicklingError) as error:
        raise UnsavableError(
            f"The {name} holds what no file can ({error}); replace it by what an import finds."
        ) from error
    if not held or not isinstance(estimator, BaseEstimator):
        raise TypeError(
            f"A {name} with no estimator of this library in it is not for this file; save it with "
            "skops.io.dump."
        )
    members = Writer(AROUND).write(around)
    for number, each in enumerate(held):
        members |= _members(each, str(number))
    manifest = manifest_of(estimator, **{_HELD: [type(each).__name__ for each in held]})
    write_atomically(Path(path), packed({MANIFEST: manifest, **members}))


def _is_ours(value: object) -> bool:
    from estimators.base.estimator import KerasEstimator

    return isinstance(value, KerasEstimator | FeatureSpec)


def _members(estimator: KerasEstimator | FeatureSpec, number: str = "") -> dict[str, bytes]:
    from estimators.persistence.serialization.serializer import Writer

    if isinstance(estimator, FeatureSpec):
        return Writer(ESTIMATOR + number).write(estimator)
    estimator, trained = _apart(estimator)
    for part in _trained_parts(estimator, trained):
        check_finite(part)
    members = Writer(ESTIMATOR + number).write(estimator)
    if trained is not None:
        members |= Writer(SESSION + number).write(trained)
    return members


def _apart(estimator: KerasEstimator) -> tuple[KerasEstimator, TrainedNetwork | None]:
    """Return what a training leaves as it is, and what it changes."""
    bare = copy(estimator)
    bare.callbacks = _savable(estimator.callbacks)
    return bare, vars(bare).pop("trained_", None)


def _trained_parts(estimator: KerasEstimator, trained: TrainedNetwork | None) -> list[Any]:
    of_blend = vars(estimator).get("estimators_", {}).values()
    return [part for part in (trained, *(each.trained_ for each in of_blend)) if part is not None]


def _savable(callbacks: Any) -> Any:
    """Return `callbacks` without those that hold what belongs to this process: an open file."""
    from estimators.persistence.serialization.serializer import Writer
    from estimators.persistence.serialization.trusted import UnsavableError

    if callbacks is None:
        return None
    kept = []
    for callback in callbacks if isinstance(callbacks, list | tuple) else [callbacks]:
        try:
            Writer("callback").write(callback)
        except UnsavableError as error:
            warnings.warn(
                f"The callback {type(callback).__name__} is left out of the file: {error}",
                stacklevel=5,
            )
        else:
            kept.append(callback)
    return kept if isinstance(callbacks, list | tuple) else kept[0] if kept else None


def manifest_of(estimator: BaseEstimator, **further: Any) -> bytes:
    """Return what a file tells of itself."""
    manifest = {
        "format": _FORMAT,
        "version": _VERSION,
        "class": type(estimator).__name__,
        "libraries": _versions(),
        **further,
    }
    of_blend = vars(estimator).get("estimators_")
    if isinstance(of_blend, Mapping):
        manifest["estimators"] = list(of_blend)
    return json.dumps(manifest, indent=2).encode()


def estimators_in(path: Path) -> list[str]:
    """Return the names of the estimators of a saved blend, none where a file tells of none.

    Parameters
    ----------
    path : Path
        Nothing but what the file tells of itself is looked at.
    """
    with suppress(OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        names = json.loads(read_archive(path).read(MANIFEST))["estimators"]
        return [name for name in names if isinstance(name, str)]
    return []


def load_model(
    path: str | Path, *, trusted: Collection[str] | bool = ()
) -> KerasEstimator | BaseEstimator:
    """Return the estimator that `save` wrote, or that a checkpoint holds.

    Parameters
    ----------
    path : str or Path
        A file, or the folder of a `model_dir`, whose newest checkpoint is taken.
    trusted : str, collection of str or True, default=()
        What the file may ask for beyond layers and numbers, by the names that the error shows:
        functions and classes of others, callbacks that do more than watch the model, and paths,
        those of sentence models among them. True trusts whoever saved it with everything.

    Returns
    -------
    estimator
        Of the same class; it predicts the same bits and continues to train where it stopped.

    Raises
    ------
    FileNotFoundError
    ModelFileError
        Where the file is damaged, no saved estimator, from a newer version of this library, asks
        for what is not trusted, or holds weights that are no numbers or of other shapes.

    Warns
    -----
    UserWarning
        Where `model_dir`, `log_dir` or a path in `warm_start_from` stays in the file, since it is
        not trusted; the folder that the file lies in needs no trust.

    See Also
    --------
    DNNClassifier.save : Writes such files.

    Notes
    -----
    Loading reads the file and nothing else. A file of n bytes may unpack to 16 n + 16 MiB, an array
    is as large as its bytes, and no number of categories, vectors or units of a layer is beyond n
    or 1,048,576, whichever is more; time and memory are bounded by what it unpacks to. Networks
    with parts that were trusted are compared with their weights when they are first used.

    Examples
    --------
    >>> import tempfile
    >>> from estimators import DNNClassifier, load_model
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> path = tempfile.mkdtemp() + "/iris.model"
    >>> DNNClassifier(epochs=5, random_state=0).fit(X, y).save(path)
    >>> load_model(path).predict(X[:2]).tolist()
    [0, 0]

    References
    ----------
    ``keras.models.load_model`` and its ``safe_mode``; ``skops.io.load`` for `trusted`.
    """
    return read_parts(path, _names_in, trusted, together=_put_together)


def _names_in(manifest: Mapping[str, Any]) -> list[str]:
    held = manifest.get(_HELD)
    if held is None:
        return [ESTIMATOR, SESSION]
    return [AROUND, *(f"{part}{n}" for n in range(len(held)) for part in (ESTIMATOR, SESSION))]


def _put_together(parts: list[Any], known: Known) -> KerasEstimator | BaseEstimator:
    """Return one estimator with its network, or several with what was around them."""
    from estimators.persistence.meta_estimators import with_ours

    around = parts[0] if len(parts) % 2 else None
    parts = parts[len(parts) % 2 :]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    found = [_fitted(estimator, trained, known) for estimator, trained in pairs]
    known.warn()
    if len(parts) == 2 and around is None and not isinstance(found[0], FeatureSpec):
        return found[0]
    if not isinstance(around, BaseEstimator):
        raise ModelFileError("The file holds parts of an estimator alone; take another copy.")
    return with_ours(around, found)


def _fitted(estimator: Any, trained: Any, known: Known) -> KerasEstimator | FeatureSpec:
    """Return an estimator with its network, where the two belong together."""
    if not _is_ours(estimator):
        raise ModelFileError(f"The file holds no estimator but a {type(estimator).__name__}.")
    if trained is not None:
        check_trained(estimator, trained, is_known=not known.has_trusted)
        estimator.trained_ = trained
    if "estimators_" in vars(estimator):
        check_blend(estimator, is_known=not known.has_trusted)
    return estimator


def read_parts(
    path: str | Path,
    names: Sequence[str] | Callable[[Mapping[str, Any]], Sequence[str]],
    trusted: Collection[str] | bool = (),
    together: Callable[[list[Any], Known], Any] = lambda parts, known: parts,
) -> Any:
    """Return what a file holds under these names, None where it lacks one.

    Parameters
    ----------
    path : str or Path
    names : sequence of str, or callable
        The names, or what finds them in what the file tells of itself.
    trusted : str, collection of str or True, default=()
    together : callable, optional
        Makes of the objects what is returned; its errors are told as the file's.
    """
    from estimators.persistence.serialization.serializer import Reader
    from estimators.persistence.serialization.trusted import SKOPS, Known

    path = Path(path)
    if path.is_dir():
        path = newest_checkpoint(path)
    archive = read_archive(path)
    try:
        manifest = _checked_manifest(archive)
        names = names(manifest) if callable(names) else names
        members = set(archive.namelist())
        known = Known(trusted, path, archive.fp.getbuffer().nbytes)
        parts = [
            Reader(name, archive.read, known).read() if f"{name}.json" in members else None
            for name in names
        ]
        return together(parts, known)
    except ModelFileError:
        raise
    except Exception as error:  # whatever libraries say to a state that they do not know
        if getattr(error, "name", None) == SKOPS:
            raise
        raise ModelFileError(
            f"{str(path)!r} holds what this version cannot read ({_first_line(error)}); load it "
            f"with the versions it was saved with: {_saved_with(archive)}."
        ) from error


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0][:300]


def _checked_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    manifest = json.loads(archive.read(MANIFEST))
    is_ours = isinstance(manifest, dict) and manifest.get("format") == _FORMAT
    if not is_ours or type(manifest.get("version")) is not int or manifest["version"] < 1:
        raise ModelFileError("The file is not that of a saved estimator.")
    if manifest["version"] > _VERSION:
        raise ModelFileError(
            f"The file is in version {manifest['version']} of the format, newer than the "
            f"{_VERSION} that is known here; update keras-estimators to load it."
        )
    return manifest


def _saved_with(archive: zipfile.ZipFile) -> str:
    try:
        libraries = json.loads(archive.read(MANIFEST))["libraries"]
        return ", ".join(f"{name} {number}" for name, number in libraries.items())[:300]
    except Exception:  # it is the file's manifest that may be at fault
        return "unknown"


@cache
def _versions() -> dict[str, str]:
    installed = {}
    for name in _LIBRARIES:
        # A checkout need not be installed, and tensorflow goes by several names.
        with suppress(PackageNotFoundError):
            installed[name] = version(name)
    return installed
