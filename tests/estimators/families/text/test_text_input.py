"""Texts in every form that they come in are the same texts; what is none is refused."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.utils import get_tags
from text_reviews import ASKED, X, Y, new
from text_tones import BRIEF, QUERIES, TEXTS, fitted

from estimators import TextClassifier

FORMS = {
    "fixed bytes": lambda texts: np.array([text.encode() for text in texts]),
    "NumPy's strings": lambda texts: np.array(texts, np.dtypes.StringDType()),
    "nullable strings": lambda texts: pd.Series(texts, dtype="string"),
    "Arrow-backed strings": lambda texts: pd.Series(texts, dtype="string[pyarrow]"),
    "categories": lambda texts: pd.Series(texts, dtype="category"),
    "index": pd.Index,
    "Arrow array": pa.array,
    "Arrow, in pieces": lambda texts: pa.chunked_array([texts[:5], texts[5:]]),
    "Arrow table": lambda texts: pa.table({"review": texts}),
    "polars table": lambda texts: pl.DataFrame({"review": texts}),
    "dictionary of a column": lambda texts: {"review": texts},
    "generator": iter,
    "tuple": tuple,
    "object array": lambda texts: np.array(texts, dtype=object),
    "unicode array": np.array,
    "column": lambda texts: np.array(texts, dtype=object)[:, None],
    "Series": pd.Series,
    "object Series": lambda texts: pd.Series(texts, dtype=object, index=range(5, 5 + len(texts))),
    "table of one column": lambda texts: pd.DataFrame({"review": texts}),
    "polars": pl.Series,
    "bytes": lambda texts: [text.encode() for text in texts],
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_the_same_texts_are_one(toned_model, form):
    expected = toned_model.predict_proba(QUERIES)
    np.testing.assert_array_equal(toned_model.predict_proba(FORMS[form](QUERIES)), expected)
    np.testing.assert_array_equal(fitted(FORMS[form](TEXTS)).predict_proba(QUERIES), expected)


REFUSED = {
    "nothing": (None, "NoneType.*list of str"),
    "a number": (5, "int.*list of str"),
    "an array without rows": (np.array("good"), r"single one; pass \[text\]"),
    "numbers": (np.ones((3, 1)), "1.0 in row 0.*float64"),
    "lists": ([["good", ["bad"]]], r"\['good'.* in row 0.*list; give each row one text"),
    "three dimensions": (np.array(ASKED).reshape(-1, 1, 1), r"shape \(12, 1, 1\)"),
    "two columns": ({"a": ["good"], "b": ["bad"]}, r"shape \(1, 2\).*step_text_column"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", REFUSED)
def test_refused(model, case):
    texts, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        model.predict(texts)


@pytest.mark.parametrize("how", [{"sample_weight": np.arange(96)}, {"validation_fraction": 0.5}])
def test_errors_count_rows_as_the_caller_does(how):
    broken = [*X[:70], "\ud800", *X[71:]]
    weight = {name: how[name] for name in how if name == "sample_weight"}
    parameters = {name: how[name] for name in how if name != "sample_weight"}
    with pytest.raises(ValueError, match="X holds a text in row 70.*Unicode"):
        new(**parameters).fit(broken, Y, **weight)


def test_a_dictionary_of_one_column_is_evaluated(model):
    assert model.evaluate({"review": X}, Y) == model.evaluate(X, Y)


def test_the_tags_say_text():
    tags = get_tags(TextClassifier())
    assert tags.input_tags.string
    assert tags.input_tags.one_d_array
    assert not tags.input_tags.two_d_array


BAD_TEXTS = {
    "number": ([*TEXTS[:3], 5], "row 3.*int"),
    "None": (["a", None], "row 1.*None"),
    "NaN": (["a", np.nan], "row 1.*nan"),
    "NA": (pd.Series(["a", None], dtype="string"), "row 1"),
    "nothing": ([], "0 sample"),
    "one text": ("a text", r"single one; pass \[text\]"),
    "two columns": (pd.DataFrame({"a": ["x"], "b": ["y"]}), r"shape \(1, 2\)"),
    "latin-1 bytes": (["a", "ä".encode("latin-1")], "row 1.*not UTF-8"),
    "half a character": (["a", "a \ud800 b"], "row 1.*no valid Unicode"),
}


@pytest.mark.parametrize("kind", BAD_TEXTS)
def test_bad_texts(toned_model, kind):
    texts, words = BAD_TEXTS[kind]
    with pytest.raises(ValueError, match=words):
        toned_model.predict(texts)
    new = TextClassifier(**BRIEF)
    with pytest.raises(ValueError, match=words):
        new.fit(texts, np.arange(len(texts)) % 2)
    assert not hasattr(new, "network_")
