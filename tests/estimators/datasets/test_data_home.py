import sys
from pathlib import Path

import pytest

from estimators.datasets.data_home import DATA_HOME_VARIABLE, get_data_home


def test_argument_comes_before_environment_before_user_cache(monkeypatch, tmp_path):
    monkeypatch.setenv(DATA_HOME_VARIABLE, str(tmp_path / "environment"))
    assert get_data_home(tmp_path / "argument") == tmp_path / "argument"
    assert get_data_home() == tmp_path / "environment"
    monkeypatch.delenv(DATA_HOME_VARIABLE)
    assert get_data_home().name == "keras-estimators"
    assert not str(get_data_home()).startswith("~")


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder of Linux")
def test_cache_is_where_it_always_was(monkeypatch):
    monkeypatch.delenv(DATA_HOME_VARIABLE, raising=False)
    for cache, folder in {"": "~/.cache", "/srv/cache": "/srv/cache"}.items():
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
        assert get_data_home() == Path(folder).expanduser() / "keras-estimators"


def test_home_is_not_created_by_asking(tmp_path):
    assert not get_data_home(tmp_path / "new").exists()


def test_tilde_is_the_home_folder():
    assert get_data_home("~/tables") == Path.home() / "tables"
