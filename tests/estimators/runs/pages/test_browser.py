"""Pages as a browser shows them, opened as files and offline.

`visit` itself checks that a page asked for nothing but its own file and that nothing went wrong.
"""

import json
import time

import pytest

from estimators.runs import compare_runs, save_run_view, view_run, view_runs
from estimators.runs.directory.stored_run import StoredRun


def tab(page, name):
    return page.get_by_role("tab", name=name)


def shown_panel(page):
    (panel,) = [item for item in page.get_by_role("tabpanel").all() if item.is_visible()]
    return panel.get_attribute("id")


def test_every_tab_shows_its_part(run, visit):
    page = (seen := visit(view_run(run, open=False))).page
    assert shown_panel(page) == "summary"
    assert page.locator("figure.chart canvas").count() == 3
    assert "0.7520" in page.get_by_role("region", name="Evaluation").inner_text()
    seen.keep("run", full_page=True)
    tab(page, "Output").click()
    assert shown_panel(page) == "output"
    assert "Epoch 20/20" in page.locator(".console:visible").inner_text()
    assert page.locator("img[alt='Plot roc.png']").evaluate("image => image.naturalWidth") == 1
    assert page.get_by_role("link", name="artifacts/model.txt").is_visible()
    tab(page, "Code").click()
    assert shown_panel(page) == "code"
    assert page.locator(".code .k:visible").first.inner_text() == "def"
    seen.keep("run_code")


def test_tabs_follow_the_arrow_keys(run, visit):
    page = visit(view_run(run, open=False)).page
    tab(page, "Summary").focus()
    for key, panel in [("ArrowRight", "output"), ("End", "code"), ("ArrowRight", "summary")]:
        page.keyboard.press(key)
        assert shown_panel(page) == panel
        assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"


def test_a_chart_tells_its_values_to_mouse_and_keys(run, visit):
    page = visit(view_run(run, open=False)).page
    loss, accuracy = page.locator("figure.chart").all()[:2]
    losses = StoredRun(run).metrics
    assert loss.locator(".at").inner_text() == "last, epoch 19"
    box = loss.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    place = int(loss.locator(".at").inner_text().removeprefix("epoch "))
    assert 8 <= place <= 11
    values = [f"{losses[place]['metrics'][name]:.4f}" for name in ("loss", "val_loss")]
    assert loss.locator(".legend b").all_inner_texts() == values
    # The charts of a page point at one epoch together.
    assert accuracy.locator(".at").inner_text() == f"epoch {place}"
    slider = loss.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert loss.locator(".at").inner_text() == "epoch 1"
    told = slider.get_attribute("aria-valuetext")
    assert told == f"epoch 1, training {losses[1]['metrics']['loss']:.4f}, validation " + (
        f"{losses[1]['metrics']['val_loss']:.4f}"
    )
    assert "best validation 0.5026 at epoch 13" in slider.get_attribute("aria-label")


def test_the_table_beside_a_chart_marks_the_best_epoch(run, visit):
    page = visit(view_run(run, open=False)).page
    page.get_by_text("Values of loss").click()
    best = page.locator("figure.chart").first.locator("tr", has=page.locator(".best"))
    assert best.locator("th").inner_text() == "13"


def test_curves_can_be_hidden_and_seen_on_a_log_scale(run, visit):
    page = visit(view_run(run, open=False)).page
    curve = page.get_by_role("button", name="training").first
    curve.click()
    assert curve.get_attribute("aria-pressed") == "false"
    before = page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")
    page.get_by_label("Log scale").check()
    assert page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()") != before


def test_dark_is_the_systems_choice_or_the_buttons(run, visit):
    path = view_run(run, open=False)
    seen = visit(path, color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = seen.page.evaluate(background)
    seen.keep("run_dark", full_page=True)
    button = seen.page.get_by_role("button", name="Dark mode")
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert seen.page.evaluate(background) != dark
    page = visit(path, color_scheme="light").page
    page.get_by_role("button", name="Dark mode").click()
    assert page.evaluate(background) == dark


# Text on what is behind it; WCAG asks for 4.5.
CONTRASTS = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = numbers(color).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (numbers(color)[3] !== 0) return color;
    }
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push(`${element.className} ${element.innerText} ${contrast}`);
  }
  return low;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_stands_out_from_its_background(three_runs, visit, theme):
    (three_runs[0] / "error.txt").write_text("Traceback:\nValueError: no\n")
    for path in (
        view_run(three_runs[0], open=False),
        compare_runs(three_runs, open=False),
        view_runs(three_runs[0].parent, open=False),
    ):
        page = visit(path, color_scheme=theme).page
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for number in range(page.get_by_role("tab").count() or 1):
            if page.get_by_role("tab").count():
                page.get_by_role("tab").nth(number).click()
            assert page.evaluate(CONTRASTS) == []


