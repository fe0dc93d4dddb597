"""Descent over rounded kinks: further than on the kinks, reported as the network's own loss."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from morseloss.networks import (
    LBFGS,
    Cosine,
    Descent,
    NetworkLandscape,
    Rounded,
    Rounding,
    Run,
    StoreError,
    converge,
    initial,
    train,
)
from morseloss.status import Status
from tests.networks.models import cross_entropy, labelled, mlp, vectors

QUICK = Rounding(memory=5, widths=(0.1, 0.03, 0.01), stage=40, ftol=0.0)


@pytest.fixture(scope="module")
def land():
    x, y = labelled(torch.Generator().manual_seed(0), 6, images=60)
    return NetworkLandscape(mlp(nn.ReLU, width=8), cross_entropy, x, y, weight_decay=1e-2)


@pytest.fixture(scope="module")
def starts(land):
    return vectors(land, torch.Generator().manual_seed(1))


@pytest.mark.slow
def test_the_end_is_flat_on_the_rounded_loss_where_l_bfgs_stays_steep_on_a_kink(land, starts):
    kinked = converge(land, starts[:2], LBFGS(ftol=0.0), max_steps=800)
    rounded = converge(land, starts[:2], Rounding(stage=100, ftol=0.0), max_steps=800)
    assert (kinked.gradient_norms > 1e-2).all()
    assert (rounded.gradient_norms < 1e-3).all()
    assert (rounded.values < kinked.values).all()


def test_values_are_those_of_the_network_and_norms_of_the_rounded_loss_at_any_end(land, starts):
    for steps in (0, 10, 40, 41, 90, 130):
        found = converge(land, starts, QUICK, max_steps=steps)
        width = 0.1 if steps <= 40 else 0.03 if steps <= 80 else 0.01
        norms = Rounded(land, width).gradient(found.points).norm(dim=1)
        torch.testing.assert_close(found.values, land.value(found.points))
        torch.testing.assert_close(found.gradient_norms, norms)
        torch.testing.assert_close(found.history.values[-1], found.values)


def test_a_descent_that_was_interrupted_in_any_stage_goes_on_with_the_same_bits(land, starts):
    whole = converge(land, starts, QUICK, max_steps=150)
    states = {}

    def keep(state):
        copies = {k: v.clone() if isinstance(v, torch.Tensor) else v for k, v in state.items()}
        states[state["done"]] = copies

    converge(land, starts, QUICK, max_steps=150, checkpoint=keep)
    for done in (25, 50, 100, 125):
        again = converge(land, starts, QUICK, max_steps=150, resume=states[done])
        assert torch.equal(again.points, whole.points)


def test_nothing_converges_before_the_last_stage(land, starts):
    loose = Rounding(widths=(0.1, 0.01), stage=50, gtol=1e3)
    early = converge(land, starts, loose, max_steps=50)
    late = converge(land, starts, loose, max_steps=60)
    assert (early.status == Status.RUNNING).all()
    assert (late.status == Status.CONVERGED).all()


def test_a_network_that_meets_no_number_ends_and_the_others_go_on(land, starts):
    wild = starts.clone()
    wild[1] = 1e200
    found = converge(land, wild, QUICK, max_steps=60)
    assert found.status[1] == Status.NONFINITE
    alone = converge(land, starts[[0, 2, 3]], QUICK, max_steps=60)
    torch.testing.assert_close(found.points[[0, 2, 3]], alone.points)


def test_training_finishes_by_it(land):
    draws = torch.Generator().manual_seed(0)
    descent = Descent(Cosine(0.01, 3), 3, 20, finish=QUICK, steps=200)
    found = train(land, initial(land, 2, generator=draws), descent, generator=draws)
    assert (found.steps == 9 + 200).all()
    torch.testing.assert_close(found.values, land.value(found.points))


def test_a_folder_finishes_networks_by_it_and_knows_its_widths_again(land, starts, tmp_path):
    with Run(tmp_path, land) as run:
        with pytest.warns(UserWarning, match="are no minima yet"):  # 100 steps are few
            run.add(starts[:2], "elsewhere", finish=QUICK, steps=100)
        kept = run.minima
    with Run(tmp_path, land) as again:
        again.add(starts[:2], "elsewhere", finish=QUICK, steps=100)
        assert torch.equal(again.minima, kept)
        with pytest.raises(StoreError, match=r"widths\[2\]` is 0.01 there and 0.02 here"):
            other = replace(QUICK, widths=(0.1, 0.03, 0.02))
            again.add(starts[:2], "elsewhere", finish=other, steps=100)


@pytest.mark.parametrize(
    "wrong", [{"widths": ()}, {"widths": (0.1, 0.2)}, {"widths": (0.1, 0.0)}, {"stage": 0}]
)
def test_widths_that_do_not_descend_are_refused(wrong):
    with pytest.raises(ValueError, match="`widths` must descend"):
        Rounding(**wrong)
