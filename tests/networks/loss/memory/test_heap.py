"""The C library is told to keep memory, where it is that of GNU and nobody says otherwise."""

import subprocess
import sys

import pytest

from morseloss.networks.loss.memory.heap import OFF, OWN, _told

CHILD = """
import resource, torch
from torch import nn
from morseloss.networks import NetworkLandscape
from morseloss.networks.loss.memory.heap import keep_heap
torch.set_num_threads(1)
module = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))
inputs = torch.randn(800, 1, 28, 28, dtype=torch.float64)
land = NetworkLandscape(module, nn.functional.cross_entropy, inputs, torch.arange(800) % 10)
points = torch.zeros(1, land.dim, dtype=torch.float64)
for _ in range(2):
    land.gradient(points)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(2):
    land.gradient(points)
print(keep_heap(), resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def told(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    kept, faults = done.stdout.split()
    return kept == "True", int(faults)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the C library of GNU is on Linux")
def test_pages_are_asked_for_once_and_not_at_every_evaluation(monkeypatch):
    kept, faults = told(monkeypatch)
    if not kept:
        pytest.skip("another C library, or the environment says otherwise")
    without, more = told(monkeypatch, **{OFF: "1"})
    assert not without and faults < more / 3


@pytest.mark.parametrize("name", [OFF, *OWN])
def test_what_the_environment_says_of_memory_counts(name, monkeypatch):
    monkeypatch.setenv(name, "1")
    assert not _told()
