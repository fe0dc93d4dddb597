import pytest
import torch

import morseloss as ml
from morseloss.networks import certify_passes, fall
from morseloss.search.flow import descend
from tests.networks.passes.nets import near_minima, tanh_net


def test_both_falls_end_in_the_minima_of_the_gradient_flow():
    land = ml.analytic.SixHumpCamel()
    passes = land.critical_points.of_index(1)
    found, flow = fall(land, passes), descend(land, passes)
    assert found.ends.indices.tolist() == [0] * 2 * len(passes)
    assert torch.allclose(found.ends.points, flow.state.points, atol=1e-5)


def test_nothing_on_the_way_lies_above_the_pass():
    land = ml.analytic.MuellerBrown()
    passes = land.critical_points.of_index(1)
    found = fall(land, passes)
    assert bool(found.below.all())
    assert bool((found.heights < passes.values.repeat_interleave(2)).all())
    assert bool((found.heights > found.ends.values).all())


def test_a_fall_that_leaps_over_a_wall_is_told():
    land = Walled()
    passes = ml.landscapes.critical.classify(land, torch.zeros(1, 1, dtype=torch.float64))
    found = fall(land, passes)
    leapt = found.ends.points[:, 0].abs() > Walled.PLACE
    assert bool(leapt.all())
    assert not bool(found.below.any())
    assert bool((found.heights > 4).all())


class Walled(ml.Landscape):
    """A summit at 0 and walls so thin that steps do not see them."""

    dim, PLACE = 1, 0.5

    def value(self, points):
        x = points[:, 0]
        wall = 5 * torch.exp(-(((x.abs() - self.PLACE) / 0.05) ** 2))
        return -(x**2) / 2 + x**4 / 16 + wall


def test_points_that_are_no_passes_are_refused():
    land = ml.analytic.SixHumpCamel()
    with pytest.raises(ValueError, match=r"of_index\(1\)"):
        fall(land, land.critical_points.of_index(0))


def test_a_pass_of_a_tanh_network_joins_two_certified_minima():
    land = tanh_net()
    ends = near_minima(land, 6)
    climbed = certify_passes(land, (ends[::2] + ends[1::2]) / 2, max_steps=40)
    passes = climbed.of_index(1)
    assert len(passes)
    found = fall(land, passes)
    good = found.ends.indices == 0
    assert bool(good.any())
    assert float(found.ends.residuals[good].max()) < 1e-11
