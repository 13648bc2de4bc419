import numpy as np
import pandas as pd
import pytest

from estimators.datasets import prepare_dunnhumby_churn

# The last date is 6 July 2008: the label days begin on 23 June, week 1 is 16 to 22 June.
TRANSACTIONS = {
    "transactions_200806.csv": [
        ("20080407", "GONE", 99.0, "DEP00009"),
    ],
    "transactions_200815.csv": [
        ("20080609", "CUST2", 1.5, "DEP00001"),
        ("20080608", "CUST2", 2.5, "DEP00001"),
    ],
    "transactions_200816.csv": [
        ("20080616", "CUST1", 2.0, "DEP00001"),
        ("20080622", "CUST1", 3.0, "DEP00001"),
        ("20080622", "CUST1", 4.0, "DEP00002"),
        ("20080615", "CUST2", 5.0, "DEP00001"),
        ("20080616", None, 50.0, "DEP00003"),
    ],
    "transactions_200817.csv": [
        ("20080623", "CUST1", 7.0, "DEP00002"),
        ("20080623", "NEW", 8.0, "DEP00001"),
    ],
    "transactions_200819.csv": [
        ("20080706", None, 1.0, "DEP00001"),
    ],
}


def write(folder, files):
    for name, rows in files.items():
        table = pd.DataFrame(rows, columns=["SHOP_DATE", "CUST_CODE", "SPEND", "PROD_CODE_20"])
        table.insert(0, "SHOP_WEEK", name[13:19])
        table["PROD_CODE_40"] = "D00001"
        table["BASKET_ID"] = 994100100000000 + np.arange(len(table))
        table.to_csv(folder / name, index=False)
    return folder


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path, TRANSACTIONS)


def test_weekly_spend_and_who_returns(folder):
    table = prepare_dunnhumby_churn(folder, weeks=2)
    expected = pd.DataFrame(
        {
            "DEP00001_week_1": [5.0, 0.0],
            "DEP00001_week_2": [0.0, 6.5],
            "DEP00002_week_1": [4.0, 0.0],
            "DEP00002_week_2": [0.0, 0.0],
        },
        index=pd.Index(["CUST1", "CUST2"], name="CUST_CODE"),
        dtype=np.float32,
    ).assign(returns=np.array([1, 0]))
    pd.testing.assert_frame_equal(table, expected, check_index_type=False)


def test_more_weeks_reach_further_back(folder):
    assert prepare_dunnhumby_churn(folder, weeks=3).loc["CUST2", "DEP00001_week_3"] == 2.5
    assert "GONE" not in prepare_dunnhumby_churn(folder, weeks=10).index
    assert prepare_dunnhumby_churn(folder, weeks=11).loc["GONE", "DEP00009_week_11"] == 99


def test_other_level_of_the_hierarchy(folder):
    table = prepare_dunnhumby_churn(folder, product_group="PROD_CODE_40", weeks=1)
    assert table.columns.tolist() == ["D00001_week_1", "returns"]
    assert table.loc["CUST1", "D00001_week_1"] == 9


def test_old_files_are_not_read(folder):
    (folder / "transactions_200701.csv").write_text("not a table at all")
    assert len(prepare_dunnhumby_churn(folder, weeks=2)) == 2


def test_compressed_files(folder):
    for path in folder.glob("*.csv"):
        pd.read_csv(path, dtype=str).to_csv(f"{path}.gz", index=False)
        path.unlink()
    assert len(prepare_dunnhumby_churn(folder, weeks=2)) == 2


def test_no_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="download"):
        prepare_dunnhumby_churn(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SHOP_DATE,SPEND,CUST_CODE\n20080706,1,A\n", "PROD_CODE_20"),
        ("SHOP_DATE,SPEND,CUST_CODE,PROD_CODE_20\n20080706,much,A,B\n", "much"),
        ("SHOP_DATE,SPEND,CUST_CODE,PROD_CODE_20\n6 July,1,A,B\n", "6 July"),
    ],
    ids=["column", "spend", "date"],
)
def test_a_bad_file_is_named(folder, text, message):
    (folder / "transactions_200820.csv").write_text(text)
    with pytest.raises(ValueError, match=rf"transactions_200820\.csv.*{message}"):
        prepare_dunnhumby_churn(folder)


def test_nothing_before_the_cut_off(tmp_path):
    write(tmp_path, {"transactions_200817.csv": TRANSACTIONS["transactions_200817.csv"]})
    with pytest.raises(ValueError, match="no more than the last 14 days"):
        prepare_dunnhumby_churn(tmp_path)


def test_no_known_customer(tmp_path):
    write(tmp_path, {"transactions_200819.csv": TRANSACTIONS["transactions_200819.csv"]})
    with pytest.raises(ValueError, match="CUST_CODE"):
        prepare_dunnhumby_churn(tmp_path)


def test_bad_parameters(folder):
    with pytest.raises(ValueError, match="product_group='DEP'"):
        prepare_dunnhumby_churn(folder, product_group="DEP")
    with pytest.raises(ValueError, match="weeks=0"):
        prepare_dunnhumby_churn(folder, weeks=0)
