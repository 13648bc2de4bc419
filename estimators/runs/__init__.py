"""Tracked training runs: start them, tune them, list, view and compare them.

In come fits, evaluations, scripts and whatever is printed; out come directories, tables and pages.

A run is a directory of plain files, ``runs/2026-11-22T11-29-26Z``, named after the second in which
it began (``-01`` and so on where that was taken). There is no database and no server: a run may be
copied, sent and deleted like any folder.

``run.json``
    ``schema`` (1), ``id``, ``name``, ``tags``, ``parent`` (an id or null), ``status`` (running,
    completed, failed, interrupted), ``start``, ``end``, ``pid``, ``host``, ``script``, ``args``,
    ``exit_code``, ``error`` (``type``, ``message``) or null, ``properties``; of options
    that are called password, secret, token or key ``args`` has no values; at the end ``measured``:
    ``epochs_completed``, the ``last`` and the ``best`` of each measure of the last fit, as of so
    many ``bytes`` of metrics.
``flags.json``
    ``values`` by name; ``declared``: ``name``, ``type``, ``default``, ``help``, ``choices``;
    ``given``: the values that came with the run, before all others.
``model.json``
    The last fit: ``class``, ``parameters``, ``summary``, ``optimizer``, ``loss``, ``samples``,
    ``validation_samples``, ``batch_size``, ``epochs``, ``steps``.
``environment.json``, ``git.patch``
    ``python``, ``platform``, ``packages`` by version, ``git`` (``commit``, ``branch``, ``dirty``)
    or null, never the value of an environment variable; and what differs from the commit, where
    ``record_patch`` asked for it.
``metrics.jsonl``
    A line an epoch: ``epoch`` from 0, ``time``, ``fit`` from 0, ``metrics``.
``evaluation.jsonl``
    A line an evaluation: ``name``, ``time``, ``metrics``.
``output.log``, ``error.txt``
    What was printed, and the traceback of the error that ended the run.
``source.json``, ``source/``
    ``script`` and ``files`` (``path``, ``sha256``); the script and the project's modules that were
    imported, as plain files.
``plots/``, ``artifacts/``, ``logs/``
    Figures, other files that were kept, and room for TensorBoard.
``runs/``
    The runs inside this one, the same again.
``.lock``, ``.reserve``
    Held while the run lives; room for its last words on a disk that fills up.
``view.html``, ``live.js``
    The page of `view_run`, and what it is told while the run goes on.

Times are in UTC, as ISO 8601 has them. Documents (``.json``) are strict JSON and replaced as a
whole; lines (``.jsonl``) are appended, and a reader skips a last line that is torn. A measure that
is no finite number is the string ``"NaN"``, ``"Infinity"`` or ``"-Infinity"``.

A run whose ``status`` is running and whose lock nobody holds has *crashed*: its process was killed,
or the machine was. One of whose files a part cannot be read is *damaged*: that part is told, and
the rest is shown. Files that a later version adds do no harm to an earlier one.

A run shows whoever sees it the script, the project's modules, flags, properties and what was
printed. Secrets belong into environment variables, of which none is kept.
"""

import lazy_loader

# `__init__.pyi` says where each name lives, to this line as to editors and type checkers.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
