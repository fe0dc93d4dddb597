"""`morseloss network`: a run from the command line."""

import json

import pytest
import torch

from morseloss.cli.command import main
from morseloss.cli.networks.recipe import recipe_in
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.store import StoreError
from tests.cli.networks.commands import run, status_of, train


def test_a_run_from_training_to_the_barcode(models, tmp_path, capsys):
    train(models)
    table = capsys.readouterr().out
    assert "run: 3 minima" in table and "gradient norm" in table
    run("paths", "run", "--steps", 20, "--size", 20)
    assert "upper bounds of the passes" in capsys.readouterr().out
    run("paths", "run", "--steps", 20, "--aligned", "--label", "aligned", "--repeats", 2)
    run("paths", "run", "--steps", 20, "--one-frame", "--label", "frame")
    capsys.readouterr()
    run("barcode", "run", "--label", "aligned", "--repeat", 1, "--json", "--plot", "bars.png")
    content = json.loads(capsys.readouterr().out)
    assert content["minima"] == content["edges"] == 3
    assert (tmp_path / "bars.png").stat().st_size > 3000
    run("status", "run", "--json")
    content = json.loads(capsys.readouterr().out)
    assert content["training"] == "done"
    assert content["paths"] == {
        "paths, repeat 0": 3,
        "aligned, repeat 0": 3,
        "aligned, repeat 1": 3,
        "frame, repeat 0": 3,
    }
    run("status", "run")
    assert "3 minima, training done" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"the labels \['aligned', 'frame', 'paths'\]; name one"):
        run("barcode", "run")
    with pytest.raises(ValueError, match="--one-frame joins all pairs"):
        run("paths", "run", "--one-frame", "--after", "paths", "--label", "some")


def test_bars_are_marked_once_the_folder_knows_what_births_may_fall(models, capsys):
    train(models)
    run("paths", "run", "--steps", 20, "--size", 20)
    assert "may still fall" not in capsys.readouterr().out
    run("births", "run", "--gradients", 40)
    page = capsys.readouterr().out
    assert "3 networks after 40 more gradients" in page and "may fall more" in page
    run("births", "run", "--gradients", 40, "--json")
    told = json.loads(capsys.readouterr().out)
    assert len(told["may_fall"]) == len(told["verdicts"]) == 3
    run("barcode", "run")
    lines = capsys.readouterr().out.splitlines()
    head = next(k for k, line in enumerate(lines) if "may still fall" in line)
    assert "endless" in lines[head + 1]
    falls = [float(line.split()[3]) for line in lines[head + 1 : head + 4]]
    rows = [int(line.split()[0]) for line in lines[head + 1 : head + 4]]
    assert falls == pytest.approx([told["may_fall"][row] for row in rows], rel=0.1)


def test_giving_the_same_command_again_computes_nothing_and_another_is_refused(models, capsys):
    train(models, "--json")
    first = json.loads(capsys.readouterr().out)
    train(models, "--json")
    assert json.loads(capsys.readouterr().out) == first
    with pytest.raises(StoreError, match="with other settings"):
        train(models, "--epochs", 5)
    with pytest.raises(StoreError, match="`seed` is 0 there and 1 here"):
        train(models, "--seed", 1)


@pytest.mark.parametrize("schedule", ["cyclical", "constant"])
def test_checkpoints_and_other_schedules(models, schedule, tmp_path, capsys):
    train(models, "--schedule", schedule, "--optimiser", "momentum")
    capsys.readouterr()
    module = __import__(models).mlp()
    torch.save(module.state_dict(), tmp_path / "net.pt")
    with pytest.warns(UserWarning, match=r"'net.pt' are no minima yet.*`--finish`"):
        run("train", "other", "--module", f"{models}:mlp", "--data", f"{models}:data",
            "--checkpoints", tmp_path / "net.pt")  # fmt: skip
    assert "other: 1 minimum" in capsys.readouterr().out
    run("status", "other", "--json")
    assert json.loads(capsys.readouterr().out)["paths"] == {}
    with pytest.raises(ValueError, match=r"holds the labels \[\]"):
        run("barcode", "other")


