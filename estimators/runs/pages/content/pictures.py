"""The plots of a run as pictures inside a page."""

from __future__ import annotations

import base64
import mimetypes

from estimators.runs.directory.stored_run import StoredRun

# Larger pictures stay files that the page names.
_MOST_BYTES = 20_000_000


def pictures(run: StoredRun, budget: int | None = None) -> list[dict[str, str]]:
    """Return the plots of a run, each with its picture as text as far as they are not too large.

    Parameters
    ----------
    run : StoredRun
    budget : int, default=None
        Bytes of all pictures together; None for those of a page of one run.

    Returns
    -------
    list of dict
    """
    left = _MOST_BYTES if budget is None else budget
    found = []
    for path in run.plots:
        size = path.stat().st_size
        name = path.relative_to(run.dir / "plots").as_posix()
        left -= size
        kind, _ = mimetypes.guess_type(path.name, strict=False)
        text = base64.b64encode(path.read_bytes()).decode() if left >= 0 else ""
        found.append({"name": name, "source": f"data:{kind};base64,{text}" if text else ""})
    return found
