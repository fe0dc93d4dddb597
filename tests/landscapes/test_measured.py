"""Searches answer in the user's coordinates, whatever their size, and with the same bars."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.status import Interrupted

SIZES = [(1.0, 1.0), (1.0, 1e4), (1e-6, 1e-6), (1e6, 1.0), (1.0, 1 / 30)]


def wells(x):
    tilt = 0.3 * x[:, 0] + 0.1 * x[:, 1] + 0.2 * x[:, 0] * x[:, 1]
    return (x[:, 0] ** 2 - 1) ** 2 + (x[:, 1] ** 2 - 1) ** 2 + tilt


def stretched(sizes, form):
    sizes = torch.tensor(sizes, dtype=torch.float64)
    if form == "polynomial":
        terms = {
            (0, 0): 2,
            (4, 0): 1,
            (2, 0): -2,
            (0, 4): 1,
            (0, 2): -2,
            (1, 0): 0.3,
            (0, 1): 0.1,
            (1, 1): 0.2,
        }
        return ml.Polynomial(terms).rescaled(1 / sizes)
    box = torch.tensor([[-2.5, -2.5], [2.5, 2.3]], dtype=torch.float64) * sizes
    return ml.Function(lambda x: wells(x / sizes), dim=2, box=box)


@pytest.mark.parametrize("form", ["polynomial", "function"])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_stretching_axes_changes_no_bar_in_any_degree(sizes, form):
    land = stretched(sizes, form)
    starts = ml.sample_box(land, 48, generator=torch.Generator().manual_seed(0))
    points = ml.critical_points(land)
    assert points.certificate is not None and points.certificate.complete
    assert points.indices.tolist().count(0) == points.indices.tolist().count(1) == 4
    everything = ml.morse_complex(land, points).diagram()
    graph = ml.build_graph(land, ml.find_minima(land, starts))
    bars = ml.barcode(graph)
    assert bars.deaths[1:] == pytest.approx([0.69600464, 0.90057093, 1.13050461], abs=1e-8)
    assert everything.of_degree(0).deaths[1:] == pytest.approx(bars.deaths[1:], rel=1e-12)
    assert everything.of_degree(1).deaths == pytest.approx([2.01294251], abs=1e-8)
    assert graph.points is not None and graph.peaks is not None and graph.paths is not None
    # in the user's own coordinates: points, passes and the ends of paths
    assert graph.points[0] == pytest.approx(np.array([-1.05774377, 1.01366233]) * sizes, rel=1e-7)
    assert wells(torch.tensor(graph.peaks / sizes)).tolist() == pytest.approx(
        graph.weights.tolist()
    )
    for (first, last), path in zip(graph.edges, graph.paths, strict=True):
        assert path[[0, -1]] == pytest.approx(graph.points[[first, last]], rel=1e-6)
    hessian = land.hessian(points.points[:1])
    assert points.eigenvalues[0].tolist() == pytest.approx(
        torch.linalg.eigvalsh(hessian)[0].tolist(), rel=1e-9
    )


def test_a_box_with_walls_is_measured_too():
    def deaths(size):
        box = torch.tensor([[-0.5, -1.5 * size], [2.0, 1.3 * size]], dtype=torch.float64)
        scale = torch.tensor([1.0, size], dtype=torch.float64)
        land = ml.OnBox(ml.Function(lambda x: wells(x / scale), dim=2), box)
        return ml.morse_complex(land, ml.critical_points(land)).diagram().deaths

    assert deaths(30.0) == pytest.approx(deaths(1.0), rel=1e-9)


@pytest.mark.parametrize("reach", [1e3, 1e6, 1e8])
def test_walls_put_beyond_all_that_matters_hide_no_critical_point(reach):
    walls = torch.tensor([[-reach, -reach], [reach, reach]], dtype=torch.float64)
    free = ml.analytic.Himmelblau()
    land = ml.OnBox(free, walls)
    points, known = ml.critical_points(land), free.critical_points
    assert torch.allclose(points.points, known.points, atol=1e-9)
    assert ml.morse_complex(land, points).diagram().deaths == pytest.approx(
        ml.morse_complex(free, known).diagram().deaths
    )


def test_a_box_far_larger_than_what_is_on_it_is_told():
    def found(reach):
        box = torch.tensor([[-reach, -reach], [reach, reach]], dtype=torch.float64)
        land = ml.Function(ml.analytic.Himmelblau().value, dim=2, box=box)
        starts = ml.sample_box(land, 32, generator=torch.Generator().manual_seed(0))
        return ml.find_minima(land, starts)

    assert len(found(1e3)) == 4
    with pytest.warns(UserWarning, match="in less than a thousandth of its box, from"):
        found(1e6)


def test_one_minimum_in_a_large_box_is_no_cause_for_doubt(recwarn):
    box = torch.tensor([[-1e6, -1e6], [1e6, 1e6]], dtype=torch.float64)
    bowl = ml.Function(lambda x: ((x - 3.0) ** 2).sum(-1), dim=2, box=box)
    starts = ml.sample_box(bowl, 32, generator=torch.Generator().manual_seed(0))
    assert len(ml.find_minima(bowl, starts)) == 1
    assert not [one for one in recwarn if issubclass(one.category, UserWarning)]


def test_pairs_are_chosen_in_the_users_coordinates():
    land, seen = stretched((1.0, 1e4), "function"), []

    def every(points):
        seen.append(points)
        return torch.combinations(torch.arange(len(points)))

    minima = ml.critical_points(land).of_index(0)
    ml.build_graph(land, minima, pairs=every)
    assert torch.allclose(seen[0][: len(minima)], minima.points)


def test_what_an_interrupt_has_found_is_in_the_users_coordinates():
    land = stretched((1e-6, 1e-6), "function")
    starts = ml.sample_box(land, 64, generator=torch.Generator().manual_seed(0))

    def press_the_keys(step, running, total):
        if running < total:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stop:
        ml.find_minima(land, starts, progress=press_the_keys)
    assert 0 < float(stop.value.found.origins.points.abs().max()) < 1e-5
