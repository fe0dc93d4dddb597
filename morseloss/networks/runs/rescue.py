"""`rescue`: a new database for a damaged folder, of all in it that is whole.

The one idea: nothing is deleted. What the database, the ledger and the heads of the tensor files
still tell is put together, the old database is kept beside, and a path is taken only if it begins
at its network.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from morseloss.networks.runs.database import RECORDS, Database, StoreError
from morseloss.networks.runs.folders.generations import age_of, ordered, stage_of
from morseloss.networks.runs.kinds import (
    MINIMUM,
    PATH,
    RELAY,
    STAGE,
    STATE,
    TURNED,
    pair_of,
)
from morseloss.networks.runs.ledger import ledger_of, read_ledger, write_ledger
from morseloss.networks.runs.stages import TRAIN, networks_of
from morseloss.networks.runs.store import locked
from morseloss.networks.runs.tensor_file import TENSORS, Words, read_tensors, read_words

__all__ = ["Rescued", "rescue"]

Name = tuple[str, str]


@dataclass(frozen=True)
class Rescued:
    """What was found in a folder.

    Attributes
    ----------
    folder : Path
    networks : int
    complete : bool
        Whether all networks of the run are there. If not, the command that made them makes them
        again; then the paths are found by another rescue.
    paths : dict
        How many paths of each label.
    lost : tuple of str
        What was damaged or missing, one clause each.
    aside : Path or None
        Where the old database is.
    """

    folder: Path
    networks: int
    complete: bool
    paths: dict[str, int]
    lost: tuple[str, ...]
    aside: Path | None

    def __repr__(self) -> str:
        paths = ", ".join(f"{count} paths of {label!r}" for label, count in self.paths.items())
        told = [f"{self.networks} networks", paths or "no paths"]
        if not self.complete:
            told.append("some networks are missing: train again, then rescue again")
        if self.lost:
            told.append(f"{len(self.lost)} files or records lost")
        return f"Rescued({str(self.folder)!r}: {'; '.join(told)})"


@dataclass
class _Found:
    """What is put together: contents and files by kind and name."""

    settings: dict[str, str] = field(default_factory=dict)
    rows: dict[Name, tuple[str, str | None]] = field(default_factory=dict)
    superfluous: set[str] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)
    whole: bool = False
    fewest: Counter[int] = field(default_factory=Counter)  # networks of each generation, at least


def rescue(folder: str | Path) -> Rescued:
    """Make a new database of what is whole in the folder of a run; the old one is kept beside.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Rescued

    Raises
    ------
    StoreError
        If there is nothing of a run, the folder is in use, or the files tell too little.
    """
    folder = Path(folder)
    if not (folder / TENSORS).is_dir():
        raise StoreError(f"{folder} holds no run: it has no folder `{TENSORS}`; name that of one")
    with closing(locked(folder)):
        found = _Found()
        _from_database(folder, found)
        _from_ledger(folder, found)
        _from_files(folder, found)
        _drop_damaged(folder, found)
        if not _networks(found) and not _under_way(found):
            raise StoreError(_nothing(folder, found))
        broken = _broken(found)
        complete = broken is None
        if broken is None:
            _drop_strangers(folder, found)
        else:
            later = {(STAGE, stage_of(broken + k)) for k in range(len(found.rows))}
            for key in [k for k in found.rows if k[0] in (PATH, RELAY) or k in later]:
                del found.rows[key]
        aside = _written(folder, found)
    labels = Counter(name.split(":")[0] for kind, name in found.rows if kind == PATH)
    for kind, name in found.rows:
        if kind == RELAY:
            labels[name] += json.loads(found.rows[kind, name][0])["ways"]
    return Rescued(folder, _networks(found), complete, dict(labels), tuple(found.lost), aside)


def _from_database(folder: Path, found: _Found) -> None:
    """Take what can be read, row by row; a killed transaction is taken back by SQLite."""
    file = folder / RECORDS
    if not file.exists() or not file.stat().st_size:
        found.lost.append(f"{file} is {'empty' if file.exists() else 'missing'}")
        return
    try:
        with closing(sqlite3.connect(file)) as old:
            found.settings.update(old.execute("SELECT name, value FROM settings"))
            for kind, name, content, tensors in old.execute("SELECT * FROM records ORDER BY rowid"):
                json.loads(content)
                found.rows[kind, name] = content, tensors
            (told,) = old.execute("PRAGMA quick_check(1)").fetchone()
            found.whole = told == "ok"
            if old.execute("PRAGMA user_version").fetchone() > (1,):
                found.superfluous = {name for (name,) in old.execute("SELECT file FROM pending")}
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        found.lost.append(f"{file} is damaged ({error})")


def _from_ledger(folder: Path, found: _Found) -> None:
    try:
        ledger = read_ledger(folder)
    except StoreError as error:
        found.lost.append(str(error))
        return
    if ledger is None or found.whole:
        return
    found.settings = {**ledger["settings"], **found.settings}
    for row in ledger["records"]:
        found.rows.setdefault((row["kind"], row["name"]), (row["content"], row["file"]))


def _from_files(folder: Path, found: _Found) -> None:
    """Take the records that tensor files tell, of those that are not known yet."""
    kinds = (MINIMUM, PATH, RELAY) if found.whole else (MINIMUM, PATH, RELAY, STATE)
    latest: dict[Name, tuple[Words, str]] = {}
    for path, words in _with_words(folder, found):
        key = words.kind, words.name
        if words.kind not in kinds or path.name in found.superfluous:
            continue
        if words.kind == MINIMUM:
            age = age_of(words.record)
            found.fewest[age] = max(found.fewest[age], words.of)
        if key not in latest or latest[key][0].written < words.written:
            latest[key] = words, path.name
    for key, (words, file) in latest.items():
        known = found.rows.get(key)
        if known is None or not (known[1] and _is_whole(folder / TENSORS / known[1])):
            found.rows[key] = json.dumps(words.record), file


def _with_words(folder: Path, found: _Found) -> Iterator[tuple[Path, Words]]:
    named = {file for _, file in found.rows.values()}
    for path in sorted((folder / TENSORS).glob("*.safetensors")):
        try:
            words = read_words(path)
        except StoreError as error:
            if path.name not in named:  # else it is told with its record
                found.lost.append(str(error))
            continue
        if words is not None:
            yield path, words


def _drop_damaged(folder: Path, found: _Found) -> None:
    """Take out records whose files are not whole."""
    for (kind, name), (content, file) in list(found.rows.items()):
        if file is not None and not _is_whole(folder / TENSORS / file):
            there = (folder / TENSORS / file).exists()
            found.lost.append(f"{file} ({kind} {name}) is {'damaged' if there else 'missing'}")
            del found.rows[kind, name]
            if kind == MINIMUM:
                age = age_of(json.loads(content))
                found.fewest[age] = max(found.fewest[age], _ages(found)[age] + 1)


def _is_whole(path: Path) -> bool:
    try:
        read_words(path)
    except StoreError:
        return False
    return path.exists()


def _broken(found: _Found) -> int | None:
    """The first generation with fewer networks than its stage, or their files, say; None if none.

    Where neither database nor ledger tell where networks came from, their stages are made.
    """
    there, generation = _ages(found), 0
    untold = (STAGE, TRAIN) not in found.rows
    if untold and (_under_way(found) or found.whole):
        return 0
    while generation in there or (STAGE, stage_of(generation)) in found.rows:
        content = found.rows.get((STAGE, stage_of(generation)))
        if content is None and not untold:
            return None  # under way: it is made again
        least = found.fewest[generation]
        if content is not None:
            least = max(least, networks_of(json.loads(content[0])))
        if there[generation] < least:
            return generation
        if content is None:
            stage: dict[str, Any] = {"settings": {"source": "rescued", "points": ""}}
            stage["networks"] = there[generation]
            found.rows[STAGE, stage_of(generation)] = json.dumps(stage), None
        generation += 1
    return None


def _ages(found: _Found) -> Counter[int]:
    """How many networks of each generation there are."""
    return Counter(
        age_of(json.loads(row[0])) for key, row in found.rows.items() if key[0] == MINIMUM
    )


def _under_way(found: _Found) -> bool:
    """Whether there is a state of the training, or cohorts of it."""
    return any(kind == STATE and name.split(":")[0] == TRAIN for kind, name in found.rows)


def _networks(found: _Found) -> int:
    return sum(kind == MINIMUM for kind, _ in found.rows)


def _drop_strangers(folder: Path, found: _Found) -> None:
    """Take out paths that do not begin at their network: those of networks that were replaced."""

    def content(key: Name) -> dict[str, Any]:
        return json.loads(found.rows[key][0])

    def tensors(key: Name) -> dict[str, torch.Tensor]:
        return read_tensors(folder / TENSORS / str(found.rows[key][1]))

    every = [(key[1], content(key)) for key in found.rows if key[0] == MINIMUM]
    stages = sum(kind == STAGE and name.split()[0] == TRAIN for kind, name in found.rows)
    points = [tensors((MINIMUM, name))["point"] for name, _ in ordered(every, stages)]
    for key in [key for key in found.rows if key[0] == PATH]:
        turned = bool(content(key).get(TURNED))
        row, controls = pair_of(key[1])[turned], tensors(key)["controls"]
        end = controls[-1 if turned else 0]
        if row >= len(points) or not torch.equal(points[row].to(end.dtype), end):
            found.lost.append(f"path {key[1]} does not begin at network {row}")
            del found.rows[key]
    for key in [key for key in found.rows if key[0] == RELAY]:
        begins = tensors(key)["points"][: len(points)]
        if not torch.equal(begins, torch.stack(points).to(begins)):
            found.lost.append(f"relay {key[1]} does not begin at the networks")
            del found.rows[key]


def _written(folder: Path, found: _Found) -> Path | None:
    """Write the new database, put the old one aside, and take its place."""
    file = folder / RECORDS
    fresh = _free(folder, f"{RECORDS}.rescued")
    database = Database(fresh, writes=True)
    rows = [(*key, *row) for key, row in found.rows.items()]
    wordless = [(row[1],) for row in found.rows.values() if row[1] and _silent(folder, row[1])]
    used = {row[1] for row in found.rows.values()}
    superfluous = [(name,) for name in sorted(found.superfluous - used)]
    with database.saving() as records:
        records.executemany("INSERT INTO settings VALUES (?, ?)", found.settings.items())
        records.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", rows)
        records.executemany("INSERT INTO wordless VALUES (?)", wordless)
        records.executemany("INSERT INTO pending VALUES (?)", superfluous)
    ledger = ledger_of(database)
    database.close()
    aside = None
    if file.exists():
        aside = _free(folder, f"{RECORDS}.damaged")
        file.rename(aside)
    journal = file.with_name(f"{file.name}-journal")
    if journal.exists():  # of the old database, and not to be mixed with the new one
        journal.rename(_free(folder, f"{RECORDS}.damaged-journal"))
    fresh.rename(file)
    try:
        write_ledger(folder, ledger)
    except StoreError as error:
        found.lost.append(str(error))
    return aside


def _silent(folder: Path, file: str) -> bool:
    return read_words(folder / TENSORS / file) is None


def _free(folder: Path, name: str) -> Path:
    """Return a name that nothing has."""
    names = [name, *(f"{name}-{number}" for number in range(1, 1000))]
    return next(folder / free for free in names if not (folder / free).exists())


def _nothing(folder: Path, found: _Found) -> str:
    files = sorted((folder / TENSORS).glob(f"{MINIMUM}-*.safetensors"))
    silent = [path for path in files if _is_whole(path)]
    told = f"; found: {'; '.join(found.lost[:5])}" if found.lost else ""
    if silent:
        return (
            f"{folder} holds {len(silent)} networks, whose files were written by a version that put"
            f" no words into them, and nothing that tells which is which{told}. Give their points "
            f"to a new run: `run.add(torch.stack([safetensors.torch.load_file(file)['point'] for "
            f"file in sorted(Path({str(folder / TENSORS)!r}).glob('{MINIMUM}-*'))]), 'rescued')`"
        )
    return f"{folder} holds no network that can be read{told}"
