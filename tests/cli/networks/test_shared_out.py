"""`morseloss network` with workers, and from several machines."""

import json
import shutil

import pytest

from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.kinds import PATH, STAGE
from tests.cli.networks.commands import run, train


def heights(label, capsys):
    capsys.readouterr()
    run("barcode", "run", "--label", label, "--json")
    return json.loads(capsys.readouterr().out)["bars"]


def test_workers_train_and_join_with_the_same_numbers_and_lines_for_a_log(models, capsys):
    train(models, "--executor", f"{models}:pool", "--json")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["done"] for line in lines] == [0, 1, 2, 3]
    assert lines[0]["seconds_left"] is None and lines[-1]["seconds_left"] == 0
    assert all(line["running"] + line["waiting"] + line["done"] == 3 for line in lines)
    options = ("--steps", 20, "--size", 20, "--together", 1)
    run("paths", "run", *options, "--label", "there", "--executor", f"{models}:pool", "--json")
    out = capsys.readouterr()
    assert json.loads(out.out)["minima"] == 3
    assert [json.loads(line)["what"] for line in out.err.splitlines()] == ["paths"] * 4
    train(models)  # there already: what it has together is taken from the folder
    run("paths", "run", *options[:4], "--label", "there")
    assert heights("there", capsys)[0]["death"] is None


def test_workers_do_not_change_what_a_label_has(models, capsys):
    found = []
    for folder in ("run", "other"):
        names = "--module", f"{models}:mlp", "--data", f"{models}:data"
        more = "--minima", 3, "--epochs", 4, "--size", 20, "--max-steps", 40, "--together", 1
        spread = ("--executor", f"{models}:pool") if folder == "other" else ()
        run("train", folder, *names, *more, *spread)
        run("paths", folder, "--steps", 20, "--size", 20, "--together", 2, *spread)
        capsys.readouterr()
        run("barcode", folder, "--json")
        found.append(json.loads(capsys.readouterr().out)["bars"])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--executor nothing", "expected `package.module:name`"),
        ("--executor {models}:mlp", "`executor` must make a .*Executor.*, it made Sequential"),
        ("--executor {models}:missing", "has no callable `missing`"),
    ],
)
def test_what_makes_no_workers_is_refused(options, words, models):
    with pytest.raises(ValueError, match=words):
        train(models, *options.format(models=models).split())


def test_workers_and_an_executor_are_one_or_the_other(models, capsys):
    with pytest.raises(SystemExit):
        train(models, "--workers", 2, "--executor", f"{models}:pool")
    assert "not allowed with argument" in capsys.readouterr().err


def test_two_machines_share_the_pairs_and_their_folders_are_merged(models, tmp_path, capsys):
    train(models)
    shutil.copytree("run", "other")
    capsys.readouterr()
    run("paths", "run", "--steps", 20, "--shard", "1/2")
    run("status", "run")
    told = capsys.readouterr().out
    assert "paths, repeat 0: 2 paths, 1 missing (0-2), which will take about" in told
    run("paths", "other", "--steps", 20, "--shard", "2/2")
    capsys.readouterr()
    run("merge", "all", "run", "other")
    assert "all: 3 networks and 3 paths of paths came" in capsys.readouterr().out
    run("merge", "all", "run", "--json")
    assert json.loads(capsys.readouterr().out)["paths"] == {}
    run("status", "all", "--json")
    content = json.loads(capsys.readouterr().out)
    assert content["missing"] == [] and content["paths"] == {"paths, repeat 0": 3}
    run("paths", "run", "--steps", 20, "--label", "one", "--pairs", "0-2")
    assert "1 edge" in capsys.readouterr().out
    with pytest.raises(ValueError, match="leave --shard out"):
        run("paths", "run", "--steps", 20, "--after", "paths", "--shard", "1/2", "--label", "x")
    with pytest.raises(SystemExit):
        run("paths", "run", "--shard", "3/2")


def test_a_folder_that_grew_shares_out_pairs_in_batches_as_before(models):
    train(models)
    run("paths", "run", "--steps", 3, "--shard", "1/3")
    train(models, "--minima", 5)
    run("paths", "run", "--steps", 3, "--shard", "1/2")  # of one pair each, as the first were
    with Archive("run") as archive:
        assert archive.store.record(STAGE, "paths paths")["settings"]["together"] == 1
        assert len(archive.store.names(PATH)) == 5  # the first among them
    told = "10 pairs are too few for 11 shares; take at most as many"
    with pytest.raises(ValueError, match=told):
        run("paths", "run", "--steps", 3, "--shard", "1/11")
