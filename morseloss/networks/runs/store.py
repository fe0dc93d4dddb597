"""`Store`: a run as a folder, records in SQLite and tensors in safetensors.

The one idea: a tensor file is whole before its record points to it, and a record is a transaction.
Killed at any moment, the folder holds every record that was put, and none by half.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor

from morseloss.files.document import write_whole

__all__ = ["Store", "StoreError"]

VERSION = 1
RECORDS, LOCK = "records.sqlite", "lock.sqlite"
TENSORS = "tensors"

SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE records (
    kind TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, file TEXT,
    PRIMARY KEY (kind, name)
);
"""

Record = dict[str, Any]


class StoreError(RuntimeError):
    """A folder that cannot be used; the message says why and what to do."""


class Store:
    """Records of several kinds by name, each with tensors, in a folder.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there.
    settings : mapping, optional
        What the run was asked to do, as JSON knows it. A folder keeps those it was made with.
        Without settings the folder is opened to be read only, also beside a process that writes.

    Raises
    ------
    StoreError
        If the folder holds other settings, was written by a newer version, is in use by another
        process, or holds no run (when it is read only).

    Examples
    --------
    >>> import tempfile, torch
    >>> from morseloss.networks.runs.store import Store
    >>> with tempfile.TemporaryDirectory() as folder, Store(folder, {"seed": 0}) as store:
    ...     store.put("minimum", "0", {"value": 0.1}, {"point": torch.ones(3)})
    ...     store.record("minimum", "0"), store.tensors("minimum", "0")
    ({'value': 0.1}, {'point': tensor([1., 1., 1.])})
    """

    def __init__(self, folder: str | Path, settings: Mapping[str, Any] | None = None) -> None:
        self.folder, self.writes = Path(folder), settings is not None
        file = self.folder / RECORDS
        if settings is None and not file.exists():
            raise StoreError(f"{self.folder} holds no run; name the folder of one")
        self._lock = None
        if settings is not None:
            (self.folder / TENSORS).mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.folder)
        mode = "rwc" if self.writes else "ro"
        self._records = sqlite3.connect(f"{file.resolve().as_uri()}?mode={mode}", uri=True)
        try:
            self._open(settings)
        except BaseException:
            self.close()
            raise

    def _open(self, settings: Mapping[str, Any] | None) -> None:
        try:
            (version,) = self._records.execute("PRAGMA user_version").fetchone()
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.folder / RECORDS} is no database ({error})") from None
        if version > VERSION:
            raise StoreError(
                f"{self.folder} was written by a newer version of morseloss (format {version}, "
                f"this one knows {VERSION}); update morseloss, or take another folder"
            )
        if settings is None:
            return
        wanted = json.loads(json.dumps(settings, sort_keys=True))
        if version == 0:
            with self._saving() as records:
                records.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        if not self.settings:
            with self._saving() as records:
                rows = [(name, json.dumps(value)) for name, value in wanted.items()]
                records.executemany("INSERT INTO settings VALUES (?, ?)", rows)
        elif self.settings != wanted:
            names = sorted({*self.settings, *wanted})
            apart = [name for name in names if self.settings.get(name) != wanted.get(name)]
            told = "; ".join(
                f"`{name}` is {self.settings.get(name)!r} there and {wanted.get(name)!r} here"
                for name in apart[:3]
            )
            raise StoreError(
                f"{self.folder} holds a run of other settings: {told}; take another folder, or "
                "the settings it was made with"
            )
        self._sweep()

    @property
    def settings(self) -> Record:
        """What the folder was made with."""
        rows = self._records.execute("SELECT name, value FROM settings").fetchall()
        return {name: json.loads(value) for name, value in rows}

    def put(
        self, kind: str, name: str, record: Record, tensors: Mapping[str, Tensor] | None = None
    ) -> None:
        """Write a record with its tensors, in place of one of the same kind and name.

        Raises
        ------
        StoreError
            If it cannot be written, because the disk is full, say; what was there is there still.
        """
        self.put_all(kind, {name: (record, tensors or {})})

    def put_all(self, kind: str, parts: Mapping[str, tuple[Record, Mapping[str, Tensor]]]) -> None:
        """Write records with their tensors by name, all of them or none.

        Raises
        ------
        StoreError
            If they cannot be written; what was there is there still.
        """
        old = [file for file in (self._file(kind, name) for name in parts) if file is not None]
        rows = []
        for name, (record, tensors) in parts.items():
            file = self._written(kind, tensors) if tensors else None
            rows.append((kind, name, json.dumps(record), file))
        with self._saving() as records:
            records.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", rows)
        for file in old:
            (self.folder / TENSORS / file).unlink(missing_ok=True)

    def drop(self, kind: str, name: str) -> None:
        """Take a record out, if it is there."""
        old = self._file(kind, name)
        with self._saving() as records:
            records.execute("DELETE FROM records WHERE kind = ? AND name = ?", (kind, name))
        if old is not None:
            (self.folder / TENSORS / old).unlink(missing_ok=True)

    def names(self, kind: str) -> list[str]:
        """Return the names of all records of a kind, in the order in which they came."""
        found = self._records.execute(
            "SELECT name FROM records WHERE kind = ? ORDER BY rowid", (kind,)
        )
        return [name for (name,) in found]

    def record(self, kind: str, name: str) -> Record:
        """Return a record.

        Raises
        ------
        KeyError
            If there is none of this kind and name.
        """
        row = self._records.execute(
            "SELECT content FROM records WHERE kind = ? AND name = ?", (kind, name)
        ).fetchone()
        if row is None:
            raise KeyError(f"{self.folder} holds no {kind} {name!r}")
        return json.loads(row[0])

    def tensors(self, kind: str, name: str) -> dict[str, Tensor]:
        """Return the tensors of a record, on the CPU.

        Raises
        ------
        KeyError
            If there is no such record, or it has no tensors.
        """
        from safetensors.torch import load_file

        file = self._file(kind, name)
        if file is None:
            raise KeyError(f"{self.folder} holds no tensors of {kind} {name!r}")
        return load_file(self.folder / TENSORS / file)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder, so that another process may write."""
        self._records.close()
        if self._lock is not None:
            self._lock.close()

    def __repr__(self) -> str:
        rows = self._records.execute("SELECT kind, count(*) FROM records GROUP BY kind ORDER BY 1")
        counts = ", ".join(f"{count} of kind {kind}" for kind, count in rows)
        return f"Store({str(self.folder)!r}: {counts or 'empty'})"

    def _file(self, kind: str, name: str) -> str | None:
        row = self._records.execute(
            "SELECT file FROM records WHERE kind = ? AND name = ?", (kind, name)
        ).fetchone()
        return None if row is None else row[0]

    def _written(self, kind: str, tensors: Mapping[str, Tensor]) -> str:
        from safetensors.torch import save

        file = f"{kind}-{secrets.token_hex(8)}.safetensors"
        whole = save({key: part.detach().contiguous().cpu() for key, part in tensors.items()})
        try:
            write_whole(self.folder / TENSORS / file, lambda out: out.write(whole))
        except OSError as error:
            raise StoreError(_unwritten(self.folder, error)) from None
        return file

    @contextmanager
    def _saving(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._records:
                yield self._records
        except sqlite3.OperationalError as error:
            raise StoreError(_unwritten(self.folder, error)) from None

    def _sweep(self) -> None:
        """Delete tensor files without a record: what was under way when a process was killed."""
        known = {file for (file,) in self._records.execute("SELECT file FROM records")}
        for file in (self.folder / TENSORS).iterdir():
            if file.name not in known:
                file.unlink(missing_ok=True)


def _locked(folder: Path) -> sqlite3.Connection:
    """A connection that holds a lock on the folder until it is closed, or its process ends."""
    lock = sqlite3.connect(folder / LOCK, timeout=0.0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if "locked" not in str(error):
            raise StoreError(_unwritten(folder, error)) from None
        raise StoreError(
            f"{folder} is in use by another process; wait for it, stop it, or take another folder"
        ) from None
    return lock


def _unwritten(folder: Path, error: Exception) -> str:
    return (
        f"{folder} cannot be written ({error}); what it holds is whole. Make room on the disk, "
        "and run again: it goes on from there"
    )
