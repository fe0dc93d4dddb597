"""`morseloss network relay` and `ladder`, and the budget beside every bar."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from morseloss.cli.command import main
from morseloss.networks.runs.store import RECORDS
from tests.cli.networks.commands import run, status_of, train

SHORT = (
    "--size", 20, "--first", 20, "--join", 10, "--stations", 2, "--descent", 10,
)  # fmt: skip


@pytest.fixture
def trained(models, capsys):
    train(models)
    capsys.readouterr()
    return models


def relay(*more, budget=60):
    run("relay", "run", "--budget", budget, *SHORT, *more)


def printed(capsys, *argv):
    run(*argv, "--json")
    return json.loads(capsys.readouterr().out)


def test_ways_are_printed_with_what_they_cost_and_what_they_lack(trained, capsys):
    relay()
    told = capsys.readouterr().out
    assert "run, relay: 2 ways, " in told and "gradients on all images a way" in told
    assert "networks" in told and "climb" in told
    relay("--json", budget=90)
    content = json.loads(capsys.readouterr().out)
    (own,) = content["relays"]
    assert own["null"] is None and len(own["ways"]) == 2
    for way in own["ways"]:
        assert way["status"] in ("falling", "settled", "level")
        assert way["gradients"] == pytest.approx(own["gradients_a_pair"] * 3 / 2)


def test_every_bar_has_its_budget_and_its_length_with_stations_beside_it(trained, capsys):
    relay()
    capsys.readouterr()
    content = printed(capsys, "barcode", "run", "--label", "relay")
    lowest, *others = content["bars"]
    assert lowest["gradients"] is None and lowest["status"] is None
    for bar in others:
        assert bar["gradients"] > 20 * 20 / 60 + 2 * 10
        assert bar["lifetime_with_stations"] <= bar["lifetime"] + 1e-12
        assert bar["status"] in ("falling", "settled", "level")
    run("barcode", "run")
    told = capsys.readouterr().out
    assert "gradients a path" in told and "with stations" in told and "status" in told
    assert "by Definition 1" in told and "Ways: " in told


def test_the_budget_of_paths_is_read_off_their_stage_or_not_known(trained, capsys):
    run("paths", "run", "--steps", 30, "--size", 20, "--repeats", 2)
    told = capsys.readouterr().out
    assert "gradients a path" in told and "looks for tops not counted" in told
    one = printed(capsys, "barcode", "run", "--repeat", 0)["bars"][1:]
    assert [bar["gradients"] for bar in one] == [30 * 20 / 60] * 2
    both = printed(capsys, "barcode", "run")["bars"][1:]
    assert [bar["gradients"] for bar in both] == [2 * 30 * 20 / 60] * 2
    with sqlite3.connect(Path("run") / RECORDS) as old:
        old.execute("DELETE FROM settings WHERE name = 'images'")
    old.close()
    run("barcode", "run")
    assert "budget not known" in capsys.readouterr().out
    content = printed(capsys, "barcode", "run")
    assert [bar["gradients"] for bar in content["bars"]] == [None] * 3


def test_a_ladder_shows_looks_law_price_and_nulls(trained, capsys, tmp_path):
    relay("--nulls", "closed", "copies")
    assert "copies null: 3 ways" in capsys.readouterr().out
    run("ladder", "run", "--within", 0.5, "--plot", "ladder.png", "--prices", "prices.png")
    told = capsys.readouterr().out
    assert "Price of 0.5: " in told and "Closed null: " in told and "Copies null: " in told
    assert "not measured" not in told
    assert min((tmp_path / f"{name}.png").stat().st_size for name in ("ladder", "prices")) > 3000
    content = printed(capsys, "ladder", "run", "--within", 0.5)
    looks = len(content["gradients"])
    assert all(len(bar["lengths"]) == looks for bar in content["bars"])
    assert set(content["nulls"]) == {"closed_null", "copies_null"}
    assert content["price"]["bars"] == 2


def test_folders_are_compared_at_equal_gradients_or_not_at_all(trained, capsys):
    relay("--tolerance", 1e-12)
    shutil.copytree("run", "other")
    capsys.readouterr()
    content = printed(capsys, "ladder", "run", "--within", 0.5)
    first, last = content["gradients"][0], content["gradients"][-1]
    table = printed(capsys, "ladder", "run", "other", "--at", first, "--within", 0.5)
    assert set(table["rows"]) == {"run", "other"} and table["at"] == first
    assert table["rows"]["run"]["mean"] == content["means"][0]
    run("ladder", "run", "other", "--at", first, "--within", 0.5)
    told = capsys.readouterr().out
    assert "Bars at equal gradients" in told and "not measured" in told
    if any(bar["falling"] for bar in content["bars"]):
        assert main(["network", "ladder", "run", "other", "--at", str(9 * last)]) == 2
        assert "would mix budgets" in capsys.readouterr().err


def test_paths_of_several_labels_make_a_ladder(trained, capsys):
    for steps in (20, 40):
        run("paths", "run", "--steps", steps, "--size", 20, "--label", f"steps{steps}")
    capsys.readouterr()
    content = printed(capsys, "ladder", "run", "--label", "steps40", "steps20", "--within", 0.1)
    assert content["gradients"] == pytest.approx([20 * 20 / 60, 40 * 20 / 60])


SENSELESS = [
    ("relay run --budget 0", "expected a finite number above 0, got '0'"),
    ("relay run --budget nan", "expected a finite number above 0, got 'nan'"),
    ("relay run --budget 10 --tolerance 0", "expected a finite number above 0, got '0'"),
    ("relay run --budget 10 --tolerance 1e-20", "1e-20 lies below the round-off of losses"),
    ("relay run --budget 10 --stations 0", "expected a whole number from 1"),
    ("relay run --budget 10 --label paths", "holds the stage `paths paths`"),
    ("ladder run --label other", "holds no paths of label 'other'"),
    ("ladder run --label paths --within 1e-20", "lies below the round-off"),
    ("ladder run --label paths --at 1000", "would mix budgets"),
    ("uncertainty run --label relay --size 2", "joins 2 of 3 pairs"),
    ("paths run --label relay", "holds the stage `relay relay`"),
]


def test_options_that_make_no_sense_are_told_with_what_there_is(trained, capsys):
    run("paths", "run", "--steps", 2, "--size", 20)
    relay(budget=1)
    capsys.readouterr()
    for argv, words in SENSELESS:
        assert status_of(["network", *argv.split()]) == 2, argv
        told = capsys.readouterr().err
        assert words in told and len(told.splitlines()) == 1, told
