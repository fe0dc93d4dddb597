"""Planes through three networks: contours, the three, paths on the plane and off it."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss import networks, plot
from morseloss.status import Status
from tests.plot.drawn import labelled, texts

LAND = ml.analytic.DoubleWell(3)
CORNERS = torch.tensor([[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], dtype=torch.float64)


def bezier(*bends):
    controls = torch.stack([CORNERS[0], *bends, CORNERS[1]])[None]
    return ml.Paths(controls, ml.Bezier(), torch.tensor([int(Status.CONVERGED)]))


def test_the_three_stand_where_they_are_and_carry_their_names():
    ax = plot.plane(networks.plane(LAND, CORNERS, steps=9), names=("a", "b", "c"))
    (marks,) = [line for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(marks.get_xydata(), [[0, 0], [2, 0], [1, 1]], atol=1e-12)
    assert texts(ax) == ["a", "b", "c"]
    with pytest.raises(ValueError, match="`names` must hold 3 names"):
        plot.plane(networks.plane(LAND, CORNERS, steps=9), names=("a", "b"))


def test_a_landscape_is_refused_that_is_no_plane_of_it():
    with pytest.raises(ValueError, match="`plane` must be"):
        plot.plane(LAND)


def test_a_plane_without_a_finite_value_is_refused():
    nowhere = networks.plane(ml.Function(lambda x: x.sum(-1) * torch.nan, 3), CORNERS, steps=5)
    with pytest.raises(ValueError, match="no finite value"):
        plot.plane(nowhere)


def test_a_curve_whose_bend_is_on_the_plane_is_solid():
    ax = plot.plane(networks.plane(LAND, CORNERS, steps=9), bezier(CORNERS[2]))
    (line,) = labelled(ax, "path")
    assert not labelled(ax, "path off the plane")
    np.testing.assert_allclose(line.get_xydata()[100], [1.0, 0.5], atol=1e-9)


def test_a_curve_off_the_plane_casts_a_dotted_shadow():
    away = torch.tensor([0.0, 1.0, 4.0], dtype=torch.float64)
    ax = plot.plane(networks.plane(LAND, CORNERS, steps=9), bezier(away))
    (shadow,) = labelled(ax, "path off the plane")
    assert shadow.get_linestyle() != "-"
    np.testing.assert_allclose(shadow.get_xydata()[100], [1.0, 0.5], atol=1e-9)
