"""`Database`: records in SQLite, read even where a process was killed or a disk failed.

The one idea: whatever SQLite says is turned into one sentence with the file, what was found and
what to do; and a reader never needs to write where that can be avoided.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

__all__ = ["RECORDS", "VERSION", "Database", "StoreError", "remedy"]

VERSION = 2  # 1 had no `pending`, and no words in its tensor files
RECORDS = "records.sqlite"
JOURNAL = "-journal"  # what SQLite leaves beside a database that was being written

SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE records (
    kind TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, file TEXT,
    PRIMARY KEY (kind, name)
);
"""
# tensor files that may be deleted where no record names them, and files that say nothing themselves
LATER = """
CREATE TABLE pending (file TEXT PRIMARY KEY);
CREATE TABLE wordless (file TEXT PRIMARY KEY);
INSERT INTO wordless SELECT file FROM records WHERE file IS NOT NULL;
"""


class StoreError(RuntimeError):
    """A folder that cannot be used; the message says why and what to do."""


class Database:
    """A database of records, open to be read, or to be written.

    Parameters
    ----------
    file : Path
        Made if it is not there, where it is to be written.
    writes : bool

    Raises
    ------
    StoreError
        If it is damaged, is something else, or was written by a newer version.
    """

    def __init__(self, file: Path, *, writes: bool) -> None:
        self.file, self.writes = file, writes
        self._copy: tempfile.TemporaryDirectory | None = None
        self._open = _connected(file, "rwc" if writes else "ro")
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple]:
        """Return what a query finds.

        Raises
        ------
        StoreError
            If the database is damaged.
        """
        try:
            return self._rows(query, values)
        except sqlite3.DatabaseError as error:
            raise StoreError(_damaged(self.file, error)) from None

    @contextmanager
    def saving(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one transaction: all of it is written, or nothing.

        Yields
        ------
        Connection

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        try:
            with self._open:
                yield self._open
        except sqlite3.OperationalError as error:
            raise StoreError(unwritten(self.file.parent, error)) from None
        except sqlite3.DatabaseError as error:
            raise StoreError(_damaged(self.file, error)) from None

    def close(self) -> None:
        """Close it."""
        self._open.close()
        if self._copy is not None:
            self._copy.cleanup()

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple]:
        try:
            return self._open.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            # a writer was killed in a transaction: SQLite takes it back before anybody reads
            if self.writes or not _journal(self.file).exists():
                raise
            self._open.close()
            self._open, self._copy = _recovered(self.file)
            return self._open.execute(query, values).fetchall()

    def _check(self) -> None:
        ((version,),) = self.rows("PRAGMA user_version")
        if version > VERSION:
            raise StoreError(
                f"{self.file.parent} was written by a newer version of morseloss (format {version},"
                f" this one knows {VERSION}); update morseloss, or take another folder"
            )
        tables = {name for (name,) in self.rows("SELECT name FROM sqlite_master")}
        if version == 0 and tables:
            raise StoreError(
                f"{self.file} is a database of something else, with the tables "
                f"{sorted(tables)[:3]}; take another folder"
            )
        if self.writes:
            ((told,),) = self.rows("PRAGMA quick_check(1)")
            if told != "ok":
                raise StoreError(_damaged(self.file, " ".join(told.split())))
            steps = {0: f"{SCHEMA} {LATER}", 1: LATER}.get(version)
            if steps is not None:
                script = f"BEGIN; {steps} PRAGMA user_version = {VERSION}; COMMIT;"
                with self.saving() as records:
                    records.executescript(script)
        elif not {"settings", "records"} <= tables:
            raise StoreError(
                f"{self.file} holds no records; {remedy(self.file.parent)}, or run the command "
                "that made the folder again"
            )


def remedy(folder: Path) -> str:
    """Return what to do about a folder that is damaged."""
    return f"`morseloss network rescue {folder}` makes a new one of all that is whole"


def unwritten(folder: Path, error: Exception) -> str:
    """Return the message about a folder that cannot be written."""
    return (
        f"{folder} cannot be written ({error}); what it holds is whole. Make room on the disk, "
        "and run again: it goes on from there"
    )


def _damaged(file: Path, error: object) -> str:
    told = "is no database" if "not a database" in str(error) else "is damaged"
    return f"{file} {told} ({error}); {remedy(file.parent)}"


def _journal(file: Path) -> Path:
    return file.with_name(file.name + JOURNAL)


def _connected(file: Path, mode: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"{file.resolve().as_uri()}?mode={mode}", uri=True)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{file} cannot be opened ({error}); look at its permissions") from None


def _recovered(file: Path) -> tuple[sqlite3.Connection, tempfile.TemporaryDirectory | None]:
    """Open a database beside which a killed process left its journal."""
    try:
        with closing(_connected(file, "rw")) as writer:  # SQLite takes the transaction back
            writer.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return _connected(file, "ro"), None
    except sqlite3.OperationalError:
        return _of_copy(file)


def _of_copy(file: Path) -> tuple[sqlite3.Connection, tempfile.TemporaryDirectory]:
    """The same where the folder may not be written: in a copy of both files."""
    place = tempfile.TemporaryDirectory(prefix="morseloss-")
    twin = Path(place.name) / file.name
    shutil.copyfile(file, twin)
    shutil.copyfile(_journal(file), _journal(twin))
    return _connected(twin, "rw"), place
