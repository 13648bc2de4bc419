"""Pages about training runs: one run, a comparison of several, an index of all.

Each page is a single HTML file that needs neither a server nor a network. Here lives what reads a
run directory for a page and what draws it; what records runs lives in `estimators.runs`.
"""

from estimators.runs.pages.live import write_live
from estimators.runs.pages.views import compare_runs, save_run_view, view_run, view_runs

__all__ = ["compare_runs", "save_run_view", "view_run", "view_runs", "write_live"]
