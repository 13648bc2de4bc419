"""What an estimator does with files and single weights, as methods."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from sklearn.utils.validation import check_is_fitted

from estimators.persistence.checkpoints import Checkpoints, latest_checkpoint
from feature_specs.columns.did_you_mean import did_you_mean

if TYPE_CHECKING:
    import keras
    import numpy as np


class PersistenceMethods:
    """The half of an estimator that writes and reads files."""

    def save(self, path: str | Path) -> None:
        """Write the whole estimator into one file, from which `load_model` restores it.

        The file holds parameters, feature spec, weights, optimizer state, history and random
        stream, and no code. Restored, the estimator predicts the same bits and continues to train
        where it stopped. A callback that holds what a file cannot is left out, with a warning.

        Parameters
        ----------
        path : str or Path
            An existing file is replaced at once or not at all.

        Raises
        ------
        TypeError
            For a parameter that a file cannot hold, such as a lambda.
        OSError
            Where the file cannot be written.

        See Also
        --------
        estimators.load_model : Restores it.
        """
        from estimators.persistence.model_file import save_model

        save_model(self, path)

    def export(
        self, path: str | Path, format: str | None = None, *, overwrite: bool = False
    ) -> None:
        """Write a model that takes raw columns and answers without this library.

        It has the signatures ``serving_default``, ``predict`` and, for classes,
        ``predict_proba``. Missing values are NaN, the smallest int64, or an empty text.

        Parameters
        ----------
        path : str or Path
            A folder for a SavedModel, else a file.
        format : {"saved_model", "litert", "onnx"}, default=None
            None goes by the end of `path`: ``.onnx``, ``.tflite``, or else a SavedModel.
        overwrite : bool, default=False
            Whether what is there is replaced.

        Raises
        ------
        FileExistsError
            Where `path` exists and `overwrite` is False.
        ValueError
            For an unknown format, or a step that no graph can hold.

        See Also
        --------
        estimators.persistence.export.export_model : What each format holds and needs.
        """
        from estimators.persistence.export.export_model import export_model

        check_is_fitted(self)
        export_model(self, path, format, overwrite)

    def save_weights(self, path: str | Path) -> None:
        """Write the weights of the network in Keras's own format.

        Parameters
        ----------
        path : str or Path
            Ends in ``.weights.h5``.

        Raises
        ------
        ValueError
            For another ending.

        See Also
        --------
        save : Writes the whole estimator.
        """
        from estimators.persistence.weight_files import write_weights

        check_is_fitted(self)
        write_weights(self._training_network(), path)

    def load_weights(self, path: str | Path) -> Self:
        """Take over weights that `save_weights` or Keras wrote.

        A fitted estimator has them at once; ``epochs=0`` fits without training. One that is not
        fitted knows no columns and classes yet: its next ``fit`` starts from these weights.

        Parameters
        ----------
        path : str or Path
            A file of weights of the same architecture, such as
            ``keras.callbacks.ModelCheckpoint`` writes them.

        Returns
        -------
        self : object

        Raises
        ------
        FileNotFoundError
        ValueError
            Where the file is damaged, or a weight has another shape; nothing has changed then.
        """
        from estimators.persistence.weight_files import read_weights

        if not hasattr(self, "trained_"):
            if not Path(path).is_file():
                raise FileNotFoundError(f"There is no file {str(path)!r}; check the path.")
            self._weights_file = Path(path).absolute()
            return self
        weights = read_weights(self._training_network(), path)
        trained = self.trained_.with_weights(weights)
        self._check_loaded(trained)
        self.trained_ = trained
        self.held_out_ = None
        return self

    def variable_names(self) -> list[str]:
        """Return the names of the network's weights.

        Returns
        -------
        list of str
            ``"dense/kernel"`` and so on, the same in every process.

        References
        ----------
        ``tf.estimator.Estimator.get_variable_names``.
        """
        check_is_fitted(self)
        return list(self.trained_.named_weights)

    def variable_value(self, name: str) -> np.ndarray:
        """Return one of the network's weights.

        Parameters
        ----------
        name : str
            One of `variable_names`.

        Returns
        -------
        ndarray

        Raises
        ------
        ValueError
            For an unknown name, with the nearest known one.

        References
        ----------
        ``tf.estimator.Estimator.get_variable_value``.
        """
        check_is_fitted(self)
        weights = self.trained_.named_weights
        if name not in weights:
            raise ValueError(f"There is no weight {name!r}: {did_you_mean(name, weights)}")
        return weights[name].copy()

    @property
    def latest_checkpoint_(self) -> Path | None:
        """Newest checkpoint in `model_dir`, None without one."""
        self._fitted("latest_checkpoint_")
        model_dir = self.model_dir
        folder = model_dir.folder if isinstance(model_dir, Checkpoints) else model_dir
        return None if folder is None else latest_checkpoint(folder)

    def __sklearn_clone__(self) -> Self:
        clone = super().__sklearn_clone__()
        if hasattr(self, "warm_start_from"):
            # It is asked for its weights, which a clone of it would not have.
            clone.warm_start_from = self.warm_start_from
        return clone

    def _training_network(self) -> keras.Model:
        """Return a network as it was trained, without what only prediction knows."""
        architecture = self.builder_._training_architecture()
        return self.trained_.network(architecture, self.head_.averaging)
