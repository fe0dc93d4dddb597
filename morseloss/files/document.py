"""What all files share: written whole or not at all, and checked JSON documents.

A document is a JSON object with a `format` and a `version`; a minimal one, written by hand, may
leave both out.
"""

import errno
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from morseloss.files.reading import check_cost, parsed_json
from morseloss.topology.door import shown

__all__ = ["named", "read_document", "write_document", "write_whole"]

VERSION = 1


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a file beside `path`, then put it in place in one step.

    A reader sees the old file or the new one, and an error on the way leaves the old one alone.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist: the file beside `path` would say nothing to a user.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder; create it", str(path.parent))
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with beside.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def write_document(path: Path, kind: str, tables: dict[str, Any]) -> None:
    """Write a document with one line for every entry of a list, so that it can be read."""
    head = {"format": kind, "version": VERSION, **tables}
    lines = [f"{json.dumps(name)}: {_listed(entry)}" for name, entry in head.items()]
    content = ("{\n  " + ",\n  ".join(lines) + "\n}\n").encode()
    check_cost(path, content)  # what is written can be read
    write_whole(path, lambda file: file.write(content))


def read_document(path: Path, kind: str, *others: str) -> dict[str, Any]:
    """Return the JSON object in a file, of one format, or of others that say so.

    Raises
    ------
    ValueError
        If the file holds no JSON object, one of another format, or a newer version.
    """
    content = parsed_json(path, f"a {kind}")
    if not isinstance(content, dict):
        raise ValueError(
            f"{path}: expected a {kind}, a JSON object, got a {type(content).__name__}"
        )
    came = content.get("format", kind)
    if came not in (kind, *others):
        raise ValueError(
            f'{path}: expected the format "{kind}", got {shown(came)}; pass another file'
        )
    check_version(path, content.get("version", VERSION))
    return content


def check_version(path: Path, version: Any) -> None:
    """Let pass the versions which this version of the package can read.

    Raises
    ------
    ValueError
        If it is newer, or no version.
    """
    if type(version) is not int or not 1 <= version <= VERSION:
        raise ValueError(
            f"{path}: expected version {VERSION} of its format or older, got {shown(version)}; "
            "update morseloss, or save the file again with an older one"
        )


def named(path: Path, make: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Call `make`; put the name of the file in front of what it finds wrong.

    Raises
    ------
    ValueError
        What `make` raises, with the name.
    """
    try:
        return make(*arguments, **keywords)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise ValueError(f"{path}: {error}") from None


def _listed(entry: Any) -> str:
    if not isinstance(entry, list) or not entry or not isinstance(entry[0], dict):
        return json.dumps(entry)
    return "[\n    " + ",\n    ".join(json.dumps(part) for part in entry) + "\n  ]"
