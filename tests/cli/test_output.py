"""What is shown on a terminal while a command works."""

import sys
import time

import pytest

from morseloss.__main__ import main
from morseloss.cli import output
from morseloss.cli.output import progress


def as_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)


def test_a_step_that_tells_nothing_shows_for_how_long_it_goes_on(capsys, monkeypatch):
    as_on_a_terminal(monkeypatch)
    monkeypatch.setattr(output, "TICK", 0.05)
    with progress("thinking"):
        time.sleep(0.3)
    lines = capsys.readouterr().err.split("\r")
    assert lines.count("thinking: 00:00") > 3
    assert not lines[-2].strip()  # wiped when it is over


def test_a_step_that_counts_shows_its_share(capsys, monkeypatch):
    as_on_a_terminal(monkeypatch)
    with progress("counting") as show:
        show(1, 30, 40)
    err = capsys.readouterr().err
    assert "25%" in err and "10/40" in err


def test_nothing_is_shown_where_no_terminal_is(capsys, monkeypatch):
    monkeypatch.setattr(output, "TICK", 0.01)
    with progress("thinking") as show:
        time.sleep(0.05)
        show(1, 2, 3)
    assert capsys.readouterr().err == ""


GRAPH = '{"minima": [{"value": 0.0}, {"value": 1.0}], "edges": [{"ends": [0, 1], "weight": 2.5}]}'
STEPS = {
    "barcode graph.json --plot bars.png": ("reading", "bars", "bars.png"),
    "compare graph.json graph.json": ("reading", "bottleneck distance", "Wasserstein distance"),
    "escape x^2-x^3+0.1x^6 --steps 50 --plot a.svg": ("least rate", "threshold", "12 rates",
                                                      "600 rates", "attractors", "a.svg"),
}  # fmt: skip


@pytest.mark.parametrize("line", STEPS)
def test_every_step_of_a_command_is_named(line, capsys, tmp_path, monkeypatch):
    as_on_a_terminal(monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "graph.json").write_text(GRAPH)
    assert main(line.split()) == 0
    err = capsys.readouterr().err
    assert [step for step in STEPS[line] if f"{step}: " not in err] == []
