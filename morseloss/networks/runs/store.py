"""`Store`: a run as a folder, records in SQLite and tensors in safetensors.

The one idea: a tensor file is whole before its record points to it, and a record is a transaction.
Killed at any moment, the folder holds every record that was put, and none by half. Nothing is
deleted but what the database itself has named as its own and superfluous.
"""

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from morseloss.networks.runs.database import (
    RECORDS,
    Database,
    StoreError,
    remedy,
    unwritten,
)
from morseloss.networks.runs.kinds import STATE
from morseloss.networks.runs.ledger import LEDGER, ledger_of, write_ledger
from morseloss.networks.runs.tensor_file import (
    TENSORS,
    Words,
    is_of_run,
    read_tensors,
    write_tensors,
)
from morseloss.networks.training.recorded import differences

__all__ = ["RECORDS", "SPENT", "TENSORS", "Record", "StateWriter", "Store", "StoreError", "locked"]

LOCK = "lock.sqlite"
SPENT = "seconds"  # of the state of a training
SUPERFLUOUS = """
SELECT file FROM pending WHERE file NOT IN (SELECT file FROM records WHERE file IS NOT NULL)
"""

Record = dict[str, Any]


class Store:
    """Records of several kinds by name, each with tensors, in a folder.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there.
    settings : mapping, optional
        What the run was asked to do, as JSON knows it. A folder keeps those it was made with; what
        it was made without is added.
        Without settings the folder is opened to be read only, also beside a process that writes.
    check : callable, optional
        Gets the store before new settings are written into it, and may raise.

    Raises
    ------
    StoreError
        If the folder holds other settings, was written by a newer version, is in use by another
        process, is damaged, or holds no run (when it is read only).

    Examples
    --------
    >>> import tempfile, torch
    >>> from morseloss.networks.runs.store import Store
    >>> with tempfile.TemporaryDirectory() as folder, Store(folder, {"seed": 0}) as store:
    ...     store.put("minimum", "0", {"value": 0.1}, {"point": torch.ones(3)})
    ...     store.record("minimum", "0"), store.tensors("minimum", "0")
    ({'value': 0.1}, {'point': tensor([1., 1., 1.])})
    """

    def __init__(
        self,
        folder: str | Path,
        settings: Mapping[str, Any] | None = None,
        *,
        check: Callable[["Store"], None] | None = None,
    ) -> None:
        self.folder, self.writes = Path(folder), settings is not None
        file = self.folder / RECORDS
        if not file.exists() or not file.stat().st_size:
            _check_lost(self.folder, new=settings is not None)
        self._gone: list[str] = []
        self._lock = None
        if settings is not None:
            _make(self.folder / TENSORS)
            self._lock = locked(self.folder)
        try:
            self._database = Database(file, writes=self.writes)
        except BaseException:
            self._unlock()
            raise
        try:
            self._begin(settings, check)
        except BaseException:
            self.close()
            raise

    def _begin(
        self, settings: Mapping[str, Any] | None, check: Callable[["Store"], None] | None
    ) -> None:
        if settings is None:
            return
        wanted = json.loads(json.dumps(settings, sort_keys=True))
        there = self.settings
        apart = differences(there, {name: wanted.get(name) for name in there})
        if apart:
            raise StoreError(
                f"{self.folder} holds a run of other settings: {'; '.join(apart[:3])}; take "
                "another folder, or the settings it was made with"
            )
        if check is not None:
            check(self)
        new = [(name, json.dumps(part)) for name, part in wanted.items() if name not in there]
        if new:
            with self._database.saving() as records:
                records.executemany("INSERT INTO settings VALUES (?, ?)", new)
        write_ledger(self.folder, ledger_of(self._database))
        self._sweep()

    @property
    def settings(self) -> Record:
        """What the folder was made with."""
        rows = self._database.rows("SELECT name, value FROM settings")
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
        files = {name: _named(kind) for name, (_, tensors) in parts.items() if tensors}
        self._announce(files.values())
        try:
            for name, file in files.items():
                record, tensors = parts[name]
                words = Words(kind, name, record, of=len(parts))
                write_tensors(self.folder / TENSORS / file, tensors, words)
            rows = [
                (kind, name, json.dumps(part[0]), files.get(name)) for name, part in parts.items()
            ]
            with self._database.saving() as records:
                records.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", rows)
                _no_more(records, files.values(), old)
        except StoreError:
            self._sweep()
            raise
        self._delete(old)
        if len(files) < len(parts):
            write_ledger(self.folder, ledger_of(self._database))

    def drop(self, kind: str, name: str) -> None:
        """Take a record out, if it is there."""
        old = self._file(kind, name)
        with self._database.saving() as records:
            records.execute("DELETE FROM records WHERE kind = ? AND name = ?", (kind, name))
            _no_more(records, (), [] if old is None else [old])
        if old is not None:
            self._delete([old])

    @property
    def kinds(self) -> list[str]:
        """Kinds of the records."""
        return [kind for (kind,) in self._database.rows("SELECT DISTINCT kind FROM records")]

    def names(self, kind: str) -> list[str]:
        """Return the names of all records of a kind, in the order in which they came."""
        query = "SELECT name FROM records WHERE kind = ? ORDER BY rowid"
        return [name for (name,) in self._database.rows(query, (kind,))]

    def record(self, kind: str, name: str) -> Record:
        """Return a record.

        Raises
        ------
        KeyError
            If there is none of this kind and name.
        StoreError
            If the database is damaged.
        """
        query = "SELECT content FROM records WHERE kind = ? AND name = ?"
        rows = self._database.rows(query, (kind, name))
        if not rows:
            raise KeyError(f"{self.folder} holds no {kind} {name!r}")
        try:
            return json.loads(rows[0][0])
        except ValueError as error:
            raise StoreError(
                f"{self.folder / RECORDS} is damaged: {kind} {name!r} is no JSON ({error}); "
                f"{remedy(self.folder)}"
            ) from None

    def tensors(self, kind: str, name: str) -> dict[str, Tensor]:
        """Return the tensors of a record, on the CPU.

        Raises
        ------
        KeyError
            If there is no such record, or it has no tensors.
        StoreError
            If their file is missing or damaged.
        """
        file = self._file(kind, name)
        if file is None:
            raise KeyError(f"{self.folder} holds no tensors of {kind} {name!r}")
        return read_tensors(self.folder / TENSORS / file)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder, so that another process may write."""
        self._database.close()
        self._unlock()

    def __repr__(self) -> str:
        query = "SELECT kind, count(*) FROM records GROUP BY kind ORDER BY 1"
        counts = ", ".join(f"{count} of kind {kind}" for kind, count in self._database.rows(query))
        return f"Store({str(self.folder)!r}: {counts or 'empty'})"

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _file(self, kind: str, name: str) -> str | None:
        query = "SELECT file FROM records WHERE kind = ? AND name = ?"
        rows = self._database.rows(query, (kind, name))
        return rows[0][0] if rows else None

    def _announce(self, files: Iterable[str]) -> None:
        """Note which files will be written: until a record names them they may be deleted."""
        if not files:
            return
        with self._database.saving() as records:
            records.executemany("DELETE FROM pending WHERE file = ?", [(f,) for f in self._gone])
            records.executemany("INSERT INTO pending VALUES (?)", [(file,) for file in files])
        self._gone = []

    def _delete(self, files: Iterable[str]) -> None:
        """Delete files of the run that no record names; the note of them is taken out later."""
        for file in files:
            (self.folder / TENSORS / file).unlink(missing_ok=True)
            self._gone.append(file)

    def _sweep(self) -> None:
        """Delete what was under way when a process was killed, as the database has noted it."""
        files = [file for (file,) in self._database.rows(SUPERFLUOUS)]
        for file in files:
            for part in (self.folder / TENSORS).glob(f".{file}.*.tmp"):
                part.unlink(missing_ok=True)
        self._delete(files)


class StateWriter:
    """Writes the state of a training, not more often than every so many seconds.

    With it goes how many seconds the training took so far, interruptions left out.
    """

    def __init__(self, store: Store, name: str, seconds: float) -> None:
        self.store, self.name, self.seconds = store, name, seconds
        self.last = self.begun = time.monotonic()
        known = store.record(STATE, name) if name in store.names(STATE) else {}
        self.before = known.get(SPENT, 0.0)

    @property
    def spent(self) -> float:
        """Seconds of the training so far."""
        return self.before + time.monotonic() - self.begun

    def __call__(self, state: Record) -> None:
        """Write it, unless something was written a short time ago."""
        if time.monotonic() - self.last < self.seconds:
            return
        tensors = {name: part for name, part in state.items() if isinstance(part, Tensor)}
        rest = {name: part for name, part in state.items() if name not in tensors}
        self.store.put(STATE, self.name, {**rest, SPENT: self.spent}, tensors)
        self.last = time.monotonic()


def locked(folder: Path) -> sqlite3.Connection:
    """Return a connection that holds a lock on the folder until it is closed, or its process ends.

    Raises
    ------
    StoreError
        If another process holds it, or the file is something else.
    """
    file = folder / LOCK
    if file.exists() and file.stat().st_size:
        raise StoreError(
            f"{file} holds {file.stat().st_size} bytes and is no lock, which is empty; move it away"
        )
    lock = None
    try:
        lock = sqlite3.connect(file, timeout=0.0, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if lock is not None:
            lock.close()
        if "locked" not in str(error):
            raise StoreError(unwritten(folder, error)) from None
        raise StoreError(
            f"{folder} is in use by another process; wait for it, stop it, or take another folder"
        ) from None
    return lock


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made ({error.strerror}); name a folder, in a place that can be "
            "written"
        ) from None


def _named(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(8)}.safetensors"


def _no_more(records: sqlite3.Connection, kept: Iterable[str], old: Iterable[str]) -> None:
    """Note, in the same transaction, which files have a record now and which have none any more."""
    records.executemany("DELETE FROM pending WHERE file = ?", [(file,) for file in kept])
    records.executemany("INSERT OR IGNORE INTO pending VALUES (?)", [(file,) for file in old])
    records.executemany("DELETE FROM wordless WHERE file = ?", [(file,) for file in old])


def _check_lost(folder: Path, *, new: bool) -> None:
    """Where there is no database there must be nothing of a run, or it would be lost."""
    file = folder / RECORDS
    tensors = sorted((folder / TENSORS).glob("*.safetensors"))
    own = [path for path in tensors if is_of_run(path)]
    ledger = folder / LEDGER
    if own or ledger.exists():
        found = f"{len(own)} files of a run in {folder / TENSORS}" if own else f"{ledger}"
        state = "is empty" if file.exists() else "is missing"
        raise StoreError(f"{file} {state}, beside {found}; {remedy(folder)}")
    if not new and file.exists():
        raise StoreError(
            f"{folder} holds no run yet: {file} is empty, as after a command that was killed at "
            "its start; run that command again"
        )
    if not new:
        raise StoreError(f"{folder} holds no run; name the folder of one")
