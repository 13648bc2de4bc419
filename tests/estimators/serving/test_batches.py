import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from estimators.serving.batches import Batches


def test_everybody_gets_their_own_answers_and_those_who_wait_share_a_batch():
    sizes, begun, go_on = [], threading.Event(), threading.Event()

    def answer(rows):
        sizes.append(len(rows))
        begun.set()
        go_on.wait()
        return [row * 10 for row in rows]

    batches = Batches(answer, most=5)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(batches.ask, [1])
        begun.wait()
        others = [pool.submit(batches.ask, [i, i + 1]) for i in range(2, 9)]
        while len(batches._waiting) < 7:
            pass
        go_on.set()
        assert first.result() == [10]
        assert [other.result() for other in others] == [[i * 10, i * 10 + 10] for i in range(2, 9)]
    assert sizes == [1, 4, 4, 4, 2]


def test_more_rows_than_a_batch_takes_are_answered_alone():
    sizes = []
    batches = Batches(lambda rows: sizes.append(len(rows)) or rows, most=2)
    assert batches.ask([1, 2, 3]) == [1, 2, 3]
    assert batches.ask([4]) == [4]
    assert sizes == [3, 1]


def test_only_who_asked_badly_hears_of_it():
    entered, go_on = threading.Event(), threading.Event()

    def answer(rows):
        entered.set()
        go_on.wait()
        return [1 / row for row in rows]

    batches = Batches(answer, most=8)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batches.ask, [1])
        entered.wait()
        bad, good = pool.submit(batches.ask, [0]), pool.submit(batches.ask, [2])
        while len(batches._waiting) < 2:
            pass
        go_on.set()
        with pytest.raises(ZeroDivisionError):
            bad.result()
        assert (first.result(), good.result()) == ([1.0], [0.5])
    assert batches.ask([4]) == [0.25]


def test_a_thread_that_is_stopped_leaves_the_others_their_turn():
    entered, go_on = threading.Event(), threading.Event()

    def answer(rows):
        entered.set()
        go_on.wait()
        if rows == ["stop"]:
            raise KeyboardInterrupt
        return rows

    batches = Batches(answer, most=1)
    with ThreadPoolExecutor(4) as pool:
        stopped = pool.submit(batches.ask, ["stop"])
        entered.wait()
        other = pool.submit(batches.ask, ["row"])
        while not batches._waiting:
            pass
        go_on.set()
        with pytest.raises(KeyboardInterrupt):
            stopped.result()
        assert other.result(timeout=10) == ["row"]
