"""Networks are computed as many at a time as fit, and the numbers are those of all at once."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.loss.engine import Dense, Looped, Mapped
from morseloss.networks.loss.memory import blocks as room
from morseloss.networks.loss.memory.blocks import Blocks, fitting, whole_blocks
from morseloss.networks.loss.memory.peak import peak
from tests.networks.models import cnn, cross_entropy, labelled, vectors

ENGINES = [Dense, Mapped, Looped]


def landscape(engine, width=17, images=333):
    """A network of odd sizes, whose rows lie askew in memory."""
    generator = torch.Generator().manual_seed(3)
    module = nn.Sequential(nn.Linear(33, width), nn.Tanh(), nn.Linear(width, 7))
    data = labelled(generator, 33, images=images, classes=7)
    return NetworkLandscape(module, cross_entropy, *data, weight_decay=0.01, engine=engine)


def answers(land, points):
    values, gradients = land.value_and_gradient(points)
    return land.value(points), values, gradients, land.hvp(points, points)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_blocks_of_sixteen_have_the_bits_of_the_whole_batch(engine, dtype, generator):
    land = landscape(engine)
    points = vectors(land, generator, n=70).to(dtype)
    whole = answers(land, points)
    for size in (16, 48):
        cut = landscape(engine)
        keys = land.blocks.sizes.keys()
        cut.blocks = Blocks(dict.fromkeys(keys, size))
        for one, other in zip(whole, answers(cut, points), strict=True):
            assert torch.equal(one, other)


def test_smaller_blocks_may_have_other_last_bits_which_is_why_they_are_avoided(generator):
    land = landscape(Dense)
    points = vectors(land, generator, n=70)
    whole = land.gradient(points)
    parts = torch.cat([land.gradient(part) for part in points.split(5)])
    torch.testing.assert_close(parts, whole, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_lives_at_once_stays_below_the_bound_that_is_set(engine, generator, monkeypatch):
    bound = 12 * 2**20
    points = vectors(landscape(engine), generator, n=100)
    wanted = answers(landscape(engine), points)
    whole = peak(lambda: landscape(engine).hvp(points, points))
    monkeypatch.setattr(room, "BYTES", bound)
    land = landscape(engine)
    for ask in (land.value, land.gradient, lambda p: land.hvp(p, p)):
        assert peak(lambda ask=ask: ask(points)) <= bound + 10 * points.nbytes
    for one, other in zip(answers(land, points), wanted, strict=True):
        assert torch.equal(one, other)
    if engine is not Looped:
        assert whole > bound
        assert min(land.blocks.sizes.values()) < 100


def test_how_many_fit_is_the_same_at_each_trial_and_counts_the_images(monkeypatch):
    monkeypatch.setattr(room, "BYTES", 64 * 2**20)
    sizes = []
    for images in (333, 333, 666):
        land = landscape(Mapped, images=images)
        land.value(torch.zeros(2, land.dim, dtype=torch.float64))
        sizes += land.blocks.sizes.values()
    assert sizes[0] == sizes[1] and sizes[0] % 16 == 0
    assert sizes[0] / 2 - 16 <= sizes[2] <= sizes[0] / 2 + 16


def test_normalised_landscapes_and_mini_batches_are_cut_by_networks_alone(generator, monkeypatch):
    inputs, targets = labelled(generator, 1, 8, 8)
    land = NetworkLandscape(cnn(norm=True), cross_entropy, inputs, targets, engine=Mapped)
    points = vectors(land, generator, n=40)
    wanted, batch = land.value(points), land.batch(torch.arange(20)).gradient(points)
    monkeypatch.setattr(room, "BYTES", 5 * 2**19)
    land = NetworkLandscape(cnn(norm=True), cross_entropy, inputs, targets, engine=Mapped)
    assert torch.equal(land.value(points), wanted)
    assert torch.equal(land.batch(torch.arange(20)).gradient(points), batch)
    assert min(land.blocks.sizes.values()) == 16


def running_out(above, error):
    """A call that has no memory for more than so many rows."""
    seen = []

    def call(rows):
        seen.append(len(rows))
        if len(rows) > above:
            raise error
        return (rows * 2,)

    return call, seen


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried ..."),
    ],
)
def test_where_memory_runs_out_half_as_many_are_tried_until_they_fit(error):
    blocks, rows = Blocks(), torch.arange(100.0)
    call, seen = running_out(20, error)
    (found,) = blocks.through("value", call, lambda *_: None, 10, rows)
    assert torch.equal(found, rows * 2)
    assert seen == [100, 48, 16, 16, 16, 16, 16, 16, 4]
    seen.clear()
    blocks.through("value", call, lambda *_: None, 10, rows)  # it is remembered
    assert seen == [16] * 6 + [4]
    call, seen = running_out(3, error)
    with pytest.warns(UserWarning, match="fewer than sixteen may give other last bits"):
        blocks.through("value", call, lambda *_: None, 10, rows)
    assert seen[-1] in (1, 2)
    call, _ = running_out(0, error)
    with pytest.raises(MemoryError, match="for one network on 10 images at a time; pass a smaller"):
        blocks.through("other", call, lambda *_: None, 10, rows[:1])


def test_other_errors_are_not_taken_for_memory():
    call, seen = running_out(0, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        Blocks().through("value", call, lambda *_: None, 10, torch.arange(100.0))
    assert seen == [100]


def test_a_module_that_refuses_few_images_is_computed_whole():
    def trial(networks, images):
        raise ValueError("too few")

    assert fitting(trial, 100) > 10**5
    assert whole_blocks(17) == 16 and whole_blocks(15) == 15


CHILD = """
import resource, torch
from torch import nn
from morseloss.networks import NetworkLandscape
torch.set_num_threads(1)
generator = torch.Generator().manual_seed(0)
inputs = torch.randn(2000, 20, generator=generator, dtype=torch.float64)
module = nn.Sequential(nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 5))
land = NetworkLandscape(module, nn.functional.cross_entropy, inputs, torch.arange(2000) % 5)
points = 0.1 * torch.randn(256, land.dim, generator=generator, dtype=torch.float64)
land.value(points[:2])
whole = land.value(points)
(pages,) = [int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize")]
del land
land = NetworkLandscape(module, nn.functional.cross_entropy, inputs, torch.arange(2000) % 5)
import ctypes
ctypes.CDLL(None).malloc_trim(0)
(now,) = [int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize")]
limit = now * 1024 + 150 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
cut = land.value(points)
(size,) = set(land.blocks.sizes.values())
print(torch.equal(whole, cut), 16 <= size < 256)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")
def test_under_a_true_limit_of_memory_the_same_bits_come_out():
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True"], done.stderr[-2000:]
