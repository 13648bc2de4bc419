"""The command ``keras-estimators``: run scripts, list, view, compare and clean up runs.

``keras-estimators completion bash`` prints what lets the shell complete it.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any

try:
    import click
    from click.shell_completion import CompletionItem, get_completion_class
except ImportError as error:
    raise ImportError(
        "The command keras-estimators needs click; install it with "
        "`pip install keras-estimators[runs]`."
    ) from error

from estimators import runs
from estimators.runs.directory.folders import run_folders, runs_folder
from estimators.runs.directory.json_values import as_plain
from estimators.runs.directory.lock import is_held
from estimators.runs.directory.stored_run import StoredRun

__all__ = ["main"]

# An option after the script is the script's.
_EVERYTHING_AFTER = {"ignore_unknown_options": True, "allow_interspersed_args": False}
_COMPLETION_VARIABLE = "_KERAS_ESTIMATORS_COMPLETE"
# The columns of a table that is to fit on a screen.
_FIRST = ("run_dir", "name", "status", "start")
_LAST = ("epochs_completed",)
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def _complete_run(context: Any, parameter: Any, beginning: str) -> list[CompletionItem]:
    # The newest first; a table of them would cost the import of pandas with every press of Tab.
    folders = reversed(run_folders(runs_folder(context.params.get("runs_dir"))))
    found = [StoredRun(folder) for folder in folders if folder.name.startswith(beginning)]
    return [CompletionItem(run.id, help=f"{run.name} {run.status}") for run in found]


_patching = click.option(
    "--record-patch", is_flag=True, help="Keep the uncommitted changes of the git repository."
)
_in_folder = click.option(
    "--runs-dir", type=click.Path(file_okay=False), help="Folder of the runs, by default runs."
)
_several = click.argument("chosen", metavar="RUN...", nargs=-1, shell_complete=_complete_run)
_opening = click.option("--open/--no-open", "opens", default=None, help="Open it in the browser.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="keras-estimators")
def main() -> None:
    """Run training scripts and look at their runs."""


@main.command("run", context_settings=_EVERYTHING_AFTER)
@click.argument("script", type=click.Path(exists=True, dir_okay=False))
@click.argument("args", metavar="[FLAGS]...", nargs=-1, type=click.UNPROCESSED)
@click.option("--name", help="What to call the run.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be given again.")
@click.option("--profile", help="Profile of the script's file of flags.")
@click.option("--artifacts", multiple=True, help="Pattern of files to keep; may be given again.")
@_patching
@click.option("--quiet", is_flag=True, help="Do not show what the script prints.")
@click.option("--view", is_flag=True, help="Open the run's page, which follows it.")
@_in_folder
def _run(script: str, args: tuple[str, ...], quiet: bool, **how: Any) -> None:
    """Run SCRIPT as a training run; what follows it is the script's command line.

    \b
    keras-estimators run train.py --layer1 128 --activ tanh
    keras-estimators run --name small train.py --layer1 16
    """
    run = runs.training_run(script, args=args, echo=not quiet, on_error="return", **how)
    click.echo(f"{run.status}: {run.dir}", err=True)
    if run.status != "completed":
        sys.exit(run.document.get("exit_code") or 1)


@main.command("tune")
@click.argument("script", type=click.Path(exists=True, dir_okay=False))
@click.option("--flag", "given", multiple=True, metavar="NAME=V1,V2", help="Values of a flag.")
@click.option("--sample", type=float, help="Number of combinations (above 1), or a share.")
@click.option("--random-state", type=int, help="Seed of the sample.")
@click.option("--jobs", "n_jobs", type=int, default=1, show_default=True)
@click.option("--resume/--no-resume", default=True, help="Leave out what completed before.")
@_patching
@_in_folder
def _tune(script: str, given: tuple[str, ...], sample: float | None, **how: Any) -> None:
    """Run SCRIPT once for each combination of flags."""
    pairs = [text.partition("=")[::2] for text in given]
    grid = {name: values.split(",") for name, values in pairs}
    sample = int(sample) if sample is not None and sample > 1 else sample
    found = runs.tuning_run(script, grid, sample=sample, **how)
    counts = found.attrs["counts"]
    click.echo(", ".join(f"{number} {name}" for name, number in counts.items()))
    if counts["failed"]:
        sys.exit(1)


@main.group("runs")
def _runs() -> None:
    """List, view, compare and clean up runs."""


@_runs.command("ls")
@click.argument("where", required=False)
@click.option("--order", multiple=True, help="Column to sort by; may be given again.")
@click.option("--ascending", is_flag=True, help="The smallest first.")
@click.option("--limit", type=int, help="Number of runs at most.")
@click.option("--status", multiple=True, help="Only of this status; may be given again.")
@click.option("--tag", "tags", multiple=True, help="Only with this tag; may be given again.")
@click.option("--all", "everything", is_flag=True, help="All columns.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
@_in_folder
def _ls(
    order: tuple[str, ...],
    ascending: bool,
    status: tuple[str, ...],
    everything: bool,
    as_json: bool,
    **which: Any,
) -> None:
    """List runs, those that match WHERE: 'eval_accuracy > 0.8 and flag_units == 64'."""
    frame = runs.ls_runs(
        order=order or "start", descending=not ascending, status=status or None, **which
    )
    if as_json:
        for row in frame.astype({"start": str, "end": str}).to_dict("records"):
            click.echo(json.dumps(as_plain(row), ensure_ascii=False))
        return
    if frame.empty:
        click.echo(f"No runs in {runs_folder(which['runs_dir'])}.", err=True)
        return
    damaged = frame.loc[frame["status"] == "damaged", ["run_dir", "error_message"]]
    if not everything:
        measured = [name for name in frame if name.startswith(("eval_", "flag_"))]
        wanted = dict.fromkeys([*_FIRST, *order, *measured, *_LAST])
        frame = frame[list(wanted)].dropna(axis="columns", how="all")
    frame["start"] = frame["start"].dt.strftime("%Y-%m-%d %H:%M:%S")
    shown = frame.to_string(index=False, na_rep="-", float_format="{:.4g}".format)
    # Whoever gave a name to a run has no say in this terminal.
    click.echo(_CONTROLS.sub("\N{REPLACEMENT CHARACTER}", shown))
    for run, reason in damaged.itertuples(index=False):
        click.echo(f"{run} is damaged; {reason}", err=True)


@_runs.command("view")
@click.argument("run", required=False, shell_complete=_complete_run)
@_opening
@_in_folder
def _view(run: str | None, opens: bool | None, runs_dir: str | None) -> None:
    """Write the page of RUN, by default of the latest one."""
    found = runs.find_run(run, runs_dir=runs_dir)
    click.echo(runs.view_run(found, open=_how(opens)))


@_runs.command("index")
@_opening
@_in_folder
def _index(opens: bool | None, runs_dir: str | None) -> None:
    """Write the page of all runs."""
    click.echo(runs.view_runs(runs_dir, open=_how(opens)))


@_runs.command("compare")
@_several
@_opening
@_in_folder
def _compare(chosen: tuple[str, ...], opens: bool | None, runs_dir: str | None) -> None:
    """Write a page that compares two or more runs, by default the latest two."""
    # NumPy comes with it, which the help of a command can do without.
    from estimators.runs.listing.finding import latest_runs

    found = [runs.find_run(name, runs_dir=runs_dir) for name in chosen]
    found = found or latest_runs(2, runs_dir=runs_dir)
    if len(found) < 2:
        raise ValueError("A comparison needs two runs; name them, or start another one.")
    click.echo(runs.compare_runs(found, open=_how(opens)))


@_runs.command("clean")
@_several
@click.option("--where", help="Those that match: 'eval_accuracy < 0.5'.")
@click.option("--status", multiple=True, help="Those of this status; may be given again.")
@click.option("--all", "everything", is_flag=True, help="All that are over.")
@click.option("--purge", is_flag=True, help="Delete for good what was put away, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_in_folder
def _clean(
    chosen: tuple[str, ...],
    where: str | None,
    status: tuple[str, ...],
    everything: bool,
    purge: bool,
    yes: bool,
    runs_dir: str | None,
) -> None:
    """Put runs away, into the folder archive among the runs."""
    doomed: Any = list(chosen)
    if not chosen and (where or status or everything):
        doomed = _over(where, status, runs_dir)
    if not doomed and not purge:
        raise ValueError("Nothing to put away; name runs, or give --where, --status or --all.")
    if doomed and (yes or click.confirm(f"Put {len(doomed)} runs away?")):
        click.echo(f"{len(runs.clean_runs(doomed, runs_dir=runs_dir))} runs put away")
    if purge and (yes or click.confirm("Delete for good all runs that were put away?")):
        click.echo(f"{runs.purge_runs(runs_dir)} runs deleted")


@_runs.command("export")
@click.argument("run", required=False, shell_complete=_complete_run)
@click.option("--to", type=click.Choice(["tensorboard", "mlflow"]), default="tensorboard")
@click.option("--path", help="Folder of TensorBoard, or tracking URI of MLflow.")
@_in_folder
def _export(run: str | None, **how: Any) -> None:
    """Write RUN as TensorBoard or MLflow has it."""
    click.echo(runs.export_run(run, **how))


@main.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def _completion(shell: str) -> None:
    """Print what lets SHELL complete commands and runs.

    \b
    eval "$(keras-estimators completion bash)"
    """
    kind = get_completion_class(shell)
    click.echo(kind(main, {}, "keras-estimators", _COMPLETION_VARIABLE).source())


def _over(where: str | None, status: tuple[str, ...], runs_dir: str | None) -> list[runs.Run]:
    """Return the runs that are over, those that match."""
    if where:
        found = map(runs.Run, runs.ls_runs(where, runs_dir=runs_dir)["run_dir"])
    else:
        # Without a question to a table there is no need for pandas.
        found = map(runs.Run, run_folders(runs_folder(runs_dir)))
    over = ("completed", "failed", "interrupted", "crashed", "damaged")
    wanted = set(status or over) - {"running"}
    return [run for run in found if run.status in wanted and not is_held(run.dir)]


def _how(opens: bool | None) -> bool | str:
    return "auto" if opens is None else opens


def _spoken(callback: Callable) -> Callable:
    """Let a command say in one line what was wrong, without a traceback, and what it warns of."""

    def spoken(*args: Any, **kwargs: Any) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = lambda message, *_: click.echo(f"{message}", err=True)
                return callback(*args, **kwargs)
        except (ValueError, TypeError, ImportError, OSError) as error:
            raise click.ClickException(str(error)) from error

    return spoken


for _command in (*main.commands.values(), *_runs.commands.values()):
    if not isinstance(_command, click.Group):
        _command.callback = _spoken(_command.callback)
