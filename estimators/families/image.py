"""Images: convolutions and pooling, then hidden layers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from estimators.base.estimator import KerasEstimator
from estimators.base.parameters import (
    SHARED,
    changed,
    constraints_of,
    epochs_text,
    keep_parameters,
    values_of,
)
from estimators.base.pixels import PIXELS, Pixels, as_images
from estimators.engine.compiled.keys import key_of
from estimators.families.family import Family
from estimators.families.networks.augmentation import AUGMENT, augmented
from estimators.families.networks.convolutions import CONVOLUTIONS, convolutions
from estimators.heads.head import Head
from estimators.heads.tasks import ClassificationTask, RegressionTask

if TYPE_CHECKING:
    import keras

    from estimators.persistence.checkpoints import Checkpoints


class Image(Family):
    """The family of convolutional networks on images, for any task."""

    _parameters = (
        *CONVOLUTIONS,
        AUGMENT,
        *PIXELS,
        *changed(SHARED, epochs={"text": epochs_text(10)}),
    )
    _parameter_constraints = constraints_of(_parameters)

    def __init__(
        self,
        filters: Sequence[int] = (16, 32),
        *,
        kernel_size: int | Sequence[int] = 5,
        pool_size: int | Sequence[int] = 2,
        padding: str = "same",
        hidden_units: Sequence[int] = (128,),
        activation: str | Callable | Sequence[str | Callable] = "relu",
        dropout: float | Sequence[float] = 0.25,
        batch_norm: bool = False,
        l1: float = 0.0,
        l2: float = 0.0,
        augment: keras.layers.Layer | Sequence[keras.layers.Layer] | None = None,
        image_shape: Sequence[int] | None = None,
        rescale: float | str = "auto",
        loss: str | Callable | None = None,
        metrics: Any = None,
        optimizer: str | keras.optimizers.Optimizer = "auto",
        learning_rate: float | str | keras.optimizers.schedules.LearningRateSchedule | None = None,
        weight_decay: float | None = None,
        epochs: int | str = "auto",
        batch_size: int | str = "auto",
        shuffle: bool = True,
        standardize_target: bool = True,
        validation_fraction: float | None = None,
        early_stopping: bool | int | str | keras.callbacks.EarlyStopping = "auto",
        members: int = 1,
        members_split: Any = "folds",
        class_weight: dict | list | str | None = None,
        callbacks: keras.callbacks.Callback | Sequence[keras.callbacks.Callback] | None = None,
        warm_start: bool = False,
        warm_start_from: KerasEstimator | str | Path | None = None,
        jit_compile: bool | str = "auto",
        model_dir: str | Path | Checkpoints | None = None,
        log_dir: str | Path | None = None,
        n_jobs: int | None = -1,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        keep_parameters(self, locals())

    def _auto_epochs(self, row_count: int) -> int:
        return 10

    def _new_specs(self) -> dict[str, Pixels]:
        return {"": Pixels(self.rescale)}

    def _check_X(self, X: Any, *, reset: bool) -> np.ndarray:
        if not hasattr(X, "dtype") and not hasattr(X, "columns"):
            X = np.asarray(X)
        dimensions = getattr(X, "ndim", 2)
        is_nested = dimensions == 1 and X.dtype.kind == "O"
        if is_nested or (dimensions > 2 and X.dtype.kind not in "fiub"):
            raise ValueError(
                f"X is an array of {X.dtype} and shape {X.shape} where numbers of shape (rows, "
                "height, width) are needed; stack the images with numpy.stack."
            )
        if dimensions <= 2:
            X = validate_data(self, X, reset=reset, dtype="numeric")
        else:
            X = check_array(X, dtype="numeric", allow_nd=True, estimator=self, input_name="X")
        return as_images(X, self.image_shape)

    def _build(self, specs: Mapping[str, Pixels], head: Head) -> keras.Model:
        import keras

        inputs = specs[""].inputs()
        images = augmented(specs[""].rescaled(inputs), self.augment)
        features = convolutions(images, **values_of(self, CONVOLUTIONS))
        return keras.Model(inputs, keras.layers.Dense(head.units, name="logits")(features))

    def _architecture_key(self) -> Hashable:
        return key_of(values_of(self, (*CONVOLUTIONS, AUGMENT)))

    def __sklearn_tags__(self):  # noqa: ANN204
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = False
        tags.input_tags.sparse = False
        tags.input_tags.string = False
        tags.input_tags.categorical = False
        return tags


class ImageRegressor(RegressionTask, Image):
    """Convolutional network from images to real values, counts or quantiles.

    Parameters
    ----------
    filters : sequence of int, default=(16, 32)
        Number of filters of each block: a convolution, an activation, a pooling.
    kernel_size : int or sequence of int, default=5
        Side of the filters, one for all blocks or one for each.
    pool_size : int or sequence of int, default=2
        Side of the squares of which a block keeps the maximum, one for all or one for each; 1
        keeps everything.
    padding : {'same', 'valid'}, default='same'
        Whether filters and squares reach beyond the edge, so that images keep their size until
        they are pooled.
    hidden_units : sequence of int, default=(128,)
        Width of every hidden layer behind the blocks.
    activation : str, callable or sequence of them, default='relu'
        One for all, or one for each block and each hidden layer.
    dropout : float or sequence of float, default=0.25
        Share of outputs silenced in each training step; one for all, or one for each block and
        each hidden layer.
    batch_norm : bool, default=False
        Whether convolutions and hidden layers are followed by normalisation.
    l1 : float, default=0.0
        Penalty on the absolute size of kernel weights.
    l2 : float, default=0.0
        Penalty on the squared size of kernel weights.
    augment : keras.layers.Layer or list of them, default=None
        Layers that change images at random, in training alone; they are copied. Pixels have
        been rescaled by then: where a layer asks for ``value_range``, it is ``(0, 1)``.
    image_shape : sequence of int, default=None
        Height and width, or height, width and channels, of images that come as flat rows; one
        of them may be -1.
    rescale : float or 'auto', default='auto'
        What pixels are multiplied by; ``'auto'`` is 1/255 for whole numbers, and takes floats
        as they are.
    loss : str, callable or keras.losses.Loss, default=None
        Loss by its name in Keras or scikit-learn, an object of Keras, or a function of target
        and predictions that returns a value a row. For regression also ``'quantile'``
        (`QuantileLoss`, of several quantiles as well), with a log link ``'poisson'`` and
        ``'negative_binomial'`` (counts, `NegativeBinomialLoss`), ``'gamma'`` and ``'tweedie'``
        (positive values, `TweedieLoss`); mean squared error by default. It is a loss of the
        target's units, which training divides by a constant where the target is standardised:
        penalties and learning rates weigh the same in any unit. For classes cross-entropy by
        default; others see probabilities. ``'ordinal'`` is for classes in order (an ordered
        dtype, or numbers): the log-odds of reaching a class differ by thresholds alone.
    metrics : str, metric, scorer, or list or dict of these, default=None
        Measured after every epoch, on the training rows and on those that validate, and by
        `evaluate`: names of Keras (``'auc'``) or of scikit-learn's scorers (``'roc_auc'``),
        their objects, or functions of target and predictions. Of classes metrics of Keras see
        probabilities. The history has them by their names, those of validation rows as
        ``'val_auc'``.
    optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 10.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and
        from 16,384 on 256.
    shuffle : bool, default=True
        Whether every epoch takes the rows in a new order.
    standardize_target : bool, default=True
        Whether a regression target is brought to mean 0 and standard deviation 1 for training;
        losses, predictions and coefficients stay in the target's units. Without effect on
        classes and counts.
    validation_fraction : float, default=None
        Share of the rows that is set aside (stratified for classes) and measured after every
        epoch.
    early_stopping : 'auto', bool, int, str or keras.callbacks.EarlyStopping, default='auto'
        Number of epochs without improvement of the validation loss after which training stops
        and the best weights are restored; True means 10, and so does the name of another
        measure, such as ``'val_accuracy'``, for that one. Sets 10 % of the rows aside where
        nothing else says what to validate on. ``'auto'`` means 20 and sets five times the
        square root of the number of rows aside, at most a fifth; below 300 rows all are trained
        on for all epochs.
    members : int, default=1
        Number of networks that are trained alike and averaged, on the scale of probabilities,
        means or values.
    members_split : {'folds', 'bootstrap', 'seeds'} or splitter of scikit-learn, default='folds'
        Which rows each of several members trains on: all but its own fold, as many as there are
        drawn with replacement, or all. It validates on those that it does not train on, and is
        stopped by them.
    class_weight : dict, list of dict or 'balanced', default=None
        Weights of the classes, as everywhere in scikit-learn; classifiers only.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Each sees the network, the epochs and the logs it expects. With batch hooks the loop
        runs one batch at a time.
    warm_start : bool, default=False
        Whether ``fit`` continues from the weights and optimizer state of the previous ``fit``.
    warm_start_from : fitted estimator, str or Path, default=None
        Where ``fit`` takes its initial weights from, by name and shape: an estimator, the file
        of a saved one, or a checkpoint. ``warm_start_report_`` tells what was taken.
    jit_compile : bool or 'auto', default='auto'
        Whether XLA compiles the loop; ``'auto'`` decides by layers, device and number of rows.
    model_dir : str, Path or Checkpoints, default=None
        Folder that keeps checkpoints of the training, from which ``fit(..., resume=True)`` goes
        on after a crash; `Checkpoints` says how often and how many.
    log_dir : str or Path, default=None
        Folder for TensorBoard: measures of every epoch, the graph and the parameters. For
        histograms and images put ``keras.callbacks.TensorBoard`` among the callbacks.
    n_jobs : int, default=-1
        Threads that train members at the same time, in the terms of joblib; the bits are the
        same for any number.
    random_state : int, RandomState instance or None, default=None
        Decides initial weights, order of rows, dropout and the validation split. The same
        number gives the same bits.
    verbose : int, default=0
        1 shows a progress bar with rate and time left.

    Attributes
    ----------
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from pixels to values.
    n_iter_ : int
        Number of epochs trained.

    See Also
    --------
    ImageClassifier : The same network for classes.

    Examples
    --------
    >>> import numpy as np
    >>> from estimators import ImageRegressor
    >>> images = np.random.default_rng(0).random((200, 8, 8))
    >>> brightness = images.mean((1, 2))
    >>> model = ImageRegressor((4,), kernel_size=3, dropout=0, learning_rate=0.01, random_state=0)
    >>> bool(model.set_params(epochs=30).fit(images, brightness).score(images, brightness) > 0.5)
    True

    References
    ----------
    LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998.
    """


class ImageClassifier(ClassificationTask, Image):
    """Convolutional network from images to two classes, several classes, or several labels.

    Parameters
    ----------
    filters : sequence of int, default=(16, 32)
        Number of filters of each block: a convolution, an activation, a pooling.
    kernel_size : int or sequence of int, default=5
        Side of the filters, one for all blocks or one for each.
    pool_size : int or sequence of int, default=2
        Side of the squares of which a block keeps the maximum, one for all or one for each; 1
        keeps everything.
    padding : {'same', 'valid'}, default='same'
        Whether filters and squares reach beyond the edge, so that images keep their size until
        they are pooled.
    hidden_units : sequence of int, default=(128,)
        Width of every hidden layer behind the blocks.
    activation : str, callable or sequence of them, default='relu'
        One for all, or one for each block and each hidden layer.
    dropout : float or sequence of float, default=0.25
        Share of outputs silenced in each training step; one for all, or one for each block and
        each hidden layer.
    batch_norm : bool, default=False
        Whether convolutions and hidden layers are followed by normalisation.
    l1 : float, default=0.0
        Penalty on the absolute size of kernel weights.
    l2 : float, default=0.0
        Penalty on the squared size of kernel weights.
    augment : keras.layers.Layer or list of them, default=None
        Layers that change images at random, in training alone; they are copied. Pixels have
        been rescaled by then: where a layer asks for ``value_range``, it is ``(0, 1)``.
    image_shape : sequence of int, default=None
        Height and width, or height, width and channels, of images that come as flat rows; one
        of them may be -1.
    rescale : float or 'auto', default='auto'
        What pixels are multiplied by; ``'auto'`` is 1/255 for whole numbers, and takes floats
        as they are.
    loss : str, callable or keras.losses.Loss, default=None
        Loss by its name in Keras or scikit-learn, an object of Keras, or a function of target
        and predictions that returns a value a row. For regression also ``'quantile'``
        (`QuantileLoss`, of several quantiles as well), with a log link ``'poisson'`` and
        ``'negative_binomial'`` (counts, `NegativeBinomialLoss`), ``'gamma'`` and ``'tweedie'``
        (positive values, `TweedieLoss`); mean squared error by default. It is a loss of the
        target's units, which training divides by a constant where the target is standardised:
        penalties and learning rates weigh the same in any unit. For classes cross-entropy by
        default; others see probabilities. ``'ordinal'`` is for classes in order (an ordered
        dtype, or numbers): the log-odds of reaching a class differ by thresholds alone.
    metrics : str, metric, scorer, or list or dict of these, default=None
        Measured after every epoch, on the training rows and on those that validate, and by
        `evaluate`: names of Keras (``'auc'``) or of scikit-learn's scorers (``'roc_auc'``),
        their objects, or functions of target and predictions. Of classes metrics of Keras see
        probabilities. The history has them by their names, those of validation rows as
        ``'val_auc'``.
    optimizer : str or keras.optimizers.Optimizer, default='auto'
        Optimizer by its name in Keras, or an object, which is copied. ``'auto'`` is Adam.
    learning_rate : float, 'cosine', 'coslog4' or LearningRateSchedule, default=None
        Replaces the learning rate of the optimizer; ``'cosine'`` lets it fall to 0 within each
        fit, ``'coslog4'`` in four waves, each twice as long as the one before.
    weight_decay : float, default=None
        Share of its size, times the learning rate, that a step takes off every kernel and
        embedding, apart from the gradient; biases, norms and scales keep theirs. None leaves
        that of the optimizer, 0 with ``'auto'``.
    epochs : int or 'auto', default='auto'
        Number of passes over the training rows, at most; 0 prepares a network and does not
        train it. ``'auto'`` is 10.
    batch_size : int, default='auto'
        Rows a step. ``'auto'`` is 32 up to 1,024 training rows, then 64, from 4,096 on 128 and
        from 16,384 on 256.
    shuffle : bool, default=True
        Whether every epoch takes the rows in a new order.
    standardize_target : bool, default=True
        Whether a regression target is brought to mean 0 and standard deviation 1 for training;
        losses, predictions and coefficients stay in the target's units. Without effect on
        classes and counts.
    validation_fraction : float, default=None
        Share of the rows that is set aside (stratified for classes) and measured after every
        epoch.
    early_stopping : 'auto', bool, int, str or keras.callbacks.EarlyStopping, default='auto'
        Number of epochs without improvement of the validation loss after which training stops
        and the best weights are restored; True means 10, and so does the name of another
        measure, such as ``'val_accuracy'``, for that one. Sets 10 % of the rows aside where
        nothing else says what to validate on. ``'auto'`` means 20 and sets five times the
        square root of the number of rows aside, at most a fifth; below 300 rows all are trained
        on for all epochs.
    members : int, default=1
        Number of networks that are trained alike and averaged, on the scale of probabilities,
        means or values.
    members_split : {'folds', 'bootstrap', 'seeds'} or splitter of scikit-learn, default='folds'
        Which rows each of several members trains on: all but its own fold, as many as there are
        drawn with replacement, or all. It validates on those that it does not train on, and is
        stopped by them.
    class_weight : dict, list of dict or 'balanced', default=None
        Weights of the classes, as everywhere in scikit-learn; classifiers only.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Each sees the network, the epochs and the logs it expects. With batch hooks the loop
        runs one batch at a time.
    warm_start : bool, default=False
        Whether ``fit`` continues from the weights and optimizer state of the previous ``fit``.
    warm_start_from : fitted estimator, str or Path, default=None
        Where ``fit`` takes its initial weights from, by name and shape: an estimator, the file
        of a saved one, or a checkpoint. ``warm_start_report_`` tells what was taken.
    jit_compile : bool or 'auto', default='auto'
        Whether XLA compiles the loop; ``'auto'`` decides by layers, device and number of rows.
    model_dir : str, Path or Checkpoints, default=None
        Folder that keeps checkpoints of the training, from which ``fit(..., resume=True)`` goes
        on after a crash; `Checkpoints` says how often and how many.
    log_dir : str or Path, default=None
        Folder for TensorBoard: measures of every epoch, the graph and the parameters. For
        histograms and images put ``keras.callbacks.TensorBoard`` among the callbacks.
    n_jobs : int, default=-1
        Threads that train members at the same time, in the terms of joblib; the bits are the
        same for any number.
    random_state : int, RandomState instance or None, default=None
        Decides initial weights, order of rows, dropout and the validation split. The same
        number gives the same bits.
    verbose : int, default=0
        1 shows a progress bar with rate and time left.

    Attributes
    ----------
    classes_ : ndarray
        Labels, in the order of the columns of ``predict_proba``.
    history_ : History
        What every epoch measured.
    network_ : keras.Model
        The trained network, from pixels to logits.
    n_iter_ : int
        Number of epochs trained.

    See Also
    --------
    ImageRegressor : The same network for values.
    DNNClassifier : Takes images as well, as so many columns.
    estimators.displays : Plots of images, predictions and class probabilities.

    Notes
    -----
    On a CPU convolutions run through oneDNN, which is faster there than XLA; on a GPU through XLA.

    Examples
    --------
    >>> from estimators import ImageClassifier
    >>> from sklearn.datasets import load_digits
    >>> digits = load_digits()
    >>> X, y = digits.images.astype("uint8"), digits.target
    >>> model = ImageClassifier((8,), kernel_size=3, rescale=1 / 16, epochs=5, random_state=0)
    >>> bool(model.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.8)
    True

    References
    ----------
    LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998.
    """
