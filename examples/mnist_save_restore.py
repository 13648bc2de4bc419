"""Save and restore: whole models in three formats, checkpoints, best weights, weights by hand."""

from __future__ import annotations

import shutil

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.base import clone

from estimators import Checkpoints, DNNClassifier, latest_checkpoint, load_model
from estimators.datasets import load_mnist
from examples.support import OUTPUT, print_result, read_options, save_plot
from feature_specs import FeatureSpec, all_numeric

DOCUMENT_ACCURACY = 0.87
FOLDER = OUTPUT / "mnist_save_restore"


def main() -> None:
    options = read_options(__doc__)
    (train_images, train_labels), (test_images, test_labels) = load_mnist()
    train = train_images[:1_000].reshape(-1, 784) / 255, train_labels[:1_000]
    test = test_images[:1_000].reshape(-1, 784) / 255, test_labels[:1_000]
    model = DNNClassifier(
        FeatureSpec().step_numeric_column(all_numeric()),
        hidden_units=(512,),
        dropout=0.2,
        weight_decay=0.0,
        epochs=3 if options.quick else 10,
        early_stopping=False,
        random_state=options.seed,
    )
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)

    whole_models(clone(model).set_params(epochs=5).fit(*train), test)
    scores = checkpoints(model, train, test)
    scores["best epoch"] = best_only(model, train, test)
    weights_by_hand(model, train, test)
    continued(model, train)

    figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    bars = axis.bar(list(scores), list(scores.values()), color=["0.7", "C0", "C2"])
    axis.bar_label(bars, fmt="%.3f")
    axis.axhline(DOCUMENT_ACCURACY, color="0.4", linestyle=":", label="document, restored")
    axis.set(ylabel="accuracy on 1,000 other digits", ylim=(0, 1))
    axis.legend(loc="upper left")
    save_plot(figure, "mnist_save_restore")
    print_result("accuracy", scores["restored"], DOCUMENT_ACCURACY)


def whole_models(model: DNNClassifier, test: tuple) -> None:
    """Write and read a whole model in our format and in those of TensorFlow and Keras."""
    images, labels = test
    model.save(FOLDER / "my_model")
    again = load_model(FOLDER / "my_model")
    print(f"whole model, one file: accuracy {again.score(*test):.4f}, was {model.score(*test):.4f}")

    model.export(FOLDER / "exported")
    print(f"SavedModel: {sorted(path.name for path in (FOLDER / 'exported').iterdir())}")
    predict = tf.saved_model.load(str(FOLDER / "exported")).signatures["predict"]
    (name,) = predict.structured_input_signature[1]
    served = predict(**{name: tf.constant(images)})["classes"].numpy().astype(int)
    print(f"SavedModel: accuracy {np.mean(served == labels):.4f}")

    for suffix in (".keras", ".h5"):
        model.network_.save(FOLDER / f"network{suffix}")
        network = keras.models.load_model(FOLDER / f"network{suffix}")
        logits = network.predict(model.feature_spec_.encode(images), verbose=0)
        print(f"Keras's {suffix}: accuracy {np.mean(logits.argmax(axis=1) == labels):.4f}")


def checkpoints(model: DNNClassifier, train: tuple, test: tuple) -> dict[str, float]:
    """Keep weights after every epoch; restore the last ones into an untrained model."""
    path = FOLDER / "cp.weights.h5"
    kept = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    trained = clone(model).set_params(callbacks=kept).fit(*train, validation_data=test)
    untrained = clone(model).set_params(epochs=0).fit(*train)
    chance = untrained.score(*test)
    restored = untrained.load_weights(path).score(*test)
    print(f"untrained: accuracy {chance:.4f}; restored: {restored:.4f}")
    assert restored == trained.score(*test)
    return {"untrained": chance, "restored": restored}


def best_only(model: DNNClassifier, train: tuple, test: tuple) -> float:
    """Keep the epoch with the smallest validation loss alone."""
    path = FOLDER / "best.weights.h5"
    kept = keras.callbacks.ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
    trained = clone(model).set_params(callbacks=kept).fit(*train, validation_data=test)
    best = clone(trained).set_params(callbacks=None, epochs=0).fit(*train).load_weights(path)
    epoch = int(np.argmin(trained.history_["val_loss"]))
    print(f"best epoch: {epoch + 1}, accuracy {best.score(*test):.4f}")
    return best.score(*test)


def weights_by_hand(model: DNNClassifier, train: tuple, test: tuple) -> None:
    """Write weights and read them into a new model."""
    trained = clone(model).fit(*train)
    trained.save_weights(FOLDER / "by_hand.weights.h5")
    new_model = clone(model).set_params(epochs=0).fit(*train)
    new_model.load_weights(FOLDER / "by_hand.weights.h5")
    print(f"weights by hand: accuracy {new_model.score(*test):.4f}")
    print(f"weights: {', '.join(new_model.variable_names())}")


def continued(model: DNNClassifier, train: tuple) -> None:
    """Let a fit keep all it needs to go on, and go on."""
    folder = FOLDER / "model_dir"
    half = clone(model).set_params(epochs=model.epochs // 2, model_dir=Checkpoints(folder, keep=2))
    half.fit(*train)
    print(f"newest checkpoint: {latest_checkpoint(folder).name}")
    resumed = half.set_params(epochs=model.epochs).fit(*train, resume=True)
    straight = clone(model).fit(*train)
    same = np.array_equal(
        resumed.variable_value("dense/kernel"), straight.variable_value("dense/kernel")
    )
    print(f"resumed: epoch {resumed.n_iter_} of {model.epochs}, the same bits: {same}")


if __name__ == "__main__":
    main()
