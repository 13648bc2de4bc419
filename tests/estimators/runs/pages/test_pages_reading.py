"""Pages read what a run directory holds, whole or not."""

import json
import math

from estimators.runs.pages.charts import comparison_charts, run_charts
from estimators.runs.pages.code import read_code
from estimators.runs.pages.console import as_shown, read_console
from estimators.runs.pages.history import RunHistory
from estimators.runs.pages.reader import StoredRun


def write_lines(folder, lines):
    folder.mkdir(exist_ok=True)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return RunHistory(StoredRun(folder))


def test_a_second_fit_goes_on_where_the_first_ended(tmp_path):
    history = write_lines(
        tmp_path,
        [
            {"fit": fit, "epoch": epoch, "metrics": {"loss": loss}}
            for fit, losses in enumerate([[0.9, 0.1], [0.8, 0.5, 0.6]])
            for epoch, loss in enumerate(losses)
        ],
    )
    assert history.positions == [0, 1, 2, 3, 4]
    # As in the table of runs, the best is that of the last fit.
    assert history.label(history.best("loss")) == "fit 1, epoch 1"


def test_measures_that_come_late_or_not_are_nan(tmp_path):
    history = write_lines(
        tmp_path,
        [{"epoch": 0, "metrics": {"loss": 1}}, {"epoch": 1, "metrics": {"auc": "NaN"}}, {}],
    )
    assert [math.isnan(value) for value in history.measures["loss"]] == [False, True, True]
    assert history.best("auc") is None
    assert history.epochs == [0, 1, 2]


def test_rises_and_falls_are_told_by_name(tmp_path):
    history = write_lines(
        tmp_path,
        [
            {"epoch": epoch, "metrics": {"loss": value, "accuracy": value, "learning_rate": value}}
            for epoch, value in enumerate([0.5, 0.9, 0.1])
        ],
    )
    best = {name: history.best(name) for name in history.measures}
    assert best == {"loss": 2, "accuracy": 1, "learning_rate": None}
    assert [chart.title for chart in run_charts(history)] == ["loss", "accuracy", "learning_rate"]


def test_runs_of_different_lengths_share_an_axis(tmp_path):
    histories = [
        write_lines(
            tmp_path / name, [{"epoch": e, "metrics": {"loss": 1 / (e + 1)}} for e in epochs]
        )
        for name, epochs in {"short": range(2), "late": range(1, 4)}.items()
    ]
    (chart,) = comparison_charts(["short", "late"], histories)
    assert chart.positions == [0, 1, 2, 3]
    assert [curve.last for curve in chart.curves] == [1, 3]
    assert [curve.best for curve in chart.curves] == [1, 3]
    assert [math.isnan(value) for value in chart.curves[1].values] == [True, False, False, False]


def test_bars_are_shown_as_they_end():
    text = "Epoch 1\n 1/9\x08\x08\x08\x08 9/9 \x1b[1mloss\x1b[0m: 0.5\r\n50%\r100%\rdone"
    assert as_shown(text) == "Epoch 1\n 9/9 loss: 0.5\ndone"


def test_of_a_long_log_the_middle_is_left_out(tmp_path):
    path = tmp_path / "output.log"
    path.write_bytes(b"".join(b"line %07d\n" % number for number in range(400_000)))
    console = read_console(path)
    assert console.head.startswith("line 0000000\n")
    assert console.tail.startswith("line 0")
    assert console.tail.endswith("line 0399999\n")
    assert console.omitted + len(console.head) + len(console.tail) == console.size == 5_200_000


def test_a_line_without_end_is_cut():
    assert as_shown("x" * 5_000) == "x" * 2_000 + " … 3,000 more characters"


def test_code_is_highlighted_line_by_line(tmp_path):
    path = tmp_path / "train.py"
    path.write_text('\n\n"""Two\nlines."""\nx = 1\n')
    lines = read_code("train.py", path).lines
    assert len(lines) == 5
    assert all(line.count("<span") == line.count("</span") for line in lines)
    assert 'class="mi"' in lines[-1]


def test_what_is_no_text_is_not_shown(tmp_path):
    path = tmp_path / "model.py"
    path.write_bytes(b"\0\1\2")
    assert read_code("model.py", path).lines == ["This file is not a text."]
    assert "cannot be read" in read_code("gone.py", tmp_path / "gone.py").lines[0]


def test_a_directory_of_broken_files_can_be_read(tmp_path):
    for name in ("run.json", "flags.json", "model.json", "environment.json", "metrics.jsonl"):
        (tmp_path / name).write_text("[1, 2")
    run = StoredRun(tmp_path)
    assert (run.name, run.flags, run.model, run.metrics) == (tmp_path.name, {}, {}, [])
