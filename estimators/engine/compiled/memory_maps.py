"""The memory maps of this process, of which XLA takes over a hundred for every network.

It never gives them back, and beyond the limit that Linux sets TensorFlow dies of a segmentation
fault, after some 450 architectures in one process.
"""

from __future__ import annotations

import warnings
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_LIMIT = Path("/proc/sys/vm/max_map_count")
_TOLD_FROM, _REFUSED_FROM = 0.75, 0.95


def check_memory_maps() -> None:
    """Warn where few maps are left for what XLA compiles; without effect outside Linux.

    Raises
    ------
    MemoryError
        Where hardly any is left.
    """
    if not (_MAPS.exists() and _LIMIT.exists()):
        return
    limit = int(_LIMIT.read_text())
    with open(_MAPS, "rb") as file:
        count = sum(1 for _ in file)
    if count < _TOLD_FROM * limit:
        return
    text = (
        f"This process has {count:,} of the {limit:,} memory maps that vm.max_map_count allows, "
        "most of them of networks that XLA compiled, which it keeps until the process ends; fit "
        "further architectures in another process, or with jit_compile=False."
    )
    if count > _REFUSED_FROM * limit:
        raise MemoryError(text)
    warnings.warn(text, RuntimeWarning, stacklevel=2)
