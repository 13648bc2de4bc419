"""Which file is written, what it may do, and what is said where it cannot be."""

import json
import re
import sys
import webbrowser

import pytest

from estimators.runs import compare_runs, save_run_view, view_run, view_runs
from estimators.runs.pages.content.formats import duration, measure


@pytest.fixture(autouse=True)
def opened(monkeypatch):
    addresses = []
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    return addresses


def test_a_run_is_found_by_path_object_and_id(run, monkeypatch):
    class Held:
        dir = run

    monkeypatch.setenv("KERAS_ESTIMATORS_RUNS", str(run.parent))
    for named in (run, str(run), Held(), run.name, None):
        assert view_run(named) == run / "view.html"


def test_what_is_no_run_is_said(tmp_path):
    with pytest.raises(ValueError, match="'nowhere'"):
        view_run("nowhere")
    with pytest.raises(FileNotFoundError, match="no folder of runs"):
        view_runs(tmp_path / "nowhere")


def test_a_comparison_needs_two_runs(run):
    with pytest.raises(ValueError, match="runs holds 1"):
        compare_runs([run, run])
    with pytest.raises(TypeError, match="give a list"):
        compare_runs(str(run))


def test_the_same_comparison_is_the_same_file(three_runs):
    first = compare_runs(three_runs)
    assert first.parent == three_runs[0].parent
    assert compare_runs(three_runs) == first != compare_runs(three_runs[::-1])


def test_the_index_writes_figures_as_the_pages_of_runs_do(run):
    (run / "evaluation.jsonl").write_text('{"name": "test", "metrics": {"mse": 1e-5}}\n')
    text = view_runs(run.parent).read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])
    keys = [column["key"] for column in data["columns"]]
    written = dict(zip(keys, data["runs"][0]["texts"]))
    assert (written["eval_mse"], written["seconds"]) == (measure(1e-5), duration(134.0))
    assert written["status"] is None


def test_a_page_elsewhere_needs_a_folder(run, tmp_path):
    assert save_run_view(run, tmp_path / "page.html").read_text().count('href="plots') == 0
    with pytest.raises(FileNotFoundError, match="make it first"):
        save_run_view(run, tmp_path / "nowhere" / "page.html")


def test_a_browser_opens_only_where_somebody_sits(run, monkeypatch, opened):
    monkeypatch.delattr(sys, "ps1", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    view_run(run)
    assert not opened
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    view_run(run, open=False)
    assert not opened
    view_run(run)
    assert opened == [(run / "view.html").as_uri()]
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    view_run(run)
    assert len(opened) == 1
    view_run(run, open=True)
    assert len(opened) == 2


def test_a_page_may_run_its_own_scripts_only(three_runs):
    for path in (
        view_run(three_runs[0]),
        compare_runs(three_runs),
        view_runs(three_runs[0].parent),
    ):
        text = path.read_text(encoding="utf-8")
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
        assert policy.startswith("default-src &#39;none&#39;")
        assert not re.search(r"unsafe|https?:|file:|self", policy)
        assert not re.search(r'<(?:script|link|img)[^>]+(?:src|href)="(?!data:)', text)
        assert path.stat().st_size < 200_000


def test_missing_packages_are_named(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pygments", None)
    with pytest.raises(ImportError, match=r"pygments is missing.*keras-estimators\[runs\]"):
        view_run(run)


def test_pictures_that_are_too_large_are_only_named(run, monkeypatch):
    monkeypatch.setattr("estimators.runs.pages.content.pictures._MOST_BYTES", 10)
    assert "roc.png is too large to be shown here" in view_run(run).read_text(encoding="utf-8")
