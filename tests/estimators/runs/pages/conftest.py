"""Synthetic run directories, and the browser that looks at their pages."""

import base64
import json
import math
import os
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
SCREENSHOTS = Path(__file__).parents[3] / "output" / "pages"

SCRIPT = '''"""Churn, with </script><script>document.title = "run"</script> and 'quotes' and 🚀."""

import keras
from estimators import KerasClassifier
from estimators.runs import flag_numeric, flags

FLAGS = flags(flag_numeric("layer1", 64), flag_numeric("dropout", 0.1))


def build(units: int = {units}) -> keras.Model:
    # Two layers, then one probability.
    return keras.Sequential(
        [
            keras.layers.Dense(units, activation="{activation}"),
            keras.layers.Dropout(FLAGS.dropout),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
'''
SUMMARY = """Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━┓
┃ Layer (type)         ┃ Output Shape      ┃     Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━┩
│ dense (Dense)        │ (None, 64)        │       1,984 │
├──────────────────────┼───────────────────┼─────────────┤
│ dense_1 (Dense)      │ (None, 1)         │          65 │
└──────────────────────┴───────────────────┴─────────────┘
 Total params: 2,049 (8.00 KB)
"""
# One red dot.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


def metrics_of(epoch, *, speed=0.15, level=0.42):
    loss = level + 0.3 * math.exp(-speed * epoch)
    return {
        "loss": loss,
        "val_loss": loss + 0.02 + 0.0006 * max(0, epoch - 8) ** 2,
        "accuracy": 0.82 - 0.3 * (loss - level),
        "val_accuracy": 0.8 - 0.3 * (loss - level) - 0.0003 * max(0, epoch - 8) ** 2,
        "learning_rate": 0.001 * 0.5 ** (epoch // 5),
    }


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def write_epochs(folder, epochs, **kwargs):
    lines = [
        json.dumps({"epoch": epoch, "fit": 0, "metrics": metrics_of(epoch, **kwargs)})
        for epoch in range(epochs)
    ]
    (folder / "metrics.jsonl").write_text("".join(f"{line}\n" for line in lines))


def make_small_run(folder, *, epochs=50, flags=None, status="completed", **info):
    """Only what an index reads."""
    write_json(
        folder / "run.json",
        {"schema": 1, "id": folder.name, "status": status, "tags": [], "parent": None}
        | {"start": "2026-11-22T11:29:26+00:00", "end": "2026-11-22T11:31:40+00:00"}
        | info,
    )
    write_json(folder / "flags.json", {"values": flags or {}})
    write_epochs(folder, epochs, level=0.3 + 0.001 * (sum(map(ord, folder.name)) % 97))
    (folder / "evaluation.jsonl").write_text(
        json.dumps({"name": "test", "metrics": {"accuracy": 0.7 + len(str(flags)) / 1000}}) + "\n"
    )
    return folder


def make_run(folder, *, epochs=20, flags=None, units=64, activation="relu", packages=None, **info):
    """Everything a run may hold."""
    flags = {"layer1": units, "activation": activation, "dropout": 0.1} | (flags or {})
    make_small_run(folder, epochs=epochs, flags=flags, name=f"{units} {activation}", **info)
    declared = [{"name": "layer1", "type": "numeric", "default": 64, "help": "Units."}]
    write_json(folder / "flags.json", {"values": flags, "declared": declared})
    write_json(
        folder / "model.json",
        {
            "class": "KerasClassifier",
            "parameters": {"units": [units, units], "activation": activation},
            "summary": SUMMARY,
            "optimizer": {"name": "adam", "learning_rate": 0.001},
            "loss": "binary_crossentropy",
            "samples": 5625,
            "validation_samples": 1407,
            "batch_size": 32,
            "epochs": epochs,
        },
    )
    write_json(
        folder / "environment.json",
        {
            "python": "3.11.7",
            "platform": "Linux-6.1-x86_64",
            "packages": {"keras": "3.15.1", "numpy": "2.3.0"} | (packages or {}),
            "git": {"commit": "e00d426" + "0" * 33, "branch": "main", "dirty": True},
        },
    )
    write_epochs(folder, epochs, level=0.4 + units / 2000, speed=0.1 + units / 1000)
    (folder / "git.patch").write_text("--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-a\n+b\n")
    (folder / "output.log").write_text(
        "".join(f"Epoch {epoch + 1}/{epochs}\n" for epoch in range(epochs))
    )
    (folder / "source" / "models").mkdir(parents=True)
    source = SCRIPT.replace("{units}", str(units)).replace("{activation}", activation)
    (folder / "source" / "train.py").write_text(source, encoding="utf-8")
    (folder / "source" / "models" / "layers.py").write_text("WIDTH = 1\n")
    write_json(folder / "source.json", {"script": "train.py", "files": []})
    for name in ("plots/roc.png", "artifacts/model.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(PIXEL)
    return folder


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs" / "2026-11-22T11-29-26Z")


@pytest.fixture
def three_runs(tmp_path):
    runs = tmp_path / "runs"
    return [
        make_run(runs / "2026-11-22T11-29-26Z"),
        make_run(runs / "2026-11-22T11-35-02Z", units=32, packages={"numpy": "2.4.0"}),
        make_run(runs / "2026-11-22T11-40-51Z", units=128, activation="tanh", epochs=12),
    ]


@pytest.fixture(scope="session")
def many_runs(tmp_path_factory):
    """A folder of 2,000 runs of 50 epochs."""
    folder = tmp_path_factory.mktemp("many") / "runs"
    for number in range(2000):
        minute = f"T{number // 60 % 24:02}-{number % 60:02}-00Z"
        make_small_run(
            folder / f"2026-11-{23 + number // 1440}{minute}",
            flags={
                "layer1": 2 ** (number % 5 + 3),
                "activation": ("relu", "tanh")[number % 2],
                "dropout": number % 4 / 10,
            },
            status=("completed", "failed", "interrupted", "completed", "completed")[number % 5],
            start=f"2026-11-{23 + number // 1440}{minute.replace('-', ':')}",
        )
    return folder


# Not for the whole session: while it is open there is an event loop that other tests would meet.
@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip(f"{CHROMIUM} is missing; `apt-get install chromium` brings it")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


class Visit:
    """A page in the browser, and everything that it asked for or complained about."""

    def __init__(self, context, path):
        self.requests, self.complaints = [], []
        self.page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in {"error", "warning"}
                else None
            ),
        )
        self.address = path.resolve().as_uri()
        self.page.goto(self.address)

    def keep(self, name, **kwargs):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", **kwargs)


@pytest.fixture
def visit(browser):
    """Open a file offline; afterwards nothing else was requested and nothing went wrong."""
    contexts, visits = [], []

    def open_page(path, *, is_live=False, width=1280, height=900, **kwargs):
        context = browser.new_context(
            offline=True, viewport={"width": width, "height": height}, **kwargs
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        visit = Visit(context, path)
        if not is_live:
            visits.append(visit)
        return visit

    yield open_page
    for visit in visits:
        asked = [url for url in visit.requests if not url.startswith(("data:", "blob:"))]
        assert {url.partition("#")[0] for url in asked} == {visit.address}
        assert not visit.complaints
    for context in contexts:
        context.close()
