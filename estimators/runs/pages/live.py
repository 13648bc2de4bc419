"""What a running run tells its page.

A page opened as a file may not fetch, but it may load a script: each second it loads ``live.js``
anew, which calls the page with the history, the figures and the end of the output.
"""

from __future__ import annotations

import time
from pathlib import Path

# A longer history is told less often: a second for each so many bytes of live.js.
_BYTES_A_SECOND = 100_000


def write_live(run_dir: Path | str, *, now: bool = False) -> Path | None:
    """Tell the page of a run what is new; for the recorder, after every epoch and at the end.

    Costs next to nothing while nobody has opened a page, and at most one writing a second after
    that. Once the run has ended its page is written anew, complete and for good.

    Parameters
    ----------
    run_dir : Path or str
    now : bool, default=False
        Write even where it was written within the last second.

    Returns
    -------
    Path or None
        The file, None where there was no need to write one.

    Examples
    --------
    >>> import tempfile
    >>> from estimators.runs.pages.live import write_live
    >>> write_live(tempfile.mkdtemp()) is None
    True
    """
    folder = Path(run_dir)
    if not (folder / "view.html").exists():
        return None
    if not now and _is_fresh(folder / "live.js"):
        return None
    # Only who looks at pages needs what they are made with.
    from estimators.runs.directory.documents import write_text
    from estimators.runs.pages.rendering import as_json
    from estimators.runs.pages.run_page import live_data, run_page

    data = live_data(folder)
    if not data["running"]:
        write_text(folder / "view.html", run_page(folder))
    return write_text(folder / "live.js", f"kerasEstimatorsLive({as_json(data)});\n")


def _is_fresh(path: Path) -> bool:
    try:
        told = path.stat()
    except OSError:
        return False
    return time.time() - told.st_mtime < max(1.0, told.st_size / _BYTES_A_SECOND)
