"""A wall clock that can be set while a process runs: laid over Python's own, from outside of the program."""

import mmap
import os
import struct
from collections.abc import Mapping
from pathlib import Path

from chaos.servers import PROJECT

_OVER = """
import mmap, os, struct, time

_file = os.open({file!r}, os.O_RDONLY)
_ahead = mmap.mmap(_file, 8, prot=mmap.PROT_READ)
_right = time.time
time.time = lambda: _right() + struct.unpack("d", _ahead)[0]
"""


class Skew:
    """How far the wall clocks of those processes are ahead that are started with `environment`. Seconds."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        file = folder / "ahead"
        file.write_bytes(struct.pack("d", 0.0))
        (folder / "sitecustomize.py").write_text(_OVER.format(file=str(file)))
        self.environment: Mapping[str, str] = {"PYTHONPATH": os.pathsep.join((str(folder), str(PROJECT)))}
        self._file = os.open(file, os.O_RDWR)
        self._ahead = mmap.mmap(self._file, 8)

    def set(self, ahead_s: float) -> None:
        """From now on they are so far ahead; below 0: behind."""
        self._ahead[:8] = struct.pack("d", ahead_s)

    def close(self) -> None:
        """Nothing more is set."""
        self._ahead.close()
        os.close(self._file)