@pytest.mark.parametrize(
    ("module", "data", "words"),
    [
        ("nowhere:mlp", "{0}:data", "No module named 'nowhere'; run where"),
        ("{0}:nothing", "{0}:data", "has no callable `nothing`"),
        ("{0}", "{0}:data", "expected `package.module:name`"),
        ("{0}:mlp", "{0}:wrong", "must give a pair of tensors"),
        ("{0}:wrong", "{0}:data", "must be a torch.nn.Module, got int"),
    ],
)
def test_names_that_lead_nowhere_are_refused(models, module, data, words):
    with pytest.raises(ValueError, match=words):
        run("train", "run", "--module", module.format(models), "--data", data.format(models))


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(StoreError, match="holds no run"):
        run("status", tmp_path)
    with pytest.raises(StoreError, match="holds no run"):
        run("paths", tmp_path)


def test_only_pairs_that_matter_after_cheap_paths(models, capsys):
    train(models)
    run("paths", "run", "--steps", 2, "--size", 20, "--label", "cheap")
    capsys.readouterr()
    run("paths", "run", "--steps", 20, "--size", 20, "--label", "full", "--after", "cheap")
    assert "run, full and cheap" in capsys.readouterr().out
    run("barcode", "run", "--label", "full", "cheap", "--json")
    both = json.loads(capsys.readouterr().out)
    assert both["edges"] == 3
    with pytest.raises(ValueError, match="--repeat is of one label"):
        run("barcode", "run", "--label", "full", "cheap", "--repeat", 0)


def test_error_bars_over_repeats_and_over_minima(models, capsys):
    train(models)
    run("paths", "run", "--steps", 20, "--size", 20, "--label", "one")
    with pytest.raises(ValueError, match="has one repeat, which has no spread"):
        run("uncertainty", "run", "--label", "one")
    run("paths", "run", "--steps", 20, "--size", 20, "--label", "one", "--repeats", 3)
    capsys.readouterr()
    run("uncertainty", "run", "--label", "one", "--plot", "bars.png", "--json")
    content = json.loads(capsys.readouterr().out)
    assert content["draws"] == len(content["bars"]) == 3
    assert content["band"] == "range of 3 draws"
    first, *others = content["bars"]
    assert first["death"] == {"mean": None, "deviation": None, "low": None, "high": None}
    assert all(bar["death"]["low"] < bar["death"]["high"] for bar in others)
    assert all(bar["birth"]["deviation"] == 0 for bar in content["bars"])
    run("uncertainty", "run", "--label", "one", "--size", 2, "--draws", 50)
    table = capsys.readouterr().out
    assert "run, one: 50 draws, bands of 95%" in table and "TO-score: " in table and "+-" in table


def test_a_damaged_folder_is_rescued(models, tmp_path, capsys):
    train(models)
    run("paths", "run", "--steps", 20, "--size", 20)
    capsys.readouterr()
    run("barcode", "run", "--json")
    before = capsys.readouterr().out
    (tmp_path / "run" / "records.sqlite").write_text("hello")
    for part in ("status", "barcode"):
        assert main(["network", part, "run"]) == 2
        told = capsys.readouterr().err
        assert "records.sqlite is no database" in told and "network rescue run" in told
        assert len(told.splitlines()) == 1
    assert main(["network", "rescue", "run"]) == 0
    told = capsys.readouterr().out
    assert "run: 3 networks, 3 paths of paths" in told
    assert "The old database is kept as run/records.sqlite.damaged." in told
    run("barcode", "run", "--json")
    assert capsys.readouterr().out == before
    train(models)  # the recipe is known again, and nothing is computed
    capsys.readouterr()
    run("rescue", "run", "--json")
    content = json.loads(capsys.readouterr().out)
    assert content["networks"] == 3 and content["complete"] and content["lost"] == []


def checkpoints(models, folder, count=3):
    """Networks trained a little by plain descent, in files."""
    torch.manual_seed(0)
    parts = __import__(models)
    inputs, targets = parts.data()
    for row in range(count):
        module = parts.mlp()
        for _ in range(100):
            loss = torch.nn.functional.cross_entropy(module(inputs), targets)
            slopes = torch.autograd.grad(loss, module.parameters())
            with torch.no_grad():
                for weight, slope in zip(module.parameters(), slopes, strict=True):
                    weight -= 0.3 * slope
        torch.save(module.state_dict(), folder / f"net{row}.pt")
    return [folder / f"net{row}.pt" for row in range(count)]


