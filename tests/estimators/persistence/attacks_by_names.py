"""Attacks by what a file asks for: callbacks, sentence models, classes, paths."""

import keras
from forging import GOOD, altered, estimator_with, forged, keras_model, layer, own

# Callbacks, which would act when the model trains on

SECRET = "secret"
for kind, module, state in [
    ("BackupAndRestore", "backup_and_restore", {"_backup_dir": SECRET, "delete_checkpoint": True}),
    ("CSVLogger", "csv_logger", {"filename": ".bashrc", "sep": ",", "append": False}),
    ("ModelCheckpoint", "model_checkpoint", {"filepath": "x.weights.h5"}),
    ("TensorBoard", "tensorboard", {"log_dir": "logs"}),
    ("RemoteMonitor", "remote_monitor", {"root": "http://localhost:9"}),
    ("LambdaCallback", "lambda_callback", {}),
    ("Callback", "callback", {}),
]:
    node = {
        "$": "object",
        "class": f"keras.src.callbacks.{module}.{kind}",
        "id": 901,
        "state": state,
    }
    for parameter, value in [("callbacks", [node]), ("early_stopping", node)]:
        forged(
            f"{kind} as {parameter}", lambda folder, p=parameter, v=value: estimator_with(**{p: v})
        )
forged("a logger of ours", lambda folder: estimator_with(
    callbacks=[own("FitLog", folder=str(folder / "logs"), is_begun=True)]))  # fmt: skip

# Sentence models and other layers that act, by every door


def sentence_model(folder):
    """Return a SavedModel whose graph writes a file when it is run."""
    return str(GOOD["sentence model"])


def embedding(folder, **others):
    config = {"folder": sentence_model(folder), "trainable": False, "name": "sentence"}
    return {
        "module": "feature_specs.text.layers", "class_name": "SentenceEmbedding",
        "config": config, "registered_name": "feature_specs>SentenceEmbedding", **others,
    }  # fmt: skip


EMBEDDINGS = {
    "by its name": {},
    "as a layer of Keras": {"module": "keras.layers", "class_name": "Dense"},
    "without a module": {"module": None},
    "as a plain value": {"class_name": "__bytes__"},
}
for way, others in EMBEDDINGS.items():
    forged(f"a sentence model {way}", lambda folder, o=others: keras_model(
        {"$": "keras", "config": embedding(folder, **o)}))  # fmt: skip
    forged(f"a sentence model {way} as a parameter", lambda folder, o=others: estimator_with(
        feature_spec=own("FeatureSpec", formula=None, steps={"$": "tuple", "items": [
            {"$": "tuple", "items": ["e", own("EmbeddingColumn", 905, columns="a", dimension=2,
             combiner="mean", initializer={"$": "map", "items": plain(embedding(folder, **o))},
             weights=None, max_norm=None, trainable=True)]}]})))  # fmt: skip


def plain(config):
    return {
        key: {"$": "map", "items": plain(item)} if isinstance(item, dict) else item
        for key, item in config.items()
    }


def without_registered_name(folder):
    config = embedding(folder)
    config.pop("registered_name")
    return keras_model({"$": "keras", "config": {
        **config, "module": None, "class_name": "feature_specs>SentenceEmbedding"}})  # fmt: skip


forged("a sentence model by its class name alone", without_registered_name)
forged("a sentence model within a model", lambda folder: keras_model({"$": "keras", "config": {
    "module": "keras", "class_name": "Sequential", "registered_name": None,
    "config": {"name": "s", "layers": [embedding(folder)]}}}))  # fmt: skip
