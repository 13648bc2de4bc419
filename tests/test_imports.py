"""Import arrows point one way: estimators -> feature_specs, estimators.* -> estimators.engine."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "feature_specs": {"estimators"},
    "estimators/engine": {"sklearn", "pandas", "feature_specs", "estimators"},
    "estimators/datasets": {"keras", "tensorflow", "feature_specs"},
}
# History.to_frame() hands out a DataFrame; pandas is imported when it is called.
ALLOWED = {("estimators/engine/history.py", "pandas")}


def imported(path):
    """Every absolute module name that a file imports, relative imports made absolute."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*base, *filter(None, [node.module])])


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_nothing_imports_upwards(folder):
    own = folder.replace("/", ".")
    for path in (ROOT / folder).rglob("*.py"):
        foreign = [name for name in imported(path) if not f"{name}.".startswith(f"{own}.")]
        wrong = {name.split(".")[0] for name in foreign} & FORBIDDEN[folder]
        file = path.relative_to(ROOT).as_posix()
        wrong = {name for name in wrong if (file, name) not in ALLOWED}
        assert not wrong, f"{file} imports {', '.join(sorted(wrong))}"