def test_checkpoints_on_a_slope_are_told_and_can_descend_first(models, tmp_path, capsys):
    made = "--module", f"{models}:mlp", "--data", f"{models}:data", "--weight-decay", 0.01
    files = checkpoints(models, tmp_path)
    assert main([*map(str, ("network", "train", "slope", *made, "--checkpoints", *files))]) == 0
    assert "3 of 3 networks of 'net0.pt, net1.pt, net2.pt'" in capsys.readouterr().err
    assert main(["network", "paths", "slope", "--steps", "200", "--size", "60"]) == 0
    told = capsys.readouterr()
    assert "No minima, since paths go down from them at once: " in told.out
    assert len(told.err.splitlines()) == 1 and "`--finish` on the command line" in told.err
    assert main(["network", "barcode", "slope", "--plot", "bars.png"]) == 0
    told = capsys.readouterr()
    assert "No minima, since" in told.out
    assert told.err.splitlines()[1:] == ["morseloss: wrote bars.png"]
    argv = ("network", "train", "fallen", *made, "--finish", "--checkpoints", *files)
    assert main([*map(str, argv)]) == 0
    assert main(["network", "paths", "fallen", "--steps", "200", "--size", "60"]) == 0
    told = capsys.readouterr()
    assert "converged" in told.out and "No minima" not in told.out and told.err == ""
    with pytest.raises(ValueError, match="--finish is for --checkpoints"):
        train(models, "--finish")


SENSELESS = [
    ("barcode run --label paths algined", "label 'algined'; there are 'paths' (1 repeat)"),
    ("barcode run --label algined", "label 'algined'; there are 'paths' (1 repeat)"),
    ("barcode run --label algined --repeat 0", "there are 'paths' (1 repeat)"),
    ("barcode run --repeat 7", "label 'paths' and repeat 7; there are 'paths' (1 repeat)"),
    ("uncertainty run --label algined", "there are 'paths' (1 repeat)"),
    ("uncertainty run --label paths --size 2 --level nan", "between 0 and 1, got nan"),
    ("uncertainty run --label paths --size 9", "`size` must be from 2 to 3 minima"),
    ("paths run --label full --after cheep", "label 'cheep'; there are 'paths' (1 repeat)"),
    ("paths run --label a:b", "must be a name without `:`"),
    ("train other {0} --rate nan", "got 0.0 and nan"),
    ("train other {0} --rate -1", "got 0.0 and -1.0"),
    ("train other {0} --weight-decay nan", "expected a finite number, got 'nan'"),
    ("train other {0} --weight-decay -1", "--weight-decay: expected 0 or more, got '-1'"),
]


def test_options_that_make_no_sense_are_told_with_what_there_is(models, capsys):
    train(models)
    run("paths", "run", "--steps", 2, "--size", 20)
    capsys.readouterr()
    made = f"--module {models}:mlp --data {models}:data"
    for argv, words in SENSELESS:
        assert status_of(["network", *argv.format(made).split()]) == 2
        told = capsys.readouterr().err
        assert words in told and len(told.splitlines()) == 1


def test_what_checkpoints_do_not_use_is_refused(models, tmp_path, capsys):
    made = ("--module", f"{models}:mlp", "--data", f"{models}:data")
    files = checkpoints(models, tmp_path, 1)
    argv = ["network", "train", "mine", *made, "--checkpoints", *map(str, files)]
    for more in (["--workers", "2"], ["--max-steps", "7"], ["--together", "3"], ["--minima", "7"]):
        assert main([*argv, *more]) == 2
        assert f"{more[0]} is of" in capsys.readouterr().err
    assert main([*argv, "--finish", "--rate", "0.1"]) == 2
    assert "--rate is of training" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:.*no minim:UserWarning")
def test_files_of_checkpoints_are_named_in_tables(models, tmp_path, capsys):
    train(models)
    with Archive("run") as archive:
        points = archive.minima
    recipe = ("--module", f"{models}:mlp", "--data", f"{models}:data", "--weight-decay", 0.01)
    land = recipe_in(tmp_path / "run").landscape()
    for number, point in enumerate(points):
        parts = land.pure.layout.split(point[None])
        state = {name: part[0] for name, part in parts.items()}
        torch.save(state, tmp_path / f"net{number}.pt")
    run("train", "mine", *recipe, "--checkpoints", "net0.pt", "net1.pt")
    run("train", "mine", *recipe, "--checkpoints", "net0.pt", "net1.pt", "net2.pt")
    capsys.readouterr()
    run("status", "mine")
    assert "Names: net0.pt, net1.pt, net2.pt." in capsys.readouterr().out
    run("paths", "mine", "--steps", 20)
    assert "2 net2.pt" in capsys.readouterr().out
