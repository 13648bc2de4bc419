"""One damaged run hides no other: it is listed as damaged, with the reason, whatever is broken."""

import json
import os
import re
import warnings

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estimators.runs import (
    Run,
    best_run,
    clean_runs,
    compare_runs,
    export_run,
    latest_run,
    ls_runs,
    purge_runs,
    run_info,
    start_run,
    view_run,
    view_runs,
)
from estimators.runs.command_line import main
from estimators.runs.directory.fields import FIELDS

DEEP = 5_000 * "[" + 5_000 * "]"
DAMAGES = [
    # What is written, where, and what is said of it.
    ("run.json", '{"schema": 1, "id', "it is not a JSON document"),
    ("run.json", "", "it is not a JSON document"),
    ("run.json", "[1, 2]", "it holds a list where an object should be"),
    ("run.json", b"\xff\xfe\x00\x93", "it is not a JSON document"),
    ("run.json", DEEP, "it is nested too deeply"),
    ("run.json", '{"a": ' * 500 + "1" + "}" * 500, "it is nested too deeply"),
    ("run.json", None, "it is missing"),
    ("run.json", os.mkdir, "it is no file"),
    ("run.json", os.mkfifo, "it is no file"),
    ("run.json", "{}", "it is missing or empty"),
    ("run.json", {"start": "yesterday"}, "start is 'yesterday' where a time should be"),
    ("run.json", {"start": "0001-01-01T00:00:00+14:00"}, "where a time should be"),
    ("run.json", {"start": None}, "start is missing"),
    ("run.json", {"end": 12}, "end is 12 where a time should be"),
    ("run.json", {"status": "flying"}, "status is 'flying' where one of running, completed"),
    ("run.json", {"status": ["completed"]}, "where one of running, completed"),
    ("run.json", {"name": ["x"]}, "name is ['x'] where a text should be"),
    ("run.json", {"tags": "abc"}, "tags is 'abc' where a list should be"),
    ("run.json", {"error": "bad"}, "error is 'bad' where names and values should be"),
    ("run.json", {"properties": [1]}, "properties is [1] where names and values should be"),
    ("run.json", {"measured": {"last": {"loss": "low"}}}, "measured.last.loss is 'low' where a"),
    ("run.json", {"exit_code": "1"}, "exit_code is '1' where a whole number should be"),
    ("flags.json", '{"values": [', "it is not a JSON document"),
    ("flags.json", {"values": [8]}, "values is [8] where names and values should be"),
    ("flags.json", {"declared": [{"name": []}]}, "declared[0].name is [] where a text should be"),
    ("model.json", {"samples": "many"}, "samples is 'many' where a whole number should be"),
    ("model.json", {"samples": 10**300}, "where a whole number should be"),
    ("model.json", {"optimizer": [1]}, "optimizer is [1] where names and values should be"),
    ("model.json", {"parameters": "none"}, "parameters is 'none'"),
    ("environment.json", {"packages": {"numpy": 2}}, "packages.numpy is 2 where a text should be"),
    ("environment.json", {"git": {"commit": 3}}, "git.commit is 3 where a text should be"),
    ("source.json", {"files": ["train.py"]}, "files[0] is 'train.py'"),
    ("metrics.jsonl", b"\x00\x01\x02" * 500 + b"\n", "line 1 is no JSON object"),
    ("metrics.jsonl", '{"epoch": 0, "metrics": {"loss": "low"}}\n' * 9, "metrics.loss is 'low'"),
    (
        "metrics.jsonl",
        '{"epoch": "x", "time": 3, "metrics": [1]}\n' * 9,
        "line 1: epoch is 'x' where",
    ),
    ("metrics.jsonl", f'{{"epoch": 1{300 * "0"}, "metrics": {{}}}}\n', "where a whole number"),
    ("metrics.jsonl", f'{{"metrics": {{"loss": 1{400 * "0"}}}}}\n', "where a number should be"),
    ("metrics.jsonl", f'{{"metrics": {{"loss": {DEEP}}}}}\n', "line 1 is no JSON object"),
    ("metrics.jsonl", "", "it is shorter than it was at the end of the run"),
    ("metrics.jsonl", None, "it is shorter than it was at the end of the run"),
    ("evaluation.jsonl", '{"name": 3, "metrics": {"accuracy": 1}}\n', "line 1: name is 3"),
    ("evaluation.jsonl", "3\n", "line 1 is no JSON object"),
    ("evaluation.jsonl", lambda path: path.touch() or os.truncate(path, 10**10), "larger than"),
]


