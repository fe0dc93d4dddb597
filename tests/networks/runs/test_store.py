"""A run's folder: whole at any moment, and one writer at a time."""

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap

import pytest
import torch
from safetensors.torch import save_file

from morseloss.networks.runs import database
from morseloss.networks.runs.store import RECORDS, TENSORS, Store, StoreError

SETTINGS = {"seed": 0, "widths": [32, 32], "rate": 0.1}


def files(folder):
    return sorted(file.name for file in (folder / TENSORS).iterdir())


def test_records_and_tensors_come_back_bit_for_bit(tmp_path):
    point = torch.tensor([0.1, torch.nan, torch.inf]).double()
    tensors = {"point": point, "steps": torch.arange(3)}
    with Store(tmp_path, SETTINGS) as store:
        store.put("path", "0-1", {"height": 0.25, "status": "running"}, tensors)
        store.put("note", "first", {"nan": float("inf")})
    with Store(tmp_path, SETTINGS) as store:
        assert store.record("path", "0-1") == {"height": 0.25, "status": "running"}
        assert store.record("note", "first") == {"nan": float("inf")}
        found = store.tensors("path", "0-1")
        assert found["point"].numpy().tobytes() == point.numpy().tobytes()
        assert torch.equal(found["steps"], tensors["steps"])
        assert repr(store).endswith("1 of kind note, 1 of kind path)")
        with pytest.raises(KeyError, match="no path '9-9'"):
            store.record("path", "9-9")
        with pytest.raises(KeyError, match="no tensors of note 'first'"):
            store.tensors("note", "first")


def test_a_record_takes_the_place_of_the_one_before_and_leaves_no_file(tmp_path):
    with Store(tmp_path, SETTINGS) as store:
        for value in range(3):
            store.put("minimum", "0", {"value": value}, {"point": torch.full((2,), float(value))})
            store.put("minimum", "1", {"value": -value}, {"point": torch.zeros(2)})
        assert store.names("minimum") == ["0", "1"]
        assert len(files(tmp_path)) == 2
        assert store.tensors("minimum", "0")["point"].tolist() == [2.0, 2.0]
        store.drop("minimum", "0")
        assert store.names("minimum") == ["1"]
        assert len(files(tmp_path)) == 1


def test_other_settings_are_refused_and_named(tmp_path):
    Store(tmp_path, SETTINGS).close()
    with pytest.raises(StoreError, match=r"`seed` is 0 there and 1 here; take another folder"):
        Store(tmp_path, {**SETTINGS, "seed": 1})
    with Store(tmp_path, {**SETTINGS, "widths": (32, 32)}) as store:  # as JSON knows it
        assert store.settings == SETTINGS


def test_a_newer_version_and_what_is_no_run_are_refused(tmp_path):
    Store(tmp_path / "run", SETTINGS).close()
    with sqlite3.connect(tmp_path / "run" / RECORDS) as records:
        records.execute("PRAGMA user_version = 9")
    with pytest.raises(StoreError, match=r"newer version .*format 9, this one knows 2"):
        Store(tmp_path / "run", SETTINGS)
    with pytest.raises(StoreError, match="holds no run"):
        Store(tmp_path)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / RECORDS).write_bytes(b"something else entirely " * 50)
    with pytest.raises(StoreError, match="is no database"):
        Store(tmp_path / "bad", SETTINGS)


def test_two_writers_are_one_too_many_and_a_reader_is_none(tmp_path):
    with Store(tmp_path, SETTINGS) as store:
        store.put("minimum", "0", {"value": 1.0})
        with pytest.raises(StoreError, match="in use by another process"):
            Store(tmp_path, SETTINGS)
        with Store(tmp_path) as reader:
            assert reader.names("minimum") == ["0"]
            assert reader.settings == SETTINGS
            with pytest.raises(StoreError, match="cannot be written"):
                reader.put("minimum", "1", {})
    Store(tmp_path, SETTINGS).close()


KILLED = """
    import os, signal, sys, torch
    from morseloss.networks.runs import store, tensor_file as module
    store = store.Store(sys.argv[1], {"seed": 0})
    store.put("minimum", "0", {"value": 1.0}, {"point": torch.ones(2)})
    def write(path, fill):  # dies with the file half written, or written and without a record
        with path.open("wb") as file:
            fill(file)
            file.truncate(file.tell() // int(sys.argv[2]))
        os.kill(os.getpid(), signal.SIGKILL)
    module.write_whole = write
    store.put("minimum", "0", {"value": 2.0}, {"point": torch.zeros(2)})
"""


