import math

import numpy as np
import pytest
import torch

import morseloss as ml

CORNERS = torch.tensor([[-2.0, -2.0], [2.0, 2.0]], dtype=torch.float64)


def said(sentences):
    return "\n".join(sentences)


def test_a_polynomial_is_counted_and_its_two_barcodes_agree():
    land = ml.analytic.Himmelblau()
    found = ml.analyse(land)
    assert found.points.points.numpy() == pytest.approx(np.asarray(land.critical_points), abs=1e-9)
    assert len(found.minima) == len(found.graph) == 4 and len(found.complex) == 9
    assert found.bars == found.complex.diagram()
    assert found.open == ()
    assert "9 of 9 complex ones" in said(found.certified)
    assert "agree" in said(found.certified)


def test_a_smooth_function_with_a_box_is_covered():
    found = ml.analyse(ml.Function(lambda x: (x**2).sum(-1) + torch.cos(3 * x[:, 0]), 2, CORNERS))
    assert len(found.minima) == 2 and found.bars.deaths.max() == np.inf
    assert found.bars[found.bars.finite].deaths == pytest.approx([1.0], abs=1e-12)
    assert "missing from the box" in said(found.certified) and found.open == ()


def test_walls_of_a_box_hold_minima():
    found = ml.analyse(ml.OnBox(ml.analytic.Himmelblau(), torch.tensor([[0.0, 0.0], [5.0, 5.0]])))
    assert len(found.minima) == 3 and len(found.complex) == 5 and found.open == ()


def test_a_torus_has_four_bars_without_end():
    wave = ml.Function(lambda x: -torch.cos(x).sum(-1) + 0.2 * torch.sin(x.sum(-1)), 2)
    found = ml.analyse(ml.Periodic(wave, 2 * math.pi))
    assert np.count_nonzero(~found.bars.finite) == 4
    assert "count of critical points is 0, as it must be" in said(found.certified)


def test_a_cluster_up_to_symmetry_has_its_minima_and_no_complex():
    found = ml.analyse(ml.Quotient(ml.LennardJones(3)), starts=32)
    assert len(found.graph) == 1 and found.graph.values == pytest.approx([-3.0], abs=1e-9)
    assert found.complex is None
    assert "more than 4" in said(found.open) and "there may be others" in said(found.open)


def test_in_five_variables_passes_stand_among_the_points():
    found = ml.analyse(ml.analytic.DoubleWell(5))
    assert len(found.points.of_index(0)) == 32 and len(found.points.of_index(1)) == 80
    assert found.complex is None and found.bars == ml.barcode(found.graph)


@pytest.mark.parametrize("sizes", [[1.0] * 5, [1e-9] * 5, [1e9, 1.0, 1e-9, 1.0, 1.0]], ids=str)
def test_minima_and_passes_stand_among_the_points_whatever_the_units(sizes):
    sizes = torch.tensor(sizes, dtype=torch.float64)
    corners = torch.stack([-2 * sizes, 2 * sizes])

    def wells(x):
        y = x / sizes
        return ((y**2 - 1) ** 2).sum(-1) + 0.3 * y[:, 0]

    found = ml.analyse(ml.Function(wells, dim=5, box=corners), starts=16)
    assert 16 < len(found.graph) == len(found.points.of_index(0)) <= 32  # of five double wells
    assert len(found.graph.weights) == len(found.points.of_index(1)) <= 80


def test_degenerate_points_leave_a_graph_and_say_why_there_is_no_complex():
    found = ml.analyse(ml.Polynomial({(4, 0): 1.0, (0, 4): 1.0, (2, 0): -2.0}))
    assert len(found.graph) == 2 and found.complex is None
    assert "no Morse complex: `points` must not be degenerate" in said(found.open)
    assert "1 of 1 edge: paths" in said(found.open)
    assert "had missed" not in said(found.open)
    assert "known" not in said(found.certified).replace("known number", "")


def test_a_kink_is_told_and_nothing_is_claimed():
    found = ml.analyse(ml.Function(lambda x: x.abs().sum(-1), 2, CORNERS))
    assert found.graph is None and found.complex is None and found.bars is None
    assert found.certified == ()
    assert "256 stalled" in said(found.open) and "no minimum is known" in said(found.open)


@pytest.mark.slow
def test_a_curve_of_minima_is_told_and_no_graph_is_sought():
    ring = ml.Function(lambda x: ((x**2).sum(-1) - 1) ** 2, 2, CORNERS)
    found = ml.analyse(ring, starts=64)
    assert found.graph is None
    assert "they seem to fill a curve" in said(found.open)
    assert "no graph: " in said(found.open)
    assert any("count up to 1 only without the degenerate ones" in said for said in found.open)


def test_a_function_that_falls_out_of_its_box_keeps_its_points_without_a_complex():
    hill = ml.Function(lambda x: -(x**4).sum(-1) + (x**2).sum(-1), 2, CORNERS)
    found = ml.analyse(hill)
    assert len(found.points) == 9 and found.complex is None
    assert "4 saddles are left out" in said(found.open)
    assert "not coercive" in said(found.open)


def test_starts_come_from_the_generator_and_are_the_same_without_one():
    def first(**given):
        rows = []

        def seen(x):
            rows.append(x.detach())
            return (x**2).sum(-1)

        ml.analyse(ml.Function(seen, 5, torch.tensor([[-1.0] * 5, [1.0] * 5])), starts=4, **given)
        return next(part for part in rows if len(part) == 4)

    assert torch.equal(first(), first())
    assert not torch.equal(first(), first(generator=torch.Generator().manual_seed(1)))


def test_what_nothing_can_be_begun_with_is_refused():
    bowl = ml.Function(lambda x: (x**2).sum(-1), 2)
    with pytest.raises(ValueError, match="pass `box`"):
        ml.analyse(bowl)
    assert len(ml.analyse(bowl, box=CORNERS, starts=8).minima) == 1
    for wrong, words in (
        ({"starts": 0}, "`starts` must be"),
        ({"generator": 3}, "`generator` must"),
    ):
        with pytest.raises(ValueError, match=words):
            ml.analyse(ml.analytic.Himmelblau(), **wrong)
    with pytest.raises(ValueError, match="string or an expression by `Polynomial`"):
        ml.analyse("x^4 - x^2")
    loss, x, y = torch.nn.functional.cross_entropy, torch.randn(8, 4), torch.arange(8) % 2
    with pytest.raises(ValueError, match=r"join them by paths, in a `networks\.Run`"):
        ml.analyse(ml.networks.NetworkLandscape(torch.nn.Linear(4, 2), loss, x, y))
    with pytest.raises(ValueError, match="`landscape` must be a landscape"):
        ml.analyse(lambda x: x)


def test_no_warning_escapes_that_stands_in_the_record(recwarn):
    ml.analyse(ml.Polynomial({(4, 0): 1.0, (0, 4): 1.0, (2, 0): -2.0}))
    assert [one for one in recwarn if issubclass(one.category, UserWarning)] == []
