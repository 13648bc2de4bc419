"""A script in a process of its own, as its run sees it from both sides."""

from __future__ import annotations

import codecs
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from estimators.runs.directory.documents import update_json
from estimators.runs.directory.run import Run
from estimators.runs.directory.status import exit_code_by, write_end
from estimators.runs.directory.stored_run import StoredRun
from estimators.runs.pages.live import write_live
from estimators.runs.recording.starting import open_run
from estimators.runs.scripts.flag_profiles import PROFILE_VARIABLE

__all__ = ["interrupt_all", "main", "run_script"]

_SECONDS_BETWEEN_LOOKS = 0.05
_SECONDS_TO_END = 10
# The package may lie in a checkout that only this process has on its path.
_START = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from estimators.runs.scripts.process import main; main()"
)
_children: set[subprocess.Popen] = set()


def run_script(
    run: Run,
    descriptor: int,
    command: Sequence[str],
    *,
    profile: str | None = None,
    echo: bool = True,
) -> None:
    """Run a script in a child process, which holds the lock of the run as well.

    What it prints goes to the run's ``output.log`` directly: were this process killed, it would go
    on, and so would its run.

    Parameters
    ----------
    run : Run
    descriptor : int
        Of the run's lock.
    command : sequence of str
        The script and its arguments.
    profile : str, default=None
    echo : bool, default=True
    """
    root = str(Path(__file__).parents[3])
    how = json.dumps({"run_dir": str(run.dir.absolute()), "descriptor": descriptor})
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    # A process without a screen has no windows to show plots in.
    environment.setdefault("MPLBACKEND", "agg")
    if profile:
        environment[PROFILE_VARIABLE] = profile
    with (run.dir / "output.log").open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-c", _START, root, how, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            **_shared(descriptor),
        )
    _children.add(child)
    try:
        _follow(child, run.dir / "output.log", echo=echo)
    except BaseException:
        _interrupt(child)
        raise
    finally:
        _children.discard(child)
        _complete(run, child)


def interrupt_all() -> None:
    """Interrupt the scripts that run now, as Ctrl-C would."""
    for child in list(_children):
        _interrupt(child)


def main() -> None:
    """Run a script inside a run, in the child process that `run_script` starts."""
    how, script, *args = sys.argv[1:]
    how = json.loads(how)
    run = Run(how["run_dir"])
    descriptor = _inherited(how["descriptor"], run)
    update_json(run.dir / "run.json", {"pid": os.getpid()})
    run = open_run(
        run.dir, descriptor, script=Path(script), copies_output=False, given=run.given_flags
    )
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
    sys.argv[:] = [script, *args]
    sys.path[0] = str(Path(script).resolve().parent)
    error: BaseException | None = None
    try:
        runpy.run_path(script, run_name="__main__")
        run.warn_of_unread_flags()
    except BaseException as raised:
        error = raised.with_traceback(_without_us(raised.__traceback__))
        _print_error(error)
    run.close(error)
    sys.exit(exit_code_by(error))


def _shared(descriptor: int) -> dict[str, Any]:
    """Return how a child gets the lock, and is left alone by Ctrl-C until it is told."""
    if os.name == "posix":
        return {"pass_fds": (descriptor,), "start_new_session": True}
    return {}


def _inherited(descriptor: int, run: Run) -> int:
    """Return the descriptor of the lock, which the script's own children must not hold."""
    if os.name == "posix":
        os.set_inheritable(descriptor, False)
        return descriptor
    # Windows passes no descriptors; there the parent's lock stands for the child.
    return os.open(run.dir / "run.json", os.O_RDONLY)


def _follow(child: subprocess.Popen, output: Path, *, echo: bool) -> None:
    """Wait for the end, and show what comes until then."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    with output.open("rb") as file:
        while True:
            # In this order: what a child printed last is there once it has ended.
            is_over = child.poll() is not None
            text = file.read()
            if echo and text:
                sys.stdout.write(decoder.decode(text))
                sys.stdout.flush()
            if is_over:
                return
            time.sleep(_SECONDS_BETWEEN_LOOKS)


def _interrupt(child: subprocess.Popen) -> None:
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
    try:
        child.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _complete(run: Run, child: subprocess.Popen) -> None:
    """Say how the child ended, where it could not say it itself."""
    if StoredRun(run.dir).info.get("status") != "running":
        return
    code = child.returncode
    if code < 0:
        message = f"The process was ended by {signal.Signals(-code).name}."
    else:
        message = f"The process ended with exit code {code}, and without a word."
    error = {"type": "ProcessEnded", "message": message}
    write_end(run.dir, "failed", exit_code=code, error=error)
    write_live(run.dir, now=True)


class _Terminated(KeyboardInterrupt):
    """Somebody asked the process to end."""


def _terminate(number: int, frame: Any) -> NoReturn:
    raise _Terminated(signal.Signals(number).name)


def _without_us(frames: Any) -> Any:
    """Return the part of a traceback that begins in the script."""
    while frames is not None and frames.tb_frame.f_globals.get("__name__") != "__main__":
        frames = frames.tb_next
    return frames


def _print_error(error: BaseException) -> None:
    """Print what Python prints when a program ends with `error`."""
    if isinstance(error, SystemExit):
        if error.code is not None and not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
        return
    traceback.print_exception(error)
