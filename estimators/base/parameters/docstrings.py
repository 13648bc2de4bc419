"""Writes the sections Parameters of docstrings, so that editors show them without a run.

``python -m estimators.base.parameters.docstrings estimators`` goes through the public classes of a
package and leaves everything else in their files as it is.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

from estimators.base.parameters.parameter import REQUIRED, Parameter

_WIDTH = 96


def with_section(source: str, class_name: str, parameters: Iterable[Parameter]) -> str:
    """Return the source of a module in which the docstring of a class describes `parameters`.

    Parameters
    ----------
    source : str
    class_name : str
    parameters : iterable of Parameter
        In the order of `__init__`.

    Raises
    ------
    ValueError
        Where the docstring has no section Parameters.
    """
    lines = source.splitlines()
    first, last = _docstring_lines(source, class_name)
    headings = [i for i in range(first, last) if set(lines[i + 1].strip()) == {"-"}]
    start = next((i for i in headings if lines[i].strip() == "Parameters"), None)
    if start is None:
        raise ValueError(f"The docstring of {class_name} has no section Parameters; add one.")
    # The last line of a docstring holds its closing quotes.
    end = next((i - 1 for i in headings if i > start), last)
    lines[start:end] = section_of(parameters)
    return "\n".join(lines) + "\n"


def _docstring_lines(source: str, class_name: str) -> tuple[int, int]:
    """Return the indices of the first and the last line of a docstring."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == class_name and ast.get_docstring(node):
            return node.body[0].lineno - 1, node.body[0].end_lineno - 1
    raise ValueError(f"There is no class {class_name} with a docstring; write one first.")


def section_of(parameters: Iterable[Parameter]) -> list[str]:
    """Return the lines of a section Parameters as a class docstring has them."""
    lines = ["    Parameters", "    ----------"]
    for parameter in parameters:
        default = "" if parameter.default is REQUIRED else f", default={parameter.default!r}"
        lines.append(f"    {parameter.name} : {parameter.kind}{default}")
        lines += textwrap.wrap(
            parameter.text, _WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8
        )
    return lines


def main(package: str) -> None:
    """Write the sections of all public classes of a package that describe their parameters."""
    module = importlib.import_module(package)
    for name in module.__all__:
        item = getattr(module, name)
        if hasattr(item, "_parameters"):
            path = Path(inspect.getsourcefile(item))
            before = path.read_text(encoding="utf-8")
            after = with_section(before, name, item._parameters)
            if after != before:
                path.write_text(after, encoding="utf-8")
                print(f"{path}: {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
