"""Files read whole, within bounds: what is too large, no file, or a stranger's is told so.

The one idea: a file is looked at before it is believed: what it holds is counted before it is
unpacked into objects.
"""

import codecs
import json
import stat
from pathlib import Path
from typing import Any, NoReturn

from morseloss.files.foreign import HEAD, whose
from morseloss.topology.door import listed, shown

__all__ = [
    "check_cost",
    "only",
    "parsed_json",
    "read_bytes",
    "read_text",
    "refuse",
]

OWN = {".npy": b"\x93NUMPY", ".npz": b"PK\x03\x04"}
"""How a file begins that is as its suffix says, however damaged."""
MOST = 2**29  # bytes of objects that a text may turn into


def read_bytes(path: Path) -> bytes:
    """Return what a file holds.

    Raises
    ------
    ValueError
        If it is a pipe or a device, which may have no end.
    OSError
        If it cannot be read.
    """
    kind = path.stat().st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise ValueError(f"{path}: expected a file, got a pipe or a device; write it to a file")
    return path.read_bytes()


def read_text(path: Path, what: str) -> str:
    """Return what a text file holds, in UTF-8, with or without a mark of it.

    Raises
    ------
    ValueError
        If it is empty, in another encoding, or too large.
    """
    content = read_bytes(path)
    check_cost(path, content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        cure = "it is in UTF-16; save it in UTF-8" if utf16 else f"{error}; save it in UTF-8"
        refuse(path, what, f"no text ({cure})", content)
    if not text.strip():
        raise ValueError(f"{path}: expected {what}, got an empty file; write it again")
    return text


def parsed_json(path: Path, what: str) -> Any:
    """Return what a JSON file holds; names that come twice in one object are refused.

    Raises
    ------
    ValueError
        If it holds no JSON, or too much of it.
    """
    content = read_bytes(path)
    check_cost(path, content)
    if not content.strip():
        raise ValueError(f"{path}: expected {what} in JSON, got an empty file; write it again")
    try:
        return json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:  # not JSON, or not Unicode
        refuse(path, f"{what} in JSON", f"no JSON ({shorter(str(error))})", content)


def check_cost(path: Path, content: bytes) -> None:
    """Refuse a text that would turn into far more objects than fit into memory.

    Raises
    ------
    ValueError
        If it would.
    """
    cost = len(content) + 72 * (content.count(b"[") + content.count(b"{") + content.count(b"\n"))
    cost += 40 * (content.count(b",") + content.count(b'"') + content.count(b"<"))
    if cost > MOST:
        raise ValueError(
            f"{path}: expected at most {MOST >> 20} MiB of objects, got about {cost >> 20}; "
            "save it as .npz (a graph) or .npy (bare bars), or in parts"
        )


def refuse(path: Path, wanted: str, came: str, content: bytes = b"") -> NoReturn:
    """Say what was expected, what came, and whose file this seems to be.

    Raises
    ------
    ValueError
        Always.
    """
    seems = whose(content[:HEAD])
    if not seems or content.startswith(OWN.get(path.suffix.lower(), b"\n")):
        raise ValueError(f"{path}: expected {wanted}, got {came}; write it again")
    raise ValueError(f"{path}: expected {wanted}, got {came}; it seems to be {seems}")


def only(path: Path, content: dict[str, Any], known: tuple[str, ...], owner: str) -> None:
    """Refuse names that nobody reads: what is dropped in silence may have been meant.

    Raises
    ------
    ValueError
        If there is one.
    """
    unknown = [name for name in content if name not in known]
    if unknown:
        raise ValueError(
            f"{path}: expected only the names {', '.join(known)} in {owner}, got "
            f"{listed(unknown)}; rename or remove them"
        )


def shorter(text: str, most: int = 200) -> str:
    """Return the beginning of a long text."""
    return text if len(text) <= most else f"{text[: most - 4]} ..."


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, entry in pairs:
        if name in found:
            raise ValueError(f"the name {shown(name)} twice in one object")
        found[name] = entry
    return found