@pytest.fixture
def three(runs_dir, monkeypatch):
    """Three runs; the second is the one that is damaged, and in it everything is."""
    folders = []
    for number, name in enumerate(("first", "second", "third")):
        with start_run(name, flags={"units": number}, capture=number != 2) as run:
            run.log_metrics({"loss": 0.5 - number / 10})
            run.log_evaluation({"accuracy": 0.7})
            for document in ("model.json", "environment.json", "source.json", "flags.json"):
                path = run.dir / document
                path.exists() or path.write_text("{}")
        folders.append(run.dir)
    return folders


def damage(folder, name, content):
    path = folder / name
    document = json.loads(path.read_text()) if isinstance(content, dict) else None
    path.unlink()
    if isinstance(content, dict):
        path.write_text(json.dumps(document | content))
    elif isinstance(content, str | bytes):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    elif content is not None:
        content(path)


@pytest.mark.filterwarnings("ignore:The run .* is damaged:UserWarning")
@pytest.mark.parametrize(("name", "content", "reason"), DAMAGES)
def test_a_damaged_run_is_listed_as_damaged_with_its_reason(three, name, content, reason):
    first, second, third = three
    damage(second, name, content)
    rows = ls_runs().set_index("run_dir")
    assert rows["status"].to_dict() == {
        **{str(first): "completed", str(second): "damaged", str(third): "completed"}
    }
    told = rows.loc[str(second), "error_message"]
    assert told.startswith(f"{name}: ")
    assert reason in told
    assert rows.loc[str(third), ["metric_loss", "flag_units", "name"]].tolist() == [0.3, 2, "third"]
    run = Run(second)
    assert (run.status, "; ".join(run.damage)) == ("damaged", told)
    assert isinstance(run.metrics["loss"].tolist() if "loss" in run.metrics else [], list)
    assert isinstance(run.evaluations, dict)
    assert (best_run("loss").dir, run_info(second)["status"]) == (third, "damaged")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.json", '{"schema": 1, "id'),
        ("run.json", {"start": 3, "tags": 4, "name": [], "error": 1, "args": 2, "parent": 5}),
        ("flags.json", {"values": 3, "declared": [{"name": [1]}, 4]}),
        ("model.json", {"parameters": 3, "optimizer": "adam", "class": 3, "summary": [1]}),
        ("environment.json", {"packages": [1], "git": {"commit": 3, "branch": []}, "python": 3}),
        ("metrics.jsonl", b'\xff\n{"epoch": [], "fit": {}, "metrics": {"loss": [1, 2]}}\n'),
        ("evaluation.jsonl", '{"name": {}, "metrics": {"accuracy": "high"}}\n'),
    ],
)
def test_pages_commands_exports_and_cleaning_survive_and_say_so(three, name, content):
    first, second, third = three
    damage(second, name, content)
    reason = Run(second).damage[0]
    shown = reason.replace("'", "&#39;").replace('"', "&#34;")
    assert latest_run().dir == third
    for page in (view_run(second), compare_runs([first, second])):
        assert shown in page.read_text(encoding="utf-8")
    index = json.loads(re.search(r'id="data">(.*?)</script>', view_runs().read_text())[1])
    (place,) = [i for i, column in enumerate(index["columns"]) if column["key"] == "error_message"]
    assert index["columns"][place]["shown"]
    assert [row["values"][place] for row in index["runs"]] == [None, reason, None]

    def call(*arguments):
        result = CliRunner().invoke(main, ["runs", *map(str, arguments)])
        assert result.exit_code == 0, result.output
        return result.output

    assert reason in call("ls")
    assert "third" in call("ls")
    for arguments in (["view"], ["view", second], ["compare"], ["compare", first, second]):
        assert ".html" in call(*arguments)
    pytest.importorskip("tensorboard")
    with pytest.warns(UserWarning, match="the rest of it is exported") as warned:
        assert export_run(second) == str(second / "logs")
    assert [reason in str(warning.message) for warning in warned] == [True]
    assert reason in call("clean", "--all", "--yes")
    left = call("clean", "--purge", "--yes")
    # A run that can be told from somebody else's folder is one, whatever else is broken.
    assert left.endswith("2 runs deleted\n" if name == "run.json" else "3 runs deleted\n")
    assert (second.name in left) == (name == "run.json")


