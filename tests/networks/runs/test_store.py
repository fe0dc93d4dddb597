"""A run's folder: whole at any moment, and one writer at a time."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap

import pytest
import torch

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
    with pytest.raises(StoreError, match=r"newer version .*format 9, this one knows 1"):
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
    from morseloss.networks.runs import store as module
    store = module.Store(sys.argv[1], {"seed": 0})
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
