"""A module of models that commands are given."""

import pytest

MODELS = """
import torch
from torch import nn

def mlp():
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))

def data():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(60, 4, generator=generator), torch.arange(60) % 3

def wrong():
    return 3

def pool():
    from tests.workers.pools import quick
    return quick(2)()
"""


@pytest.fixture
def models(tmp_path, monkeypatch):
    name = f"models_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name
