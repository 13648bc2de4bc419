"""Files that are written whole or not at all.

A context manager of a path, where libraries offer one of an open file: pandas, Keras and ``shutil``
write to names.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place when the block ends well.

    A reader sees the old file or the new one, never a part; after an error neither the temporary
    file nor a part of it is left.

    Parameters
    ----------
    path : pathlib.Path
        The file to write.

    Yields
    ------
    pathlib.Path
        Where to write in the meantime, with the same suffixes.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from estimators.files import replacing
    >>> target = Path(tempfile.mkdtemp()) / "table.csv"
    >>> with replacing(target) as temporary:
    ...     _ = temporary.write_text("a,b")
    >>> target.read_text()
    'a,b'
    """
    # Not mkstemp: it would leave a file that nobody else who shares the folder can read.
    temporary = path.with_name(f".{secrets.token_hex(8)}.{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
