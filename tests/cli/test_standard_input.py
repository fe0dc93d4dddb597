import io
import sys
from types import SimpleNamespace

import pytest

from morseloss.cli import main

GRAPH = b'{"minima": [{"value": 0}, {"value": 1}], "edges": [{"ends": [0, 1], "weight": 3}]}'


@pytest.fixture
def given(monkeypatch):
    """Put some bytes on the standard input."""
    return lambda content: monkeypatch.setattr(
        sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content))
    )


def test_what_came_on_standard_input_is_called_so_in_tables(given, tmp_path, capsys):
    bars = tmp_path / "bars.csv"
    bars.write_text("birth,death\n0,inf\n1,3\n")
    given(GRAPH)
    assert main(["compare", str(bars), "-"]) == 0
    told = capsys.readouterr().out
    assert "B: -: Diagram(" in told and "standard-input" not in told


@pytest.mark.parametrize("content", [b"[1, 2", b'{"a": 1}', b"0 1 3.0\n1 2 4.0\n", b"\x00\x01"])
def test_what_came_on_standard_input_is_refused_by_that_name(content, given, capsys):
    given(content)
    assert main(["barcode", "-"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("morseloss: error: standard input: ") and "standard-input" not in told