@pytest.mark.parametrize("part", ["1", "2"])
def test_killed_in_the_middle_it_holds_what_was_put_before(tmp_path, part):
    script = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), part]
    assert subprocess.run(script, check=False).returncode == -signal.SIGKILL
    assert len(files(tmp_path)) == 2
    with Store(tmp_path, {"seed": 0}) as store:  # the dead process holds no lock
        assert store.record("minimum", "0") == {"value": 1.0}
        assert store.tensors("minimum", "0")["point"].tolist() == [1.0, 1.0]
        assert len(files(tmp_path)) == 1


def test_a_full_disk_is_told_and_costs_nothing(tmp_path, monkeypatch):
    with Store(tmp_path, SETTINGS) as store:
        store.put("minimum", "0", {"value": 1.0}, {"point": torch.ones(2)})

        def full(_):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("morseloss.files.document.os.fsync", full)
        with pytest.raises(StoreError, match=r"No space left on device.* Make room on the disk"):
            store.put("minimum", "0", {"value": 2.0}, {"point": torch.zeros(2)})
        assert store.record("minimum", "0") == {"value": 1.0}
        assert store.tensors("minimum", "0")["point"].tolist() == [1.0, 1.0]
        assert len(files(tmp_path)) == 1


def test_what_is_not_its_own_is_never_deleted(tmp_path):
    (tmp_path / TENSORS).mkdir()
    for name in ("notes.txt", "my-weights.safetensors", ".hidden.tmp"):
        (tmp_path / TENSORS / name).write_text("mine")
    save_file({"a": torch.ones(1)}, tmp_path / TENSORS / "real.safetensors")
    before = files(tmp_path)
    for value in range(3):
        with Store(tmp_path, SETTINGS) as store:
            store.put("minimum", "0", {"value": value}, {"point": torch.ones(2)})
    assert set(before) < set(files(tmp_path)) and len(files(tmp_path)) == len(before) + 1


@pytest.mark.parametrize("end", ["missing", "empty"])
def test_without_its_database_a_folder_is_left_as_it_is(tmp_path, end):
    with Store(tmp_path, SETTINGS) as store:
        store.put("minimum", "0", {"value": 1.0}, {"point": torch.ones(2)})
    (tmp_path / RECORDS).unlink()
    if end == "empty":
        (tmp_path / RECORDS).touch()
    before = files(tmp_path)
    words = rf"records.sqlite is {end}, beside 1 files of a run .*`morseloss network rescue"
    for settings in (SETTINGS, None):
        with pytest.raises(StoreError, match=words):
            Store(tmp_path, settings)
    assert files(tmp_path) == before


def test_files_named_as_versions_before_named_them_count_as_a_run(tmp_path):
    (tmp_path / TENSORS).mkdir()
    (tmp_path / TENSORS / f"minimum-{'0' * 16}.safetensors").write_bytes(b"torn")
    with pytest.raises(StoreError, match=r"is missing, beside 1 files of a run"):
        Store(tmp_path, SETTINGS)


def test_an_empty_database_beside_nothing_is_a_run_that_was_killed_at_its_start(tmp_path):
    (tmp_path / RECORDS).touch()
    with pytest.raises(StoreError, match=r"holds no run yet: .* run that command again"):
        Store(tmp_path)
    with Store(tmp_path, SETTINGS) as store:
        assert store.settings == SETTINGS


def written(folder, count=40):
    with Store(folder, SETTINGS) as store:
        many = {str(k): ({"value": k, "note": "x" * 300}, {}) for k in range(count)}
        store.put_all("note", many)
        store.put("minimum", "0", {"value": 1.0}, {"point": torch.ones(300)})


DAMAGES = {
    "text": lambda file: file.write_text("hello " * 1000),
    "zeros": lambda file: file.write_bytes(
        file.read_bytes()[:4096] + bytes(file.stat().st_size - 4096)
    ),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:5000]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_told_in_one_sentence(tmp_path, damage):
    written(tmp_path)
    DAMAGES[damage](tmp_path / RECORDS)
    words = r"records.sqlite is (damaged|no database) \(.*\); `morseloss network rescue"
    with pytest.raises(StoreError, match=words):
        Store(tmp_path, SETTINGS)
    with pytest.raises(StoreError, match=words):
        store = Store(tmp_path)
        for name in store.names("note"):
            store.record("note", name)
        store.tensors("minimum", "0")


def test_a_record_that_is_no_json_is_told(tmp_path):
    written(tmp_path)
    with sqlite3.connect(tmp_path / RECORDS) as records:
        records.execute("UPDATE records SET content = '{' WHERE name = '7'")
    with Store(tmp_path) as store, pytest.raises(StoreError, match=r"note '7' is no JSON .*rescue"):
        store.record("note", "7")


