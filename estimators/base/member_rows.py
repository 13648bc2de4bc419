"""Which rows each network of an ensemble trains on, and which it holds out."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any, NamedTuple

import numpy as np

from estimators.base.groups import deal_groups
from estimators.base.rows import CheckedRows
from feature_specs.columns.column_warning import some_of, warn_of_column

_DRAWS = 100
_MOST_NAMES = 3


class MemberRows(NamedTuple):
    """The rows of one member, by their places among the checked rows.

    Attributes
    ----------
    training : ndarray of int
        Sorted; a place that was drawn twice stands there twice.
    held_out : ndarray of int or None
        Sorted, none of them among `training`; None where the member trains on all rows.
    """

    training: np.ndarray
    held_out: np.ndarray | None


def member_rows(
    rows: CheckedRows,
    members: int,
    how: Any,
    seed: int,
    *,
    stratify: bool,
    must_hold_out: bool = False,
) -> list[MemberRows]:
    """Return the rows of every member.

    Parameters
    ----------
    rows : CheckedRows
        Those that count; where they have groups, no group is on both sides of a member.
    members : int
    how : {'folds', 'bootstrap', 'seeds'} or splitter
        - ``'folds'``: every member trains without its own fold, so that each row is held out once.
          With `stratify` the folds have as many rows of a class, give or take one. A class of
          fewer rows than members is spread over some folds, with a warning.
        - ``'bootstrap'``: every member trains on as many rows as there are, drawn with replacement
          (with `stratify` within each class, so that none is lost), and holds out those that were
          not drawn. Groups are drawn whole, as many as there are, again and again until every
          class is there, at most a hundred times.
        - ``'seeds'``: every member trains on all rows and holds out none; groups have no effect.
        - A splitter of scikit-learn is asked for its splits as it is, with the groups of the rows,
          if any. Held-out rows need not cover all rows, and members may share them.
    seed : int
        Of the folds and draws, and of a splitter whose ``random_state`` is None.
    stratify : bool
        Whether the target is classes, of which a row has one.
    must_hold_out : bool, default=False
        Whether no error or warning is to advise ``'seeds'``.

    Returns
    -------
    list of MemberRows

    Warns
    -----
    feature_specs.ColumnWarning
        Where a member trains without a class, or a class has fewer rows than there are folds.

    Raises
    ------
    ValueError
        For fewer rows or groups than the members need, folds of a single member, a splitter that
        splits into another number or cannot split these rows, and one that leaves a member nothing
        to train on or hold out.

    References
    ----------
    Breiman 1996, Bagging predictors; Krogh & Vedelsby 1995, Neural network ensembles,
    cross validation, and active learning (members without their own fold).

    Examples
    --------
    >>> import numpy as np
    >>> from estimators.base.member_rows import member_rows
    >>> from estimators.base.rows import CheckedRows
    >>> rows = CheckedRows(np.zeros((6, 1)), np.array(list("ababab")), np.ones(6))
    >>> first, second, third = member_rows(rows, 3, "folds", seed=0, stratify=True)
    >>> len(first.training), sorted(rows.y[first.held_out].tolist())
    (4, ['a', 'b'])
    """
    if isinstance(how, str) and how in _WAYS:
        _check_enough(rows, members, how, must_hold_out)
        split = list(_WAYS[how](rows, members, seed, stratify))
    else:
        split = list(_splits_of(how, rows, members, seed, stratify))
    if stratify:
        _tell_of_rare_classes(rows, members if how == "folds" else 0, split, must_hold_out)
    return split


def member_seed(seed: int, member: int) -> int:
    """Return the seed of a member, the same however many members there are.

    Parameters
    ----------
    seed : int
        Of the fit.
    member : int
        From 0.

    Returns
    -------
    int
        Below 2³¹, as the seeds of fits are.

    References
    ----------
    ``numpy.random.SeedSequence``, whose spawned children are independent streams.

    Examples
    --------
    >>> from estimators.base.member_rows import member_seed
    >>> member_seed(0, 1) == member_seed(0, 1) != member_seed(0, 2)
    True
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(member,))
    return int(sequence.generate_state(1)[0] >> 1)