def test_a_damaged_run_is_moved_and_no_running_one(three):
    with start_run("running") as run:
        (run.dir / "run.json").rename(run.dir / "kept")
        (run.dir / "run.json").write_text("{")
        assert run.status == "damaged"
        assert len(clean_runs()) == 3
        with pytest.raises(ValueError, match="wait for its end"):
            clean_runs(run)
        (run.dir / "kept").replace(run.dir / "run.json")
    assert (run.status, purge_runs()) == ("completed", 3)
    damage(run.dir, "run.json", {"start": 0})
    with pytest.warns(UserWarning, match="is taken for the oldest"):
        latest_run()
    with pytest.raises(ValueError, match="cannot go on: run.json: start is 0 where a time should"):
        start_run(resume=run)


def test_who_reads_a_damaged_file_is_warned(three):
    damage(three[1], "metrics.jsonl", '{"epoch": 0, "metrics": {"loss": 0.5}}\nx\n' * 3)
    with pytest.warns(UserWarning, match=r"is damaged; metrics\.jsonl: line 2 is no JSON object"):
        assert Run(three[1]).metrics["loss"].tolist() == [0.5] * 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Run(three[0]).metrics["loss"].tolist() == [0.5]
        assert Run(three[1]).flags == {"units": 1}


def test_what_is_recorded_is_read_again(runs_dir):
    measured = {"loss": float("nan"), "each": [0.5, 1], "done": True, "count": 3, "gone": None}
    properties = {"status": "flying", "start": "soon", "flag_x": 1, "\ud800": "\udfff"}
    with start_run(3, tags=[1], properties=properties, flags={"x": {"\ud800": 1}}) as run:
        run.log_metrics(measured)
        run.log_evaluation(measured, 3)
        for values in ({"loss": "low"}, {"loss": object()}, {"loss": 10**400}):
            with pytest.raises(TypeError, match="The metric 'loss' is .*; give a number"):
                run.log_metrics(values)
    assert run.damage == []
    row = ls_runs(order=["property_start", "flag_x"]).loc[0]
    assert row[["name", "status", "property_status"]].tolist() == ["3", "completed", "flying"]


def test_columns_of_all_kinds_are_sorted(runs_dir):
    for value in (2, "b", None, [1], 0.5, {"a": 1}, "a", True):
        with start_run(flags={"x": value}, capture=False):
            pass
    found = ls_runs(order="flag_x", descending=False)["flag_x"].tolist()
    assert found[:5] == [0.5, True, 2, "a", "b"]
    assert (len(found), found[-1]) == (8, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["name", "metrics"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)


@st.composite
def changes(draw):
    """A file of a run, and how its bytes change."""
    name = draw(st.sampled_from(sorted(FIELDS)))
    if draw(st.booleans()):
        field = draw(st.sampled_from([field for field in FIELDS[name] if isinstance(field, str)]))
        value = draw(JSON)

        def change(content):
            document = json.loads(content.splitlines()[0] if name.endswith("l") else content)
            return json.dumps(document | {field: value}).encode() + b"\n"
    else:
        start, length = draw(st.integers(0, 200)), draw(st.integers(0, 50))
        inserted = draw(
            st.binary(max_size=8) | st.sampled_from([b"{", b"]", b"\\ud800", b"9" * 99])
        )

        def change(content):
            return content[:start] + inserted + content[start + length :]

    return name, change


@given(changed=st.lists(changes(), min_size=1, max_size=3))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_whatever_is_damaged_the_others_are_listed(three, changed):
    second = three[1]
    kept = {path: path.read_bytes() for path in second.iterdir() if path.name in FIELDS}
    try:
        for name, change in changed:
            (second / name).write_bytes(change(kept[second / name]))
        for order in ("start", "eval_accuracy", "samples", "status"):
            names = ls_runs(order=order).set_index("run_dir")["name"]
            assert len(names) == 3
            assert names[[str(three[0]), str(three[2])]].tolist() == ["first", "third"]
        assert latest_run() in [Run(path) for path in three]
        assert view_runs(open=False).exists()
        assert view_run(second, open=False).exists()
        assert CliRunner().invoke(main, ["runs", "ls", "--all"]).exit_code == 0
        assert CliRunner().invoke(main, ["runs", "ls", "--json"]).exit_code == 0
        run = Run(second)
        _ = run.metrics, run.evaluation, run.flags, run.children, repr(run), run.start, run.damage
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