def test_a_database_of_something_else_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / RECORDS) as records:
        records.execute("CREATE TABLE recipes (name TEXT)")
    for settings in (SETTINGS, None):
        with pytest.raises(StoreError, match=r"something else, with the tables \['recipes'\]"):
            Store(tmp_path, settings)


@pytest.mark.parametrize("size", [0, 5, 100])
def test_a_torn_or_missing_tensor_file_is_told(tmp_path, size):
    written(tmp_path)
    (file,) = (tmp_path / TENSORS).iterdir()
    file.write_bytes(file.read_bytes()[:size])
    with Store(tmp_path) as store:
        with pytest.raises(StoreError, match=rf"{file.name} is damaged .*; `morseloss network"):
            store.tensors("minimum", "0")
        file.unlink()
        with pytest.raises(StoreError, match=rf"{file.name} is missing; `morseloss network"):
            store.tensors("minimum", "0")


def test_a_lock_that_is_none_is_told(tmp_path):
    (tmp_path / "lock.sqlite").write_text("hello")
    with pytest.raises(StoreError, match="holds 5 bytes and is no lock, which is empty; move it"):
        Store(tmp_path, SETTINGS)


def test_a_place_that_can_be_no_folder_is_told(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match=r"cannot be made .*; name a folder"):
        Store(tmp_path / "file", SETTINGS)
    (tmp_path / "lock.sqlite").symlink_to(tmp_path / "nowhere" / "lock")
    with pytest.raises(StoreError, match=r"cannot be written .unable to open database file"):
        Store(tmp_path, SETTINGS)


def test_a_ledger_of_something_else_is_left_alone(tmp_path):
    written(tmp_path)
    (tmp_path / "morseloss-run.json").write_text("mine")
    with pytest.raises(StoreError, match=r"move .*morseloss-run.json away"):
        Store(tmp_path, SETTINGS)
    assert (tmp_path / "morseloss-run.json").read_text() == "mine"


HOT = """
    import os, signal, sqlite3, sys
    records = sqlite3.connect(sys.argv[1])
    records.execute("pragma cache_size=1")
    records.execute("begin")
    rows = [(str(i), "x" * 2000) for i in range(200)]
    records.executemany("insert into records values ('path', ?, ?, null)", rows)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def hot(tmp_path):
    """A folder whose writer was killed with a transaction half in the database."""
    written(tmp_path)
    script = [sys.executable, "-c", textwrap.dedent(HOT), str(tmp_path / RECORDS)]
    assert subprocess.run(script, check=False).returncode == -signal.SIGKILL
    assert (tmp_path / "records.sqlite-journal").stat().st_size > 512
    return tmp_path


def test_after_a_kill_in_a_transaction_a_reader_reads_what_was_there(hot):
    with Store(hot) as store:
        assert len(store.names("note")) == 40 and not store.names("path")
        assert store.record("minimum", "0") == {"value": 1.0}


def test_after_a_kill_a_folder_that_may_not_be_written_is_read_in_a_copy(hot):
    before = (hot / RECORDS).read_bytes()
    connection, place = database._of_copy(hot / RECORDS)
    (counted,) = connection.execute("SELECT count(*) FROM records").fetchone()
    assert counted == 41
    connection.close()
    place.cleanup()
    assert (hot / RECORDS).read_bytes() == before


def test_a_folder_of_the_version_before_is_taken_over(tmp_path):
    as_before(tmp_path)
    with Store(tmp_path) as store:  # a reader leaves it as it is
        assert store.record("minimum", "0") == {"value": 1.0}
    with Store(tmp_path, SETTINGS) as store:
        assert store.tensors("minimum", "0")["point"].tolist() == [1.0, 1.0]
        store.put("minimum", "0", {"value": 2.0}, {"point": torch.zeros(2)})
        assert len(files(tmp_path)) == 1
    with sqlite3.connect(tmp_path / RECORDS) as records:
        assert records.execute("PRAGMA user_version").fetchone() == (2,)


def as_before(folder):
    """A folder as the first version of the format has written it."""
    file = f"minimum-{'a' * 16}.safetensors"
    (folder / TENSORS).mkdir()
    save_file({"point": torch.ones(2)}, folder / TENSORS / file)
    with sqlite3.connect(folder / RECORDS) as records:
        records.executescript(database.SCHEMA + "PRAGMA user_version = 1;")
        rows = [(name, json.dumps(value)) for name, value in SETTINGS.items()]
        records.executemany("INSERT INTO settings VALUES (?, ?)", rows)
        records.execute(
            "INSERT INTO records VALUES ('minimum', '0', '{\"value\": 1.0}', ?)", (file,)
        )
