"""The ledger of a run: a second copy, as plain text, of what is in its database alone.

The one idea: settings, stages, and records whose tensor files say nothing themselves. With it and
the tensor files a lost database can be made anew.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from morseloss.files.document import read_document, write_document
from morseloss.networks.runs.database import Database, StoreError, unwritten

__all__ = ["LEDGER", "ledger_of", "read_ledger", "write_ledger"]

LEDGER = "morseloss-run.json"
KIND = "morseloss run"

ONLY_HERE = """
SELECT kind, name, content, file FROM records
WHERE file IS NULL OR file IN (SELECT file FROM wordless) ORDER BY rowid
"""


def ledger_of(database: Database) -> dict[str, Any]:
    """Return what the database alone knows."""
    names = ("kind", "name", "content", "file")
    return {
        "settings": dict(database.rows("SELECT name, value FROM settings")),
        "records": [dict(zip(names, row, strict=True)) for row in database.rows(ONLY_HERE)],
    }


def write_ledger(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the ledger, unless it is there already.

    Raises
    ------
    StoreError
        If it cannot be written, or the file is something else.
    """
    if read_ledger(folder) == content:
        return
    try:
        write_document(folder / LEDGER, KIND, dict(content))
    except OSError as error:
        raise StoreError(unwritten(folder, error)) from None


def read_ledger(folder: Path) -> dict[str, Any] | None:
    """Return the ledger of a folder, if there is one.

    Raises
    ------
    StoreError
        If the file is damaged, or something else.
    """
    file = folder / LEDGER
    if not file.exists():
        return None
    try:
        found = read_document(file, KIND)
        return {name: found[name] for name in ("settings", "records")}
    except (ValueError, KeyError) as error:
        raise StoreError(f"{error}; move {file} away, it will be written again") from None
