"""Differences of texts, lines and inside changed lines words, in bounded time.

`difflib.HtmlDiff` is not used: it compares every removed line with every added one in full, which
takes half a minute for 300 rewritten lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from markupsafe import Markup, escape

_CONTEXT = 3
_MOST_LINES = 20_000
_MOST_SHOWN = 3_000
# A line that repeats more often than this holds no two texts together in a large comparison.
_REPEATS, _LARGE = 8, 250_000
# Only near neighbours of moderate length are compared word by word, and only so many a file.
_WINDOW, _LONGEST, _MOST_PAIRS = 6, 400, 4_000
_ALIKE = 0.5
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Line:
    """One line of a difference.

    Attributes
    ----------
    kind : {'same', 'removed', 'added', 'gap'}
    html : Markup
    before, after : int or None
        Its number in either text.
    """

    kind: str
    html: Markup
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class Difference:
    """How one text became another.

    Attributes
    ----------
    lines : list of Line
    added, removed : int
        Counts of lines.
    note : str
        Why not everything is shown; empty where everything is.
    """

    lines: list[Line] = field(default_factory=list)
    added: int = 0
    removed: int = 0
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def compare_texts(before: str, after: str) -> Difference:
    """Return the changed lines with some unchanged ones around them.

    Parameters
    ----------
    before, after : str

    Returns
    -------
    Difference
        False where the texts are equal.

    Examples
    --------
    >>> from estimators.runs.pages.content.differences import compare_texts
    >>> difference = compare_texts("units = 64", "units = 32")
    >>> for line in difference.lines:
    ...     print(line.kind, line.html)
    removed units = <del>64</del>
    added units = <ins>32</ins>
    """
    if before == after:
        return Difference()
    old, new = before.splitlines(), after.splitlines()
    if len(old) + len(new) > _MOST_LINES:
        note = f"Too long to compare line by line: {len(old):,} lines against {len(new):,}."
        return Difference(added=len(new), removed=len(old), note=note)
    if old == new:
        return Difference(added=1, removed=1, note="Only the ends of lines differ.")
    return _Comparison(old, new).result()


class _Comparison:
    def __init__(self, old: list[str], new: list[str]) -> None:
        self.old, self.new = old, new
        self.pairs_left = _MOST_PAIRS
        self.lines: list[Line] = []

    def result(self) -> Difference:
        groups = list(_matcher(self.old, self.new).get_grouped_opcodes(_CONTEXT))
        added = removed = 0
        last = 0
        for group in groups:
            if group[0][1] > last:
                self._gap(group[0][1] - last)
            for kind, i1, i2, j1, j2 in group:
                if kind == "equal":
                    self._same(i1, i2, j1)
                    continue
                removed += i2 - i1
                added += j2 - j1
                if len(self.lines) < _MOST_SHOWN:
                    self._changed(i1, i2, j1, j2)
            last = group[-1][2]
        if last < len(self.old):
            self._gap(len(self.old) - last)
        note = ""
        if len(self.lines) > _MOST_SHOWN:
            note = f"The first {_MOST_SHOWN:,} lines of the difference."
        return Difference(self.lines[:_MOST_SHOWN], added, removed, note)

    def _gap(self, count: int) -> None:
        text = f"{count:,} unchanged line{'s' * (count > 1)}"
        self.lines.append(Line("gap", escape(text)))

    def _same(self, i1: int, i2: int, j1: int) -> None:
        for i in range(i1, i2):
            self.lines.append(Line("same", escape(self.old[i]), i + 1, j1 + i - i1 + 1))

    def _changed(self, i1: int, i2: int, j1: int, j2: int) -> None:
        """Add removed and added lines, versions of one line next to each other."""
        partners = dict(self._pairs(i1, i2, j1, j2))
        for i in range(i1, i2):
            if i not in partners:
                self.lines.append(Line("removed", escape(self.old[i]), before=i + 1))
                continue
            before, after = _marked(self.old[i], self.new[partners[i]])
            self._added(j1, partners[i])
            self.lines.append(Line("removed", before, before=i + 1))
            self.lines.append(Line("added", after, after=partners[i] + 1))
            j1 = partners[i] + 1
        self._added(j1, j2)

    def _added(self, j1: int, j2: int) -> None:
        for j in range(j1, j2):
            self.lines.append(Line("added", escape(self.new[j]), after=j + 1))

    def _pairs(self, i1: int, i2: int, j1: int, j2: int) -> Iterator[tuple[int, int]]:
        """Yield the removed and added lines that are versions of each other, in order."""
        first = j1
        for i in range(i1, i2):
            candidates = range(first, min(first + _WINDOW, j2))
            rated = [(self._likeness(self.old[i], self.new[j]), -j) for j in candidates]
            likeness, j = max(rated, default=(0, 0))
            if likeness >= _ALIKE:
                first = -j + 1
                yield i, -j

    def _likeness(self, old: str, new: str) -> float:
        if max(len(old), len(new)) > _LONGEST or self.pairs_left <= 0:
            return 0.0
        self.pairs_left -= 1
        matcher = SequenceMatcher(None, _WORDS.findall(old), _WORDS.findall(new), autojunk=False)
        quick = matcher.quick_ratio()
        return quick if quick < _ALIKE else matcher.ratio()


def _matcher(old: Sequence[str], new: Sequence[str]) -> SequenceMatcher:
    """Return a matcher of lines whose work grows with the texts, not with their product."""
    counts = Counter(new)
    work = sum(counts[line] for line in old)
    is_large = work > _LARGE
    junk = (lambda line: counts[line] > _REPEATS) if is_large else None
    return SequenceMatcher(junk, old, new, autojunk=is_large)


def _marked(old: str, new: str) -> tuple[Markup, Markup]:
    """Return both versions of a line with what is only in one of them marked."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    left, right = Markup(), Markup()
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        removed, added = escape("".join(before[i1:i2])), escape("".join(after[j1:j2]))
        if kind == "equal":
            left, right = left + removed, right + added
        else:
            left += Markup("<del>{}</del>").format(removed) if removed else ""
            right += Markup("<ins>{}</ins>").format(added) if added else ""
    return left, right
