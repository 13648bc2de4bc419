"""What the README shows runs, and the files it points to exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(<?([^)>\s]+)")
LINKS = sorted(
    {
        target.partition("#")[0]
        for target in LINK.findall(FENCED.sub("", README))
        if not re.match(r"#|[a-z]+:", target)
    }
)


def test_python_blocks_run_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = list(BLOCK.finditer(README))
    assert blocks
    namespace = {"__name__": "readme"}
    for block in blocks:
        # Empty lines before the block give tracebacks the README's line numbers.
        above = "\n" * README.count("\n", 0, block.start(1))
        exec(compile(above + block[1], str(ROOT / "README.md"), "exec"), namespace)


@pytest.mark.parametrize("target", LINKS)
def test_linked_file_exists(target):
    assert (ROOT / target).exists()
