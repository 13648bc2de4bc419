"""TensorBoard's event files, and the numbers in them.

``tensorboard.summary.writer.EventFileWriter`` keeps its file open, and a thread with it, for as
long as it may be written to; here the same records are appended, and the file is closed again.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from io import BytesIO
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tensorboard.compat.proto.summary_pb2 import Summary

__all__ = ["EventFile", "numbers", "scalar"]


class EventFile:
    """An event file that is open only while something is appended to it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads files in the order of their names, so each needs a later one.
        moment = f"{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._path = folder / f"events.out.tfevents.{moment}"
        self._append(file_version="brain.Event:2")

    def write(self, step: int, summaries: Sequence[Summary]) -> None:
        """Append, each summary as an event."""
        self._append(*({"step": step, "summary": summary} for summary in summaries))

    def _append(self, *events: Mapping[str, Any], **event: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        records = BytesIO()
        for content in events or [event]:
            data = Event(wall_time=time.time(), **content).SerializeToString()
            RecordWriter(records).write(data)
        with self._path.open("ab") as file:
            file.write(records.getvalue())


def numbers(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Return those of an epoch's logs that can be drawn."""
    return {name: float(value) for name, value in (logs or {}).items() if isinstance(value, Real)}


def scalar(tag: str, value: float) -> Summary:
    """Return a number as TensorBoard draws it over the epochs."""
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb

    return scalar_pb(tag, value)
