"""A page follows its run while it goes, without a server and without being reloaded."""

import json
import os
import time

import pytest

from estimators.runs import view_run
from estimators.runs.directory.lock import hold
from estimators.runs.pages.live import write_live


def change(run, **info):
    document = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(document | info))


def add_epoch(run, epoch, loss):
    with (run / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"epoch": epoch, "metrics": {"loss": loss, "val_loss": loss}}) + "\n")


@pytest.fixture
def running(run):
    (run / "metrics.jsonl").unlink()
    change(run, status="running", end=None)
    descriptor = hold(run)
    yield run
    os.close(descriptor)


def test_a_page_follows_its_run_to_the_end(running, visit):
    seen = visit(view_run(running, open=False), is_live=True)
    page = seen.page
    page.evaluate("window.isSamePage = true")
    assert "No epoch has ended yet." in page.locator("#summary").inner_text()
    add_epoch(running, 0, 0.75)
    write_live(running, now=True)
    page.wait_for_selector("figure.chart canvas")
    add_epoch(running, 1, 0.25)
    with (running / "output.log").open("a") as file:
        file.write("hello </script> from the second epoch\n")
    page.locator("details.values summary").click()
    write_live(running, now=True)
    page.get_by_role("row", name="1 0.2500 0.2500").wait_for()
    assert page.locator(".legend b").all_inner_texts() == ["0.2500", "0.2500"]
    assert "from the second epoch" in page.locator("#output").text_content()
    assert page.locator("#news").inner_text() == "live"
    assert page.evaluate("window.isSamePage")
    change(running, status="completed", end="2026-11-22T11:31:40+00:00")
    write_live(running, now=True)
    page.locator(".status.completed").wait_for()
    assert page.evaluate("window.isSamePage") is None
    # The finished page asks for nothing any more.
    asked = len(seen.requests)
    time.sleep(1.2)
    assert len(seen.requests) == asked
    own = {"view.html", "live.js"}
    assert {url.partition("?")[0].rpartition("/")[2] for url in seen.requests} == own
    assert not seen.complaints


def test_nothing_is_told_where_nobody_looks(running):
    assert write_live(running) is None
    assert not (running / "live.js").exists()


def test_it_is_told_once_a_second(running):
    view_run(running, open=False)
    assert write_live(running) is None
    told = running / "live.js"
    os.utime(told, (time.time() - 2, time.time() - 2))
    assert write_live(running) == told
    started = time.perf_counter()
    for _ in range(1000):
        write_live(running)
    assert time.perf_counter() - started < 0.5


def test_a_run_whose_process_is_gone_is_shown_as_crashed(run, visit):
    change(run, status="running", end=None)
    page = visit(view_run(run, open=False)).page
    assert page.locator(".status").inner_text() == "crashed"
    assert "left no word" in page.get_by_role("alert").inner_text()
