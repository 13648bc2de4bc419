"""Bad input gets one sentence that names the culprit, and leaves the estimator as it was."""

import keras
import numpy as np
import pandas as pd
import pytest

from estimators import (
    DNNClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    ImageRegressor,
    KerasRegressor,
    LinearClassifier,
    LinearRegressor,
    load_model,
)
from estimators.engine.loop.epochs import DivergedError
from feature_specs import FeatureSpec, all_numeric

ROWS = 12


def table(**changes):
    frame = pd.DataFrame(
        {"age": np.arange(ROWS, dtype=float), "city": ["Bonn", "Rome", "Oslo"] * 4}
    )
    return frame.assign(**changes)


Y = np.arange(ROWS, dtype=float)
LABELS = np.array(["no", "yes"] * (ROWS // 2))


def cell(row, value):
    changed = Y.copy()
    changed[row] = value
    return changed


def wide(inputs):
    return keras.layers.Dense(7)(inputs)


# estimator, X, y, fit's other arguments, the words that name what is wrong
AT_FIT = {
    "unknown column in the formula": (
        LinearRegressor(FeatureSpec("label ~ agee")),
        table(label=Y),
        None,
        {},
        "agee.*age",
    ),
    "unknown target in the formula": (
        LinearRegressor(FeatureSpec("label ~ .")),
        table(),
        None,
        {},
        "y",
    ),
    "unknown column in a step": (
        LinearRegressor(FeatureSpec().step_numeric_column("agee")),
        table(),
        Y,
        {},
        "agee.*age",
    ),
    "infinity": (LinearRegressor(), table(age=cell(3, np.inf)), Y, {}, "infinity.*age.*row 3"),
    "duplicated column": (
        LinearRegressor(),
        table().set_axis(["age", "age"], axis=1),
        Y,
        {},
        "unique.*age",
    ),
    "zero rows": (LinearRegressor(), table()[:0], Y[:0], {}, r"0 sample"),
    "zero rows of an array": (LinearRegressor(), np.empty((0, 2)), Y[:0], {}, r"0 sample"),
    "one class": (LinearClassifier(), table(), np.ones(ROWS), {}, "y.*one class"),
    "NaN in y": (LinearRegressor(), table(), cell(2, np.nan), {}, "y.*NaN"),
    "missing label": (
        LinearClassifier(),
        table(),
        np.array([*LABELS[:-1], None], dtype=object),
        {},
        "y.*NaN.*row 11",
    ),
    "negative count": (
        LinearRegressor(loss="poisson"),
        table(),
        cell(5, -1),
        {},
        "y.*negative count in row 5",
    ),
    "nothing left to train on": (
        LinearRegressor(validation_fraction=0.99),
        table(),
        Y,
        {},
        "validation_fraction=0.99.*12 rows",
    ),
    "validation_fraction of 1": (
        LinearRegressor(validation_fraction=1.0),
        table(),
        Y,
        {},
        "validation_fraction",
    ),
    "epochs=-1": (LinearRegressor(epochs=-1), table(), Y, {}, "epochs"),
    "batch_size=0": (LinearRegressor(batch_size=0), table(), Y, {}, "batch_size"),
    "learning_rate=0": (LinearRegressor(learning_rate=0.0), table(), Y, {}, "learning_rate"),
    "dropout=1": (DNNRegressor(dropout=1.0), table(), Y, {}, "dropout"),
    "no units": (DNNRegressor(hidden_units=(8, 0)), table(), Y, {}, "hidden_units"),
    "unknown optimizer": (
        DNNRegressor(optimizer="adamm"),
        table(),
        Y,
        {},
        "optimizer 'adamm'.*'adam'",
    ),
    "unknown optimizer of one side": (
        DNNLinearCombinedRegressor(linear_optimizer="ftlr"),
        table(),
        Y,
        {},
        "optimizer 'ftlr'.*'ftrl'",
    ),
    "unknown loss": (DNNRegressor(loss="hubber"), table(), Y, {}, "loss 'hubber'.*'huber'"),
    "unknown activation": (
        DNNRegressor(activation="rellu"),
        table(),
        Y,
        {},
        "activation 'rellu'.*'relu'",
    ),
    "diverging": (
        DNNRegressor(optimizer="sgd", learning_rate=1e30, epochs=3),
        table(),
        Y,
        {},
        "loss became.*epoch [123].*learning_rate",
    ),
    "y of another length": (LinearRegressor(), table(), Y[:-1], {}, "inconsistent.*12.*11"),
    "no y": (LinearRegressor(), table(), None, {}, "requires y"),
    "negative weight": (
        LinearRegressor(),
        table(),
        Y,
        {"sample_weight": cell(1, -1)},
        "sample_weight",
    ),
    "weights of zero": (
        LinearRegressor(),
        table(),
        Y,
        {"sample_weight": np.zeros(ROWS)},
        "Sample weights.*non-zero",
    ),
    "validation lacks a column": (
        LinearRegressor(),
        table(),
        Y,
        {"validation_data": (table()[["age"]], Y)},
        "city",
    ),
    "validation has a new label": (
        LinearClassifier(),
        table(),
        LABELS,
        {"validation_data": (table(), np.array(["maybe"] * ROWS))},
        "maybe.*no.*yes",
    ),
    "class_weight of values": (
        LinearRegressor(class_weight="balanced"),
        table(),
        Y,
        {},
        "class_weight",
    ),
    "network of another width": (KerasRegressor(wide), table(), Y, {}, r"\(7,\).*\(1,\)"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", AT_FIT)
def test_at_fit(case):
    model, X, y, others, words = AT_FIT[case]
    before = dict(vars(model))
    with pytest.raises(ValueError, match=f"(?s){words}"):
        model.fit(X, y, **others)
    assert vars(model) == before
    assert not hasattr(model, "n_features_in_")


def test_diverging_is_a_floating_point_error():
    with pytest.raises(DivergedError) as caught:
        DNNRegressor(optimizer="sgd", learning_rate=1e30).fit(table(), Y)
    assert isinstance(caught.value, FloatingPointError)


AT_PREDICT = {
    "missing column": (table()[["age"]], "missing.*city"),
    "misspelt column": (table().rename(columns={"city": "citty"}), "citty"),
    "unknown column": (table(pay=1.0), "pay"),
    "text where numbers were": (table(age="old"), "age.*old.*numbers"),
    "numbers where text was": (table(city=1.5), "city.*text"),
    "infinity": (table(age=cell(0, -np.inf)), "infinity.*age.*row 0"),
    "duplicated column": (pd.concat([table(), table()[["age"]]], axis=1), "age"),
    "zero rows": (table()[:0], "0 sample"),
}


@pytest.fixture(scope="module")
def fitted():
    return DNNClassifier(hidden_units=4, epochs=2, random_state=0).fit(table(), LABELS)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", AT_PREDICT)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "evaluate"])
def test_at_predict(fitted, method, case):
    X, words = AT_PREDICT[case]
    before = fitted.predict_proba(table())
    arguments = (X, LABELS[: len(X)]) if method == "evaluate" else (X,)
    with pytest.raises(ValueError, match=f"(?s){words}"):
        getattr(fitted, method)(*arguments)
    np.testing.assert_array_equal(fitted.predict_proba(table()), before)


def test_failed_fit_leaves_the_previous_fit():
    model = LinearRegressor(epochs=2, random_state=0).fit(table(), Y)
    before, history = model.predict(table()), model.history_
    with pytest.raises(ValueError, match="infinity"):
        model.fit(table(age=np.inf), Y)
    with pytest.raises(ValueError, match="city"):
        model.partial_fit(table()[["age"]], Y)
    with pytest.raises(ValueError, match="epochs"):
        model.set_params(epochs=-1).fit(table(), Y)
    np.testing.assert_array_equal(model.predict(table()), before)
    assert model.history_ is history


def test_interrupted_fit_leaves_the_previous_fit():
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    model = LinearRegressor(epochs=2, random_state=0).fit(table(), Y)
    before = model.predict(table())
    with pytest.raises(KeyboardInterrupt):
        model.set_params(callbacks=Interrupt()).fit(table(), -Y)
    np.testing.assert_array_equal(model.predict(table()), before)
    model.set_params(callbacks=None).fit(table(), Y)
    np.testing.assert_array_equal(model.predict(table()), before)


def test_unknown_label_at_evaluate(fitted):
    with pytest.raises(ValueError, match="maybe.*no.*yes"):
        fitted.evaluate(table(), ["maybe"] * ROWS)


def test_partial_fit_names_an_unknown_label():
    model = LinearClassifier().partial_fit(table(), LABELS, classes=["no", "yes"])
    with pytest.raises(ValueError, match="maybe"):
        model.partial_fit(table(), ["maybe"] * ROWS)


def test_unfitted_answers():
    model = LinearClassifier(FeatureSpec().step_numeric_column(all_numeric()))
    for name in ("history_", "network_", "classes_", "coef_", "n_iter_", "feature_spec_"):
        assert not hasattr(model, name)


class Somewhere:
    """A path of somebody else's kind."""

    def __init__(self, path):
        self.path = str(path)

    def __fspath__(self):
        return self.path


HISTORY = keras.callbacks.History

# parameters, fit's other arguments, the words that name what is wrong
OTHER_KINDS = {
    "no callback": ({"callbacks": [3]}, {}, r"callbacks\[0\] is 3, which is no keras"),
    "None among callbacks": ({"callbacks": (HISTORY(), None)}, {}, r"callbacks\[1\] is None"),
    "callbacks in callbacks": ({"callbacks": [[HISTORY()]]}, {}, r"callbacks\[0\] is \[<"),
    "a class of callbacks": ({"callbacks": [HISTORY]}, {}, r"the class History.*History\(\)"),
    "a class for callbacks": ({"callbacks": HISTORY}, {}, "callbacks.*instance of"),
    "a generator": ({"callbacks": (c for c in [HISTORY()])}, {}, "callbacks.*instance of 'list'"),
    "a class of losses": ({"loss": keras.losses.Huber}, {}, r"loss is the class Huber.*Huber\(\)"),
    "a class of activations": (
        {"activation": keras.layers.LeakyReLU}, {}, "activation is the class LeakyReLU"
    ),
    "X alone": ({}, {"validation_data": (table(),)}, "validation_data has 1 part.*sample_weight"),
    "four parts": ({}, {"validation_data": (table(), Y, Y, Y)}, "validation_data has 4 part"),
    "no part": ({}, {"validation_data": ()}, "validation_data has 0 part"),
    "a text": ({}, {"validation_data": "rows"}, "X of validation_data is 'rows'.*DataFrame"),
    "a number": ({}, {"validation_data": 3}, "X of validation_data is 3"),
    "a set": ({}, {"validation_data": {1}}, "X of validation_data is {1}"),
    "a generator of parts": (
        {}, {"validation_data": (part for part in (table(), Y))}, "X of validation_data is <gen"
    ),
    "numbers for columns": ({}, {"validation_data": {"age": 1}}, "X of validation_data is {'age'"),
    "no X": ({}, {"validation_data": (None, Y)}, "X of validation_data is None"),
    "a text for y": ({}, {"validation_data": (table(), "y")}, "y of validation_data is 'y'"),
    "a text for weights": (
        {}, {"validation_data": (table(), Y, "w")}, "sample_weight of validation_data is 'w'"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHER_KINDS)
def test_values_of_another_kind(case):
    parameters, others, words = OTHER_KINDS[case]
    model = DNNRegressor(hidden_units=2, epochs=1, **parameters)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=words):
        model.fit(table(), Y, **others)
    assert vars(model) == before


IMAGES = np.zeros((ROWS, 8, 8))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (ImageRegressor(augment=[3]), "augment holds 3"),
        (ImageRegressor(hidden_units=[None]), "hidden_units.*None"),
        (KerasRegressor(lambda units: keras.layers.Dense(units)), "network returns <Dense"),
    ],
)
def test_what_a_network_is_made_of(model, words):
    with pytest.raises(ValueError, match=words):
        model.fit(IMAGES, Y)


NESTED = {
    "feature_spec__numeric__normalizer": LinearRegressor("label ~ ."),
    "feature_spec__steps": LinearRegressor(),
    "optimizer__learning_rate": DNNRegressor(),
    "loss__delta": DNNRegressor(loss=keras.losses.Huber),
    "epochs__x": LinearRegressor(epochs=3),
    "formula__x": FeatureSpec("label ~ ."),
    "steps__x": FeatureSpec(),
    "numeric__normalizer__copy": FeatureSpec().step_numeric_column("age"),
    "normalizer__copy": FeatureSpec().step_numeric_column("age").steps[0][1],
    "linear_feature_spec__steps": DNNLinearCombinedRegressor(),
}


@pytest.mark.parametrize("key", NESTED)
def test_parameters_of_what_has_none(key):
    holder = NESTED[key]
    before = dict(vars(holder))
    name = key.removeprefix("numeric__").partition("__")[0]
    with pytest.raises(ValueError, match=f"cannot be set: {name} is .*, which has no parameters"):
        holder.set_params(**{key: 1})
    assert vars(holder) == before


def test_parameters_of_what_is_given_in_the_same_call():
    model = LinearRegressor()
    spec = FeatureSpec().step_numeric_column("age")
    model.set_params(feature_spec=spec, feature_spec__numeric__normalizer="min_max")
    assert model.get_params()["feature_spec__numeric__normalizer"] == "min_max"


def test_paths_of_any_kind(tmp_path):
    places = {name: Somewhere(tmp_path / name) for name in ("model_dir", "log_dir", "file")}
    model = LinearRegressor(epochs=1, model_dir=places["model_dir"], log_dir=places["log_dir"])
    model.fit(table(), Y).save(places["file"])
    loaded = load_model(places["file"], trusted=[places["model_dir"].path, places["log_dir"].path])
    assert str(loaded.model_dir) == places["model_dir"].path
    for start in ("model_dir", "file"):
        warm = LinearRegressor(epochs=1, warm_start_from=places[start]).fit(table(), Y)
        assert warm.warm_start_report_["taken"].all()
    model.fit(table(), Y, resume=True)
