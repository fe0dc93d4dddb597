"""What goes wrong in a user's own module, data or loss is one line."""

import sys

import pytest

from morseloss.cli import main

MODELS = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
def mlp(): return nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
def data(): return torch.zeros(8, 4), torch.zeros(8).long()
def raises(): raise RuntimeError("no such\\ndata")
def needs(x): return x
def wide(): return torch.zeros(8, 5), torch.zeros(8).long()
def beyond(): return torch.zeros(8, 4), torch.full((8,), 100)
def loader(): return DataLoader(dataset(), 3, shuffle=True)
def dataset(): return TensorDataset(torch.randn(8, 4), torch.arange(8) % 2)
def dicts(): return {"x": torch.randn(8, 4)}, torch.arange(8) % 2
class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = mlp()
    def forward(self, x): return self.inner(x)
def named(): return Named()
def broken(output, target): raise KeyError("x")
"""


@pytest.fixture
def models(tmp_path, monkeypatch):
    (tmp_path / "models_of_recipe.py").write_text(MODELS)
    (tmp_path / "broken_on_import.py").write_text("1 / 0")
    (tmp_path / "no_python.py").write_text("def (")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "models_of_recipe"
    sys.modules.pop("models_of_recipe", None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"--module": "broken_on_import:mlp"}, "ZeroDivisionError: division by zero; run where"),
        ({"--module": "no_python:mlp"}, "SyntaxError"),
        ({"--module": "{0}:raises"}, "raised RuntimeError: no such data; it must work without"),
        ({"--module": "{0}:needs"}, "raised TypeError: needs() missing 1"),
        ({"--data": "{0}:raises"}, "raised RuntimeError: no such data"),
        ({"--data": "{0}:mlp"}, "or a DataLoader, got Sequential"),
        ({"--data": "{0}:wide"}, "(RuntimeError: mat1 and mat2 shapes"),
        ({"--data": "{0}:beyond"}, "(IndexError: Target 100 is out of bounds"),
        ({"--loss": "{0}:broken"}, "(KeyError: 'x'); let outputs and targets fit"),
        ({"--device": "abacus"}, "device 'abacus': "),
        ({"--weight-decay": "nan"}, "expected a finite number"),
        ({"--chunk": "0"}, "expected a whole number from 1"),
    ],
)
def test_what_a_user_wrote_is_told_in_one_line(models, options, words, tmp_path, capsys):
    chosen = {"--module": "{0}:mlp", "--data": "{0}:data"} | options
    line = [word.format(models) for pair in chosen.items() for word in pair]
    try:
        status = main(["network", "train", str(tmp_path / "run"), *line])
    except SystemExit as exit:
        status = exit.code
    told = capsys.readouterr().err
    assert (status, told.count("\n")) == (2, 1)
    assert words in told


@pytest.mark.parametrize(
    ("module", "data"), [("mlp", "loader"), ("mlp", "dataset"), ("named", "dicts")]
)
def test_data_may_come_as_python_takes_it(models, module, data, tmp_path, capsys):
    names = ["--module", f"{models}:{module}", "--data", f"{models}:{data}"]
    short = ["--minima", "2", "--epochs", "1", "--max-steps", "1"]
    assert main(["network", "train", str(tmp_path / "run"), *names, *short]) == 0
    assert "2 minima" in capsys.readouterr().out