@pytest.mark.parametrize("width", [360, 768])
def test_narrow_pages_do_not_scroll_sideways(three_runs, visit, width):
    for name, path in {
        "run": view_run(three_runs[0], open=False),
        "comparison": compare_runs(three_runs, open=False),
        "index": view_runs(three_runs[0].parent, open=False),
    }.items():
        seen = visit(path, width=width)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, name
        seen.keep(f"{name}_{width}")


def test_paper_shows_every_tab_in_the_light(run, visit):
    page = visit(view_run(run, open=False), color_scheme="dark").page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert all(panel.is_visible() for panel in page.get_by_role("tabpanel").all())
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert not page.get_by_role("tablist").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.pdf()[:5] == b"%PDF-"


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_history_can_be_downloaded(run, visit, kind):
    page = visit(view_run(run, open=False), accept_downloads=True).page
    with page.expect_download() as download:
        page.get_by_role("button", name=kind.upper()).click()
    assert download.value.suggested_filename == f"{run.name}-history.{kind}"
    text = download.value.path().read_text()
    measured = [line["metrics"]["val_loss"] for line in StoredRun(run).metrics]
    if kind == "csv":
        head, *rows = [line.split(",") for line in text.splitlines()]
        assert head == "fit,epoch,loss,val_loss,accuracy,val_accuracy,learning_rate".split(",")
        assert [float(row[3]) for row in rows] == measured
    else:
        assert json.loads(text)["metrics"]["val_loss"] == measured


def test_three_runs_are_compared(three_runs, visit):
    page = (seen := visit(compare_runs(three_runs, open=False))).page
    names = ["64 relu", "32 relu", "128 tanh"]
    loss = page.locator("figure.chart").first
    assert loss.locator(".legend span").all_inner_texts()[::2] == names
    assert loss.locator(".at").inner_text() == "last of each"
    box = loss.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 20)
    assert loss.locator(".at").inner_text() == "epoch 0"
    flags = page.locator("section", has=page.locator("#t-flags"))
    assert "2 of 3 differ" in flags.inner_text()
    assert flags.get_by_text("dropout").is_visible()
    flags.get_by_label("Differences only").check()
    assert not flags.get_by_text("dropout").is_visible()
    assert flags.get_by_text("layer1").is_visible()
    # Of hundreds of packages, only those that differ to begin with.
    environment = page.locator("#t-environment")
    assert environment.get_by_text("2.4.0").is_visible()
    assert not environment.get_by_text("keras").is_visible()
    optimisation = page.locator("section", has=page.locator("#t-optimisation"))
    optimisation.get_by_label("Differences only").check()
    assert optimisation.locator("tbody tr:visible").count() == 1
    seen.keep("comparison", full_page=True)
    tab(page, "Code").click()
    section = page.locator("#code section").last
    assert section.locator("del").all_inner_texts() == ["64", "relu"]
    assert section.locator("ins").all_inner_texts() == ["128", "tanh"]
    seen.keep("comparison_code")
    tab(page, "Output").click()
    assert page.locator("img:visible").count() == 3
    assert "Both printed the same." in page.locator("#output").inner_text()


def test_two_thousand_runs_are_sorted_and_filtered_without_a_stall(many_runs, visit):
    seen = visit(view_runs(many_runs, open=False))
    page = seen.page
    opened = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    assert page.evaluate(opened) < 4000
    count = page.locator("#count")
    assert count.inner_text() == "2,000 of 2,000 runs"
    assert page.locator("#rows tr").count() == 100
    for words, expected in [
        ("tanh", "1,000"),
        ("tanh layer1>=64", "400"),
        ("status:failed", "400"),
        ("nowhere", "0"),
        ("", "2,000"),
    ]:
        started = time.perf_counter()
        page.get_by_label("Filter").fill(words)
        assert count.inner_text() == f"{expected} of 2,000 runs"
        assert time.perf_counter() - started < 2
    page.get_by_role("button", name="layer1", exact=True).click()
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    assert page.locator("#rows tr").first.inner_text().count("128")
    page.get_by_role("button", name="Show 100 more").click()
    assert page.locator("#rows tr").count() == 200
    page.get_by_label("Status", exact=True).select_option("interrupted")
    assert count.inner_text() == "400 of 2,000 runs"
    seen.keep("index")


