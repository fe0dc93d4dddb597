"""Networks take the places of those that have arrived, and none goes another way for it."""

import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import LBFGS, Looped, NetworkLandscape, Rounding, converge, initial
from morseloss.networks.training import refilled as module
from morseloss.search.iterate import iterate
from morseloss.status import Status
from tests.networks.models import cross_entropy, labelled, mlp

PARTS = ("points", "values", "gradient_norms", "falls", "status", "steps")


def landscape(generator, **options):
    """Of 80 parameters, so that sums over each row are vectorised alike wherever it lies."""
    first, last = nn.Linear(6, 8, bias=False), nn.Linear(8, 4, bias=False)
    module, data = nn.Sequential(first, nn.Tanh(), last), labelled(generator, 6)
    return NetworkLandscape(module, cross_entropy, *data, weight_decay=0.03, **options)


@pytest.mark.parametrize(("together", "max_steps"), [(1, 3000), (3, 3000), (3, 90), (3, 0)])
def test_each_network_goes_the_way_it_goes_with_all_others(together, max_steps, generator):
    land = landscape(generator, engine=Looped)
    points, method = initial(land, 5, generator=generator), LBFGS(memory=6, gtol=1e-3, window=25)
    whole = converge(land, points, method, max_steps=max_steps)
    found = converge(land, points, method, max_steps=max_steps, together=together)
    for part in PARTS:
        assert torch.equal(getattr(found, part), getattr(whole, part))
    if max_steps == 3000:
        assert whole.steps.unique().numel() > 1
    for part in ("steps", "values", "gradient_norms"):
        assert torch.equal(getattr(found.history, part), getattr(whole.history, part))


def test_a_place_that_becomes_free_is_taken(generator, monkeypatch):
    land = landscape(generator)
    points, sizes = initial(land, 9, generator=generator), []

    def watched(method, landscape, state, **options):
        sizes.append(len(state.status))
        return iterate(method, landscape, state, **options)

    monkeypatch.setattr(module, "iterate", watched)
    method = LBFGS(gtol=1e-4, window=25)
    found = converge(land, points, method, together=3)
    assert (found.status == Status.CONVERGED).all()
    last = max(place for place, size in enumerate(sizes) if size == 3)
    assert set(sizes[:last]) == {3}  # full until none waits any more
    groups = [converge(land, part, method).steps.max() for part in points.split(3)]
    assert len(sizes) < sum(-(-int(steps) // 25) for steps in groups)


def test_methods_with_stages_take_the_next_batch_when_one_is_done(generator):
    inputs, targets = labelled(generator, 6)
    land = NetworkLandscape(mlp(nn.ReLU), cross_entropy, inputs, targets, engine=Looped)
    points = initial(land, 4, generator=generator)
    method = Rounding(widths=(0.1, 0.01), stage=30)
    found = converge(land, points, method, max_steps=100, together=2)
    for rows in (slice(0, 2), slice(2, 4)):
        alone = converge(land, points[rows], method, max_steps=100)
        assert torch.equal(found.points[rows], alone.points)
        assert torch.equal(found.steps[rows], alone.steps)


def test_progress_counts_those_that_wait(generator):
    seen = []
    land = landscape(generator)
    converge(
        land, initial(land, 5, generator=generator), max_steps=50, together=2,
        progress=lambda *now: seen.append(now),
    )  # fmt: skip
    assert seen[0] == (25, 5, 5) and seen[-1][1:] == (0, 5)


def test_networks_that_go_in_turns_are_not_stored_refused(generator):
    land = ml.analytic.MuellerBrown()
    points = torch.zeros(3, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="leave `together` out"):
        converge(land, points, together=2, checkpoint=lambda state: None)
    with pytest.raises(ValueError, match="`together` must be 1 network or more, got 0"):
        converge(land, points, together=0)
