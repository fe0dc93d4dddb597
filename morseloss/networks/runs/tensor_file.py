"""Tensors of one record in one file, which tells itself what it is.

The one idea: kind, name and record stand in the head of the file, so the files of a run can be
read without its database.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from morseloss.files.document import write_whole
from morseloss.networks.runs.database import StoreError, remedy, unwritten

__all__ = ["TENSORS", "Words", "is_of_run", "read_tensors", "read_words", "write_tensors"]

TENSORS = "tensors"
"""The folder, in that of the run."""

WORDS = "morseloss"  # the entry of the head
BEFORE = re.compile(r"(minimum|path|state)-[0-9a-f]{16}\.safetensors")  # as files without words


@dataclass(frozen=True)
class Words:
    """What a file says of itself.

    Attributes
    ----------
    kind, name : str
    record : dict
    of : int
        Records that were written together.
    written : int
        Nanoseconds: of two files of one record, the later one counts.
    """

    kind: str
    name: str
    record: dict[str, Any]
    of: int
    written: int = 0


def write_tensors(path: Path, tensors: Mapping[str, Tensor], words: Words) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    from safetensors.torch import save

    told = {**vars(words), "written": time.time_ns()}
    parts = {name: part.detach().contiguous().cpu() for name, part in tensors.items()}
    whole = save(parts, metadata={WORDS: json.dumps(told)})
    try:
        write_whole(path, lambda out: out.write(whole))
    except OSError as error:
        raise StoreError(unwritten(path.parent.parent, error)) from None


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file, on the CPU.

    Raises
    ------
    StoreError
        If it is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        found = f"is damaged ({error})" if path.is_file() else "is missing"
        raise StoreError(
            f"{path} {found}; {remedy(path.parent.parent)}, and the command that made the rest "
            "makes it again"
        ) from None


def read_words(path: Path) -> Words | None:
    """Return what a whole file says of itself: None where it is older than such words.

    Raises
    ------
    StoreError
        If the file is damaged, or none of a run.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as content:
            told = (content.metadata() or {}).get(WORDS)
            return None if told is None else Words(**json.loads(told))
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise StoreError(f"{path} is damaged ({error})") from None


def is_of_run(path: Path) -> bool:
    """Return whether a file was written by a run: it says so, or is named as once they were."""
    if BEFORE.fullmatch(path.name):
        return True
    try:
        return path.suffix == ".safetensors" and read_words(path) is not None
    except StoreError:
        return False