def test_the_index_leads_to_pages_and_writes_comparisons(three_runs, visit):
    view_run(three_runs[0], open=False)
    child = three_runs[0] / "runs" / "2026-11-22T11-30-00Z"
    child.mkdir(parents=True)
    (child / "run.json").write_text('{"status": "completed", "name": "fold 1"}')
    (child / "flags.json").write_text('{"values": {"C": 0.1}}')
    page = visit(view_runs(three_runs[0].parent, open=False)).page
    assert page.locator("#count").inner_text() == "3 of 3 runs"
    assert page.get_by_role("button", name="C", exact=True).count() == 0
    page.get_by_label("Child runs").check()
    assert page.locator("#count").inner_text() == "4 of 4 runs"
    assert page.get_by_role("button", name="C", exact=True).count() == 1
    page.get_by_label("Choose 64 relu").check()
    page.get_by_label("Choose 32 relu").check()
    first, second = three_runs[:2]
    assert page.locator("#line").inner_text() == f'compare_runs(["{first}", "{second}"])'
    page.locator("#columns summary").click()
    page.locator(".choices").get_by_label("optimizer", exact=True).check()
    assert "adam" in page.locator("#rows").inner_text()
    link = page.get_by_role("link", name="64 relu")
    assert link.get_attribute("href") == f"{first.name}/view.html"


HOSTILE = (
    "</script><script>window.hit = 1</script><img src=x onerror='window.hit = 2'>\"' 🚀 \u2028"
)


def test_nothing_that_a_run_holds_is_run(run, visit):
    info = json.loads((run / "run.json").read_text())
    info |= {"name": HOSTILE, "tags": [HOSTILE], "status": "failed", "args": [HOSTILE]}
    info |= {"error": {"type": HOSTILE, "message": HOSTILE}, "properties": {HOSTILE: HOSTILE}}
    (run / "run.json").write_text(json.dumps(info))
    (run / "flags.json").write_text(json.dumps({"values": {HOSTILE: HOSTILE}}))
    line = {"epoch": 0, "metrics": {HOSTILE: "NaN", "loss": float("nan"), "val_loss": None}}
    (run / "metrics.jsonl").write_text(
        f'{json.dumps(line)}\n{{"epoch": 1, "metrics": {{"loss": 0.5}}}}\n{{"epoch": 2, "met'
    )
    (run / "error.txt").write_text(HOSTILE)
    (run / "git.patch").write_text(HOSTILE)
    (run / "source" / "train.py").write_text(f"x = {HOSTILE!r}  # {HOSTILE}\n", encoding="utf-8")
    (run / "output.log").write_bytes(
        (HOSTILE + "\n").encode() * 30_000 + b"\x1b[31mred\x1b[0m \x00\xff\n" + b"x" * 3_000_000
    )
    assert (run / "output.log").stat().st_size > 5_000_000
    path = view_run(run, open=False)
    assert path.stat().st_size < 1_000_000
    other = run.parent / "other"
    (other / "source").mkdir(parents=True)
    (other / "run.json").write_text(json.dumps({"name": HOSTILE, "status": "completed"}))
    (other / "source" / "train.py").write_text("x = 1")
    saved = save_run_view(run, run.parent / "saved & sound.html")
    for place in (
        path,
        saved,
        compare_runs([run, other], open=False),
        view_runs(run.parent, open=False),
    ):
        page = visit(place).page
        for number in range(page.get_by_role("tab").count()):
            page.get_by_role("tab").nth(number).click()
        assert page.evaluate("window.hit") is None
        assert "🚀" in page.content()


def test_a_nan_is_a_gap_in_the_chart_and_a_word_in_the_table(run, visit):
    losses = [0.9, "NaN", float("nan"), 0.6, None, "Infinity", 0.5]
    (run / "metrics.jsonl").write_text(
        "".join(
            json.dumps({"epoch": epoch, "metrics": {"loss": loss}}) + "\n"
            for epoch, loss in enumerate(losses)
        )
    )
    page = visit(view_run(run, open=False)).page
    page.get_by_text("Values of loss").click()
    cells = page.locator("figure.chart td").all_inner_texts()
    assert cells[:6] == ["0.9000", "NaN", "NaN", "0.6000", "NaN", "∞"]
    note = page.locator(".warning").inner_text()
    assert note == "loss is not finite at epoch 1, epoch 2, epoch 4 and 1 more."


def test_an_empty_run_has_a_page(tmp_path, visit):
    run = tmp_path / "empty"
    run.mkdir()
    (run / "run.json").write_text("{}")
    page = visit(view_run(run, open=False)).page
    assert "No epoch was recorded." in page.locator("#summary").inner_text()
    tab(page, "Code").click()
    assert "No source was kept." in page.locator("#code").inner_text()
