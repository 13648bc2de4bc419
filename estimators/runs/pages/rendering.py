"""One self-contained HTML file from a template, its data, styles and scripts.

A page's Content-Security-Policy names the digests of its own styles and scripts, so that nothing
that a run printed can ever be run, and forbids every request. Only the page of a running run may
load a script, the ``live.js`` that stands beside it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from estimators.runs.directory.json_values import as_plain
from estimators.runs.pages.content import formats

_HERE = Path(__file__).parent
_STYLES = ("vendor/uPlot.min.css", "assets/page.css", "assets/parts.css")
_CHARTS = ("vendor/uPlot.iife.min.js", "assets/charts.js")


def render(
    template: str, data: Any, *, scripts: Sequence[str] = (), is_live: bool = False, **context: Any
) -> str:
    """Return a whole page.

    Parameters
    ----------
    template : str
        A file of templates/.
    data : Any
        What the page's scripts read, of what JSON holds; NaN and infinities become text.
    scripts : sequence of str
        Files of assets/ that the page needs besides its theme, tabs and charts.
    is_live : bool, default=False
        Whether the page may load ``live.js``.
    **context
        What the template reads.

    Returns
    -------
    str
    """
    style = "\n".join(_asset(name) for name in _STYLES)
    early = _asset("assets/theme.js")
    late = "\n".join(
        _asset(name)
        for name in (*_CHARTS, "assets/page.js", *(f"assets/{name}" for name in scripts))
    )
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src {_digest(style)}; script-src {_digest(early)} {_digest(late)}"
        # A page opened as a file is of no origin of its own, so 'self' does not cover it.
        + (" 'self' file:" if is_live else "")
    )
    return (
        environment()
        .get_template(template)
        .render(
            policy=policy,
            style=Markup(style),
            early=Markup(early),
            late=Markup(late),
            data=as_json(data),
            **context,
        )
    )


@functools.cache
def environment() -> Environment:
    """Return the environment of all templates: everything is escaped, nothing may be missing.

    Returns
    -------
    jinja2.Environment
    """
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("measure", "setting", "duration", "moment"):
        made.filters[name] = getattr(formats, name)
    return made


def as_json(data: Any) -> Markup:
    """Return JSON that may stand inside a script element.

    Parameters
    ----------
    data : Any

    Returns
    -------
    Markup

    Examples
    --------
    >>> from estimators.runs.pages.rendering import as_json
    >>> print(as_json({"name": "</script>", "loss": [0.5, float("nan")]}))
    {"name":"\\u003c/script\\u003e","loss":[0.5,"NaN"]}
    """
    return htmlsafe_json_dumps(as_plain(data), separators=(",", ":"))


@functools.cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    found = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(found).decode()}'"