forged(
    "a sentence model through a tuple",
    lambda folder: estimator_with(
        hidden_units={
            "$": "tuple",
            "class": "feature_specs.SentenceModel",
            "items": [sentence_model(folder)],
        }
    ),
)
forged(
    "an encoder of a sentence model",
    lambda folder: own(
        "SentenceEncoder", name="a", source="a", folder=sentence_model(folder), dimension=3
    ),
)
forged(
    "a sentence of a sentence model",
    lambda folder: own(
        "Sentence", folder=sentence_model(folder), version={"$": "tuple", "items": []}
    ),
)
forged(
    "an encoder in a layer",
    lambda folder: keras_model(
        layer(
            "Encoding",
            "feature_specs.networks.layers",
            "feature_specs>Encoding",
            lookup=None,
            encoder={
                "class": "SentenceEncoder",
                "state": {
                    "name": "a",
                    "source": "a",
                    "folder": sentence_model(folder),
                    "dimension": 3,
                },
            },
        )
    ),
)
forged("TFSMLayer", lambda folder: keras_model(layer("TFSMLayer", filepath=sentence_model(folder))))
forged(
    "a lambda",
    lambda folder: keras_model(
        {
            "$": "keras",
            "config": keras.saving.serialize_keras_object(keras.layers.Lambda(lambda x: x)),
        }
    ),
)
for kind in ("JaxLayer", "FlaxLayer", "TorchModuleWrapper", "Layer", "Wrapper"):
    forged(kind, lambda folder, kind=kind: keras_model(layer(kind)))
for kind in ("StringLookup", "IntegerLookup", "TextVectorization"):
    forged(f"{kind} of a file", lambda folder, kind=kind: keras_model(layer(
        kind, vocabulary=secret(folder))))  # fmt: skip
forged("a type of TensorFlow", lambda folder: keras_model({"$": "keras", "config": {
    "class_name": "__typespec__", "spec_name": "Popen", "module": "subprocess",
    "registered_name": None, "config": []}}))  # fmt: skip
forged(
    "a module of Keras that is imported",
    lambda folder: keras_model(layer("Anything", "keras.src.applications.xception")),
)
forged(
    "a function that finds others",
    lambda folder: keras_model({"$": "name", "name": "keras.src.losses.deserialize"}),
)


def secret(folder):
    (folder / SECRET).write_text("a\nb")
    return str(folder / SECRET)


# Classes of ours with what was never theirs

for name in ("KerasEstimator", "Head", "Predictor", "Architecture", "Pool", "EventFile"):
    forged(f"{name} of ours", lambda folder, name=name: own(name))
for name in (
    "Encoder",
    "Scaler",
    "Step",
    "Table",
    "_TextFile",
    "SentenceModel",
    "Fitting",
    "Selector",
):
    forged(f"{name} of ours", lambda folder, name=name: estimator_with(feature_spec=own(name)))
forged("an attribute more", lambda folder: estimator_with(trained_=1))
forged("a method's place", lambda folder: estimator_with(_validate_params=True))
forged("an attribute of another type", lambda folder: estimator_with(head_=3))
forged("a parameter of another type", lambda folder: estimator_with(epochs="many"))
forged("a parameter beyond its bounds", lambda folder: estimator_with(batch_size=-1))
forged("no attributes", lambda folder: own("BinaryHead"))
forged("nothing", lambda folder: {})
forged("a list", lambda folder: [1, 2])
forged(
    "an object within itself", lambda folder: estimator_with(feature_spec={"$": "again", "id": 0})
)
forged("a vocabulary from a file", lambda folder: estimator_with(feature_spec=own(
    "FeatureSpec", formula=None, steps={"$": "tuple", "items": [{"$": "tuple", "items": [
        "a", own("VocabularyFileColumn", 905, columns="a", vocabulary_file=secret(folder),
                 vocabulary_size=None, num_oov_buckets=1)]}]})))  # fmt: skip
altered(
    "word vectors from a file", lambda tree: tree["state"].update(pretrained="/etc/passwd"), "texts"
)
altered(
    "a sentence model by its address",
    lambda tree: tree["state"].update(pretrained="https://localhost:9/model"),
    "texts",
)
