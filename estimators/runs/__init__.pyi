from .directory.run import (
    Run,
)
from .listing.export import (
    export_run,
)
from .listing.finding import (
    best_run,
    find_run,
    latest_run,
    run_info,
)
from .listing.housekeeping import (
    clean_runs,
    copy_run,
    copy_run_files,
    purge_runs,
)
from .listing.table import (
    ls_runs,
)
from .pages.viewing import (
    compare_runs,
    save_run_view,
    view_run,
    view_runs,
)
from .recording.keras_recording import (
    RunCallback,
)
from .recording.run_stack import (
    current_run,
    run_dir,
)
from .recording.search_recording import (
    RunTracker,
)
from .recording.starting import (
    start_run,
)
from .scripts.flag_types import (
    flag_boolean,
    flag_integer,
    flag_numeric,
    flag_string,
)
from .scripts.flag_values import (
    Flags,
    flags,
)
from .scripts.training import (
    RunFailedError,
    training_run,
)
from .scripts.tuning import (
    tuning_run,
)

__all__ = [
    "Flags",
    "Run",
    "RunCallback",
    "RunFailedError",
    "RunTracker",
    "best_run",
    "clean_runs",
    "compare_runs",
    "copy_run",
    "copy_run_files",
    "current_run",
    "export_run",
    "find_run",
    "flag_boolean",
    "flag_integer",
    "flag_numeric",
    "flag_string",
    "flags",
    "latest_run",
    "ls_runs",
    "purge_runs",
    "run_dir",
    "run_info",
    "save_run_view",
    "start_run",
    "training_run",
    "tuning_run",
    "view_run",
    "view_runs",
]
