"""Source files as highlighted lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

# Beyond these a reader opens the file itself.
_HIGHLIGHTED, _SHOWN = 300_000, 1_000_000


@dataclass(frozen=True)
class CodeFile:
    """One source file, ready for a page.

    Attributes
    ----------
    path : str
        Relative to the folder of sources.
    lines : list of Markup
        Each well-formed HTML by itself.
    is_cut : bool
        Whether there is more of it than `lines`.
    """

    path: str
    lines: list[Markup]
    is_cut: bool = False


def read_code(name: str, path: Path) -> CodeFile:
    """Read and highlight one file.

    Parameters
    ----------
    name : str
        What the page calls it; its ending decides the language.
    path : Path

    Returns
    -------
    CodeFile
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_SHOWN + 1)
    except OSError as error:
        return CodeFile(name, [escape(f"This file cannot be read: {error.strerror}.")])
    if b"\0" in raw:
        return CodeFile(name, [escape("This file is not a text.")])
    text = raw[:_SHOWN].decode("utf-8", "replace")
    return CodeFile(name, highlighted(text, name), len(raw) > _SHOWN)


def highlighted(text: str, name: str) -> list[Markup]:
    """Return the lines of a text with its keywords, strings and comments marked.

    Parameters
    ----------
    text : str
    name : str
        A file name whose ending decides the language.

    Returns
    -------
    list of Markup

    Examples
    --------
    >>> from estimators.runs.pages.content.code import highlighted
    >>> highlighted("x = '</script>'", "train.py")[0].count("&lt;/script&gt;")
    1
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import TextLexer, get_lexer_for_filename
    from pygments.util import ClassNotFound

    if len(text) > _HIGHLIGHTED:
        return [escape(line) for line in text.splitlines()]
    options = {"stripnl": False, "ensurenl": False}
    try:
        lexer = get_lexer_for_filename(name, text, **options)
    except ClassNotFound:
        lexer = TextLexer(**options)
    # Pygments closes and reopens its marks at the end of every line.
    marked = highlight(text, lexer, HtmlFormatter(nowrap=True))
    return [Markup(line) for line in marked.rstrip("\n").split("\n")]
