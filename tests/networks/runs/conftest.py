"""Folders of tests need not outlive a power cut: nothing waits for the disc."""

import sqlite3
from contextlib import suppress

import pytest

from morseloss.networks.runs import database


@pytest.fixture(scope="package", autouse=True)
def no_waiting_for_the_disc():
    """Killed processes lose nothing by it; with it half of the time of these tests was waiting."""

    def hasty(file, mode):
        opened = connected(file, mode)
        with suppress(sqlite3.DatabaseError):  # of a torn file: told when it is read
            opened.execute("PRAGMA synchronous = OFF")
        return opened

    connected = database._connected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_connected", hasty)
        patch.setattr("morseloss.files.document.os.fsync", lambda _: None)
        yield
