"""Before XLA's maps run out there is a warning, then an error, and no segmentation fault."""

import numpy as np
import pytest

from estimators import DNNRegressor
from estimators.engine.compiled import memory_maps
from estimators.engine.training import forget_programs

X = np.random.default_rng(0).normal(size=(200, 3))


@pytest.fixture
def used(tmp_path, monkeypatch):
    """Let this process seem to have so many of a hundred maps."""
    monkeypatch.setattr(memory_maps, "_MAPS", tmp_path / "maps")
    monkeypatch.setattr(memory_maps, "_LIMIT", tmp_path / "limit")
    (tmp_path / "limit").write_text("100\n")
    forget_programs()
    return lambda count: (tmp_path / "maps").write_text("a map\n" * count)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("count", "jit_compile"), [(74, True), (99, False)])
def test_nobody_is_told_while_there_are_enough(used, count, jit_compile):
    used(count)
    DNNRegressor(hidden_units=3, epochs=1, jit_compile=jit_compile).fit(X, X[:, 0])


def test_a_warning_comes_first(used):
    used(80)
    with pytest.warns(RuntimeWarning, match="80 of the 100 memory maps .* another process, or wit"):
        DNNRegressor(hidden_units=3, epochs=1, jit_compile=True).fit(X, X[:, 0])


def test_then_a_new_architecture_is_refused_and_nothing_else(used):
    model = DNNRegressor(hidden_units=3, epochs=1, jit_compile=True, random_state=0)
    used(10)
    expected = model.fit(X, X[:, 0]).predict(X)
    used(96)
    with pytest.raises(MemoryError, match="96 of the 100 memory maps"):
        DNNRegressor(hidden_units=4, epochs=1, jit_compile=True).fit(X, X[:, 0])
    np.testing.assert_array_equal(model.fit(X, X[:, 0]).predict(X), expected)