def _folds(rows: CheckedRows, members: int, seed: int, stratify: bool) -> Iterator[MemberRows]:
    _, classes = rows.classes(stratify=stratify)
    if rows.groups is not None:
        folds = deal_groups(rows.groups, classes, [1 / members] * members, seed)
    else:
        # Dealt class by class, as StratifiedKFold does, which refuses where all classes are small.
        order = np.random.default_rng(seed).permutation(len(classes))
        order = order[np.argsort(classes[order], kind="stable")]
        folds = np.empty(len(order), dtype=np.intp)
        folds[order] = np.arange(len(order)) % members
    for member in range(members):
        yield MemberRows(np.flatnonzero(folds != member), np.flatnonzero(folds == member))


def _bootstraps(rows: CheckedRows, members: int, seed: int, stratify: bool) -> Iterator[MemberRows]:
    _, classes = rows.classes(stratify=stratify)
    draw = _drawn_rows if rows.groups is None else _drawn_groups
    for member in range(members):
        times = draw(rows, classes, np.random.default_rng(member_seed(seed, member)))
        yield MemberRows(np.repeat(np.arange(len(times)), times), np.flatnonzero(times == 0))


def _drawn_rows(rows: CheckedRows, classes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return how often each row is drawn, at least one of them never."""
    counts = np.bincount(classes)
    if counts.max() == 1:  # to draw within classes would be to take every row
        counts, classes = np.array([len(classes)]), np.zeros_like(classes)
    order = np.argsort(classes, kind="stable")
    first = np.cumsum(counts) - counts
    while True:
        drawn = order[first[classes] + random.integers(counts[classes])]
        times = np.bincount(drawn, minlength=len(classes))
        if not times.all():
            return times


def _drawn_groups(
    rows: CheckedRows, classes: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Return how often each row is drawn with its group, at least one group never."""
    labels, of_row = np.unique(rows.groups, return_inverse=True)
    best, most, every, tried = None, 0, len(np.unique(classes)), 0
    while best is None or (most < every and tried < _DRAWS):
        tried += 1
        drawn = random.integers(len(labels), size=len(labels))
        times = np.bincount(drawn, minlength=len(labels))[of_row]
        found = len(np.unique(classes[times > 0]))
        if not times.all() and found > most:
            best, most = times, found
    return best


def _all_rows(rows: CheckedRows, members: int, seed: int, stratify: bool) -> Iterator[MemberRows]:
    yield from [MemberRows(np.arange(len(rows.y)), None)] * members


_WAYS = {"folds": _folds, "bootstrap": _bootstraps, "seeds": _all_rows}


def _check_enough(rows: CheckedRows, members: int, how: str, must_hold_out: bool) -> None:
    """Raise where the rows or groups are too few for a way to split them."""
    if how == "seeds":
        return
    if how == "folds" and members < 2:
        raise ValueError(f"members={members} has no other fold to train on; take two or more.")
    needed, why = 2, "one to train on and one to hold out"
    if how == "folds":
        needed, why = members, f"members={members}"

    def ways_out(more: str, count: int) -> str:
        # A blend has two members at least.
        helps = not must_hold_out or (how == "folds" and count >= 2)
        return _listed([more, *["fewer members"] * helps], must_hold_out)

    count = len(rows.y)
    if count < needed:
        raise ValueError(
            f"members_split={how!r} needs {needed} rows ({why}), and those that count are "
            f"n_samples={count}; give {ways_out('more rows', count)}."
        )
    labels = None if rows.groups is None else np.unique(rows.groups)
    if labels is not None and len(labels) < needed:
        raise ValueError(
            f"members_split={how!r} needs {needed} groups ({why}), and groups holds "
            f"{some_of(labels.tolist())} alone; give {ways_out('smaller groups', len(labels))}."
        )


def _listed(ways: list[str], must_hold_out: bool) -> str:
    """Return ways out in words, members by seeds as the last where they are one."""
    *others, last = ways if must_hold_out else [*ways, "members_split='seeds'"]
    return f"{', '.join(others)} or {last}" if others else last


def _splits_of(
    splitter: Any, rows: CheckedRows, members: int, seed: int, stratify: bool
) -> Iterator[MemberRows]:
    is_splitter = hasattr(splitter, "split") and hasattr(splitter, "get_n_splits")
    if isinstance(splitter, str | type) or not is_splitter:
        raise ValueError(
            f"members_split is {splitter!r}; it must be 'folds', 'bootstrap', 'seeds' or a "
            "splitter of scikit-learn, such as KFold(5)."
        )
    classes, of_row = rows.classes(stratify=stratify)
    y = classes[of_row] if stratify else rows.y
    fixed = getattr(splitter, "test_fold", None)
    if fixed is not None and len(fixed) != len(y):
        raise ValueError(
            f"members_split={type(splitter).__name__} places {len(fixed)} rows, and those that "
            f"count are {len(y)}; leave out rows of weight 0."
        )
    if getattr(splitter, "random_state", seed) is None:
        splitter = copy(splitter)
        splitter.random_state = seed
    try:
        count = splitter.get_n_splits(rows.X, y, rows.groups)
        splits = list(splitter.split(rows.X, y, rows.groups)) if count == members else []
    except ValueError as error:
        raise ValueError(f"members_split={splitter!r} cannot split these rows: {error}") from error
    if count != members:
        raise ValueError(
            f"members_split={splitter!r} makes {count} splits and members={members}; make the "
            "two the same."
        )
    for member, sides in enumerate(splits):
        yield _checked(MemberRows(*map(np.sort, sides)), len(y), f"Split {member} of {splitter!r}")


def _checked(split: MemberRows, count: int, name: str) -> MemberRows:
    for side, places in zip(("train on", "hold out"), split, strict=True):
        if not len(places):
            raise ValueError(f"{name} has no row to {side}; every member needs some.")
        if places.dtype.kind not in "iu" or places[0] < 0 or places[-1] >= count:
            raise ValueError(
                f"{name} gives {places} as rows to {side}; rows that count are the whole numbers "
                f"from 0 to {count - 1}."
            )
    both = np.intersect1d(*split)
    if len(both):
        raise ValueError(
            f"{name} trains on row {both[0]} and holds it out; a row may be on one side only."
        )
    return split


def _tell_of_rare_classes(
    rows: CheckedRows, folds: int, split: list[MemberRows], must_hold_out: bool
) -> None:
    """Warn of classes that members train without, and of those with fewer rows than folds."""
    classes, of_row = rows.classes(stratify=True)
    counts = np.bincount(of_row, minlength=len(classes))
    known = [np.bincount(of_row[m.training], minlength=len(classes)) > 0 for m in split]
    is_missed = ~np.all(known, axis=0) & (counts > 0)
    if is_missed.any():
        names = _rows_of(classes, counts, is_missed)
        without = [member for member, knows in enumerate(known) if (~knows & is_missed).any()]
        warn_of_column(
            f"Not every member trains on a row of the class {names}: members {some_of(without)} "
            f"lack one; give {_listed(['more rows of such classes'], must_hold_out)}."
        )
    is_small = (counts > 0) & (counts < folds) & ~is_missed
    if is_small.any():
        warn_of_column(
            f"{folds} folds are more than there are rows of the class "
            f"{_rows_of(classes, counts, is_small)}: some members hold out none; give more rows of "
            "such classes, or fewer members."
        )


def _rows_of(classes: np.ndarray, counts: np.ndarray, which: np.ndarray) -> str:
    """Return the first of some classes with their rows, and how many more there are."""
    named = zip(classes[which].tolist(), counts[which].tolist(), strict=True)
    texts = [f"{name!r} ({count} row{'s' * (count > 1)})" for name, count in named]
    more = len(texts) - _MOST_NAMES
    return ", ".join(texts[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
