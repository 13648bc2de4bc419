"""What the bars of members leave behind in a log."""

import numpy as np

from estimators import LinearRegressor

X = np.random.default_rng(0).normal(size=(80, 3))


def test_bars_of_members_in_a_log_move_no_cursor(capfd):
    model = LinearRegressor(members=3, epochs=2, n_jobs=2, verbose=1, jit_compile=False)
    model.fit(X, X[:, 0])
    told = capfd.readouterr().err
    assert "\x1b" not in told
    # A bar that has ended is a line of its own.
    ended = [line.split("\r")[-1] for line in told.split("\n") if "100%" in line]
    assert sorted(line.partition(":")[0] for line in ended) == [
        f"member {number} epoch 2/2" for number in (1, 2, 3)
    ]
