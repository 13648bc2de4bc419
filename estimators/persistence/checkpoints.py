"""Checkpoints in a folder: how often they are made, how many stay, and which is the newest."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"checkpoint-(\d{8,})\.model")
_MEMBER = re.compile(r"member_(\d+)")


class Checkpoints:
    """Where checkpoints are kept, how often they are made and how many stay.

    Parameters
    ----------
    model_dir : str or Path
        Folder, made where it is missing. One fit at a time may use it.
    save_freq : int or "epoch", default="epoch"
        Number of steps from one checkpoint to the next, or one after every epoch.
    save_seconds : float, default=None
        Seconds from one checkpoint to the next, instead of steps or epochs.
    keep : int, default=5
        How many of the newest stay. The best epoch's, ``best.model``, stays in any case.

    Raises
    ------
    ValueError
        For settings that contradict each other.

    See Also
    --------
    latest_checkpoint : Finds the newest one.

    Examples
    --------
    >>> import tempfile
    >>> from estimators import Checkpoints, DNNClassifier, load_model
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> checkpoints = Checkpoints(tempfile.mkdtemp(), keep=2)
    >>> model = DNNClassifier(epochs=5, model_dir=checkpoints, random_state=0).fit(X, y)
    >>> sorted(path.name for path in checkpoints.folder.glob("*.model"))
    ['best.model', 'checkpoint-00000020.model', 'checkpoint-00000025.model']
    >>> bool((load_model(checkpoints.folder).predict(X) == model.predict(X)).all())
    True

    References
    ----------
    ``tf.estimator.RunConfig``; ``keras.callbacks.BackupAndRestore`` for `save_freq`.
    """

    def __init__(
        self,
        model_dir: str | Path,
        save_freq: int | str = "epoch",
        save_seconds: float | None = None,
        keep: int = 5,
    ) -> None:
        self.model_dir = model_dir
        self.save_freq = save_freq
        self.save_seconds = save_seconds
        self.keep = keep
        if self.save_freq != "epoch" and not (
            isinstance(self.save_freq, int) and self.save_freq > 0
        ):
            raise ValueError(
                f"save_freq must be 'epoch' or a number of steps of at least 1, not "
                f"{self.save_freq!r}."
            )
        if self.save_seconds is not None and (self.save_freq != "epoch" or self.save_seconds < 0):
            raise ValueError(
                f"save_seconds={self.save_seconds!r} must be at least 0 and stands instead of "
                "save_freq; give one of the two."
            )
        if not (isinstance(self.keep, int) and self.keep > 0):
            raise ValueError(f"keep must be at least 1, not {self.keep!r}.")

    @property
    def folder(self) -> Path:
        """`model_dir` as a path."""
        return Path(self.model_dir)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Checkpoints) and vars(self) == vars(other)

    __hash__ = None

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"Checkpoints({settings})"


def latest_checkpoint(model_dir: str | Path) -> Path | None:
    """Return the newest checkpoint in a folder.

    Parameters
    ----------
    model_dir : str or Path

    Returns
    -------
    Path or None
        None where there is none.

    Examples
    --------
    >>> import tempfile
    >>> from estimators import latest_checkpoint
    >>> latest_checkpoint(tempfile.mkdtemp()) is None
    True

    References
    ----------
    ``tf.train.latest_checkpoint``.
    """
    found = checkpoints_in(Path(model_dir))
    return found[-1] if found else None


def newest_checkpoint(model_dir: Path) -> Path:
    """Return the newest checkpoint, or raise."""
    found = latest_checkpoint(model_dir)
    if found is None and member_folders(model_dir):
        raise FileNotFoundError(
            f"The folder {str(model_dir)!r} holds checkpoints of members, and none of all of them "
            "yet; continue the fit by fit(..., resume=True), or give the folder of one member."
        )
    if found is None and any(map(has_checkpoints, model_dir.iterdir())):
        raise FileNotFoundError(
            f"The folder {str(model_dir)!r} holds checkpoints of estimators, and none of their "
            "blend yet; continue the fit by fit(..., resume=True), or give the folder of one."
        )
    if found is None:
        raise FileNotFoundError(
            f"The folder {str(model_dir)!r} holds no checkpoint; give the file of a saved "
            "estimator, or the model_dir of a fit."
        )
    return found


def has_checkpoints(folder: Path) -> bool:
    """Return whether a fit, or one of its members, has left a checkpoint in a folder."""
    return bool(checkpoints_in(folder) or member_folders(folder))


def checkpoints_in(folder: Path) -> list[Path]:
    """Return the checkpoints of a folder, the newest last."""
    numbered = [(_NAME.fullmatch(path.name), path) for path in folder.glob("checkpoint-*.model")]
    return [path for _, path in sorted((int(m[1]), path) for m, path in numbered if m)]


def checkpoint_name(iterations: int) -> str:
    """Return the name of the checkpoint after a number of steps."""
    return f"checkpoint-{iterations:08d}.model"


def folder_of(folder: Path, member: int) -> Path:
    """Return where the checkpoints of a member are kept, counted from 0."""
    return folder / f"member_{member + 1}"


def member_folders(folder: Path) -> dict[int, Path]:
    """Return the folders of members that hold a checkpoint, by the number of the member."""
    named = [(_MEMBER.fullmatch(path.name), path) for path in folder.glob("member_*")]
    return {int(m[1]) - 1: path for m, path in named if m and checkpoints_in(path)}
