"""`file_or_input`: the file that a command reads, or `-`, what comes on standard input.

The one idea: what came is put into a file of its own for the time of the command, so that it is
looked at, and refused, as any other file.
"""

import argparse
import atexit
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

__all__ = ["called", "file_or_input", "plainly"]

NAME, PREFIX = "standard-input", "morseloss-"
MOST = 2**30  # bytes


def file_or_input(text: str) -> Path:
    """Return the path of a file; `-` is standard input, once.

    Raises
    ------
    argparse.ArgumentTypeError
        If nothing came, or too much.
    """
    if text != "-":
        return Path(text)
    content = b"" if sys.stdin is None else sys.stdin.buffer.read(MOST + 1)
    if not content or len(content) > MOST:
        came = f"more than {MOST >> 20} MiB" if content else "nothing"
        raise argparse.ArgumentTypeError(
            f"expected a file on standard input, got {came}; `-` can be given once"
        )
    folder = tempfile.mkdtemp(prefix=PREFIX)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder, NAME)
    path.write_bytes(content)
    return path


def called(path: str | os.PathLike) -> str:
    """Return what a file is called in tables: what came on standard input is `-`."""
    return "-" if Path(path).name == NAME else str(path)


def plainly(text: str) -> str:
    """Return a message in which the file of its own is called what it is, standard input."""
    return re.sub(rf"\S*{PREFIX}\w+{re.escape(os.sep)}{NAME}\b", "standard input", text)
