import math

import pytest
import torch

import morseloss as ml
from morseloss.landscapes.symmetries.quotient import unexplained

MIRROR = ml.MatrixGroup([[[1.0, 0.0], [0.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]]])


def box(half, dim):
    return torch.tensor([[-half] * dim, [half] * dim], dtype=torch.float64)


def wells(v):
    return (v[:, 0] ** 2 - 1) ** 2 + 2 * v[:, 1] ** 2 + 0.1 * v[:, 0]


def wells_as_polynomial(dim):
    rest = (0,) * (dim - 2)
    terms = {(4, 0): 1.0, (2, 0): -2.0, (0, 0): 1.0, (0, 2): 2.0, (1, 0): 0.1}
    return ml.Polynomial({(*powers, *rest): factor for powers, factor in terms.items()})


def valley(along=((0.0, 0.0, 1.0),)):
    return ml.Quotient(wells_as_polynomial(3), ml.Translations(along))


def row_of_three(gap=None):
    """Three atoms in a row, each at rest."""
    squares = 2 ** (1 / 3) * (1 + 2**-13) ** (1 / 3) / (1 + 2**-7) ** (1 / 3)
    gap = squares**0.5 if gap is None else gap
    return torch.tensor([[-gap, 0.0, 0.0, 0.0, gap, 0.0]], dtype=torch.float64)


def test_a_free_direction_leaves_exactly_the_bars_of_the_slice(generator):
    land = valley()
    starts = ml.sample_box(land, 8, generator=generator, box=box(2.0, 3))
    minima = ml.find_minima(land, starts)
    assert repr(minima) == "CriticalPoints(2 points in R^3 up to symmetry: 2 minima)"
    bars = ml.barcode(ml.build_graph(land, minima))
    flat = wells_as_polynomial(2)
    wanted = ml.barcode(ml.build_graph(flat, ml.find_minima(flat, starts[:, :2])))
    assert bars.births.tolist() == wanted.births.tolist()
    assert bars.deaths.tolist() == wanted.deaths.tolist()
    assert bars.deaths[1] == pytest.approx(1.0012503909, abs=1e-9)


def test_a_slanted_free_direction_leaves_the_minima_of_the_slice(generator):
    turn = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=torch.float64))[0]
    base = ml.Function(lambda v: wells(v @ turn.mT), dim=3, box=box(2.0, 3))
    land = ml.Quotient(base, ml.Translations(turn[2:]))
    minima = ml.find_minima(land, ml.sample_box(land, 12, generator=generator))
    sides = torch.tensor([[-1.1, 0.1], [1.1, 0.1]], dtype=torch.float64)
    flat = ml.find_minima(wells_as_polynomial(2), sides)
    torch.testing.assert_close(minima.values, flat.values)
    part = land.slice()
    there = ml.find_minima(part, ml.sample_box(part, 12, generator=generator, box=box(2.0, 2)))
    torch.testing.assert_close(there.values, minima.values)


def test_three_atoms_in_the_plane_are_one_triangle_and_one_row(generator):
    land = ml.Quotient(ml.LennardJones(3, space_dim=2))
    minima = ml.find_minima(land, ml.sample_box(land, 12, generator=generator))
    assert minima.values.tolist() == pytest.approx([-3.0], abs=1e-12)
    graph = ml.build_graph(land, minima)
    assert graph.edges.tolist() == [[0, 0]]
    assert graph.exact.all()
    row = ml.classify(land, row_of_three())
    assert row.indices.tolist() == [1]
    assert float(row.residuals) < 1e-12
    assert graph.weights.tolist() == pytest.approx(row.values.tolist(), abs=1e-12)
    assert float(row.values) == pytest.approx(-2.0311, abs=1e-4)
    assert ml.barcode(graph).deaths.tolist() == [math.inf]
    assert land.point_group_orders(minima.points) == [6]
    assert land.orbit_sizes(row.points) == [3]


def test_mirror_images_are_two_minima_without_reflections_and_renumbering(generator):
    symmetry = ml.Particles(3, space_dim=2, kinds="ABC", reflections=False)
    land = ml.Quotient(ml.LennardJones(3, space_dim=2), symmetry)
    minima = ml.find_minima(land, ml.sample_box(land, 24, generator=generator))
    assert minima.values.tolist() == pytest.approx([-3.0, -3.0], abs=1e-12)
    bars = ml.barcode(ml.build_graph(land, minima))
    assert bars.deaths.tolist() == pytest.approx([math.inf, -2.031124130355], abs=1e-9)


def test_the_index_across_the_orbit_of_a_row_in_space_counts_both_bends():
    land = ml.Quotient(ml.LennardJones(3))
    flat = row_of_three()
    row = torch.cat([flat.reshape(1, 3, 2), torch.zeros(1, 3, 1).double()], 2).flatten(1)
    assert ml.classify(land, row).indices.tolist() == [2]
    assert [part.tolist() for part in land.zero_modes(row)] == [[5], [5]]


def test_four_atoms_have_one_minimum_and_its_rearrangement(generator):
    land = ml.Quotient(ml.LennardJones(4))
    minima = ml.find_minima(land, ml.sample_box(land, 12, generator=generator))
    assert minima.values.tolist() == pytest.approx([-6.0], abs=1e-12)
    assert minima.indices.tolist() == [0]
    assert land.point_group_orders(minima.points) == [24]
    assert land.orbit_sizes(minima.points) == [2]


def test_minima_of_a_mirror_are_one_and_the_pass_between_them_is_a_loop():
    base = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 0): 1.0, (0, 2): 1.0})
    land = ml.Quotient(base, MIRROR)
    grid = torch.tensor([[-1.2, 0.3], [0.8, -0.2], [0.9, 0.1]], dtype=torch.float64)
    minima, saddles = ml.find_minima(land, grid), ml.find_saddles(land, 0.3 * grid)
    graph = ml.build_graph(land, minima, saddles)
    assert (len(minima), len(saddles)) == (1, 1)
    assert graph.edges.tolist() == [[0, 0]]
    assert graph.weights.tolist() == pytest.approx([1.0])
    assert land.orbit_sizes(torch.cat([minima.points, 0 * minima.points])) == [2, 1]


def test_derived_forms_agree_and_have_no_part_along_the_orbit(generator):
    land = ml.Quotient(ml.LennardJones(4))
    points = ml.find_minima(land, ml.sample_box(land, 4, generator=generator)).points + 0.05
    points = points + 0.01 * torch.randn(points.shape, generator=generator, dtype=torch.float64)
    values, gradients, hessians = land.jet(points)
    tangents = land.symmetry.tangents(points)
    assert torch.equal(values, land.base.value(points))
    torch.testing.assert_close(gradients, land.gradient(points))
    torch.testing.assert_close(gradients, land.base.gradient(points))
    assert torch.equal(hessians, land.hessian(points))
    assert float((tangents.mT @ gradients[..., None]).abs().max()) < 1e-13
    bowl = tangents.mT @ hessians @ tangents
    torch.testing.assert_close(bowl, bowl[:, :1, :1] * torch.eye(6, dtype=torch.float64))
    ways = torch.randn(points.shape, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(land.hvp(points, ways), (hessians @ ways[..., None])[..., 0])


def test_more_zero_modes_than_symmetry_explains_are_told_with_counts(generator):
    shifts = ml.Particles(3, space_dim=2, rotations=False)
    land = ml.Quotient(ml.LennardJones(3, space_dim=2), shifts)
    minima = ml.find_minima(land, ml.sample_box(land, 3, generator=generator))
    assert (minima.indices == -1).all()
    assert [part.unique().tolist() for part in land.zero_modes(minima.points)] == [[3], [2]]
    told = "the Hessian has 3 zero modes there, of which the symmetry explains 2"
    assert told in unexplained(ml.Counted(land), minima.points)
    with pytest.warns(UserWarning, match=told):
        ml.build_graph(land, minima.take(torch.tensor([0])), rounds=0)
    assert "`Quotient`" in unexplained(land.base, minima.points)


def test_a_symmetry_that_is_none_is_refused_with_element_point_and_difference():
    with pytest.raises(ValueError, match=r"matrix 1 takes the point \[.*\] from value .* off by"):
        ml.Quotient(ml.analytic.DoubleWell(2), MIRROR)
    with pytest.raises(ValueError, match="the translation along direction 0 takes the point"):
        valley(along=((0.0, 1.0, 1.0),))
    pulled = ml.Function(lambda x: ml.LennardJones(3).value(x) + x[:, 0] ** 2, dim=9)
    with pytest.raises(ValueError, match="the translation along axis 0 takes"):
        ml.Quotient(pulled, ml.Particles(3))
    weights = torch.tensor([1.0, 1.0, 2.0], dtype=torch.float64)
    uneven = ml.Function(lambda x: (weights * x.unflatten(1, (3, 3)).square().sum(2)).sum(1), 9)
    with pytest.raises(ValueError, match="exchanging particles 1 and 2 takes"):
        ml.Quotient(uneven, ml.Particles(3, translations=False))
    ml.Quotient(uneven, ml.Particles(3, kinds="AAB", translations=False))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"R\^9, .* acts on points of 12 coordinates"):
        ml.Quotient(ml.LennardJones(3), ml.Particles(4))
    with pytest.raises(ValueError, match="knows no symmetry of its own"):
        ml.Quotient(ml.analytic.Himmelblau())
    with pytest.raises(ValueError, match="must be a GroupAction, got the class Particles"):
        ml.Quotient(ml.LennardJones(3), ml.Particles)
    camel = ml.analytic.SixHumpCamel()
    with pytest.raises(ValueError, match="must have no domain"):
        ml.Quotient(ml.OnBox(camel, box(1.0, 2)), MIRROR)
    nowhere = ml.Function(lambda x: x[:, 0].sqrt().log() * torch.nan, dim=2)
    with pytest.raises(ValueError, match="finite at none of 6 points near the origin"):
        ml.Quotient(nowhere, MIRROR)
    with pytest.raises(ValueError, match="only translations along fixed directions"):
        ml.Quotient(ml.LennardJones(3)).slice()


@pytest.mark.parametrize(
    "change",
    [
        ml.Negated,
        lambda land: land + 1.0,
        lambda land: -2.0 * land,
        lambda land: land * land.base,
        lambda land: ml.OnBox(land, box(1.0, 3)),
        lambda land: ml.Tilted(land, torch.ones(3), torch.zeros(3)),
        lambda land: ml.Pullback(land, lambda y: 2 * y),
    ],
)
def test_changes_that_may_break_a_symmetry_are_refused_outside_the_quotient(change):
    with pytest.raises(ValueError, match="change the one inside, then make the `Quotient` of it"):
        change(valley())


def test_the_morse_complex_is_refused_where_orbits_are_not_free_and_works_on_the_slice(generator):
    land = valley()
    starts = ml.sample_box(land, 6, generator=generator, box=box(2.0, 3))
    with pytest.raises(ValueError, match="followed on the slice"):
        ml.morse_complex(land, ml.find_minima(land, starts))
    part = land.slice()
    points = ml.critical_points(part, ml.sample_box(part, 12, generator=generator, box=box(2.0, 2)))
    diagram = ml.morse_complex(part, points).diagram()
    assert diagram.deaths.tolist() == pytest.approx([math.inf, 1.0012503909], abs=1e-9)
    even = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 0): 1.0, (0, 2): 1.0})
    folded = ml.Quotient(even, MIRROR)
    starts = torch.tensor([[1.1, 0.1], [0.1, 0.2]], dtype=torch.float64)
    with pytest.raises(ValueError, match=r"leaves some points in place.*`build_graph`"):
        ml.morse_complex(folded, ml.find_minima(folded, starts[:1]))
    for begun in (None, starts):
        with pytest.raises(ValueError, match="leaves some points in place"):
            ml.critical_points(folded, begun)
    with pytest.raises(ValueError, match="on the slice"):
        ml.critical_points(land)


def test_a_quotient_of_a_torus_or_a_quotient_is_refused_with_the_way_out():
    waves = ml.Periodic(ml.Function(lambda x: torch.cos(x).sum(-1), dim=2), 2 * torch.pi)
    swap = ml.MatrixGroup.of_permutations([(1, 0)])
    with pytest.raises(ValueError, match=r"on T\^2, whose own identifications.*one group"):
        ml.Quotient(waves, swap)
    wells = ml.analytic.DoubleWell(2, (0.0, 0.0))
    with pytest.raises(ValueError, match="one group of all of them"):
        ml.Quotient(ml.Quotient(wells, swap), swap)


def test_points_of_the_base_are_none_of_the_quotient():
    wells = ml.analytic.DoubleWell(2, (0.0, 0.0))
    quotient = ml.Quotient(wells, ml.MatrixGroup.of_permutations([(1, 0)]))
    with pytest.raises(ValueError, match=r"`minima` must lie on the space of .*`merge\(classify"):
        ml.build_graph(quotient, wells.critical_points)
    there = ml.merge(ml.classify(quotient, wells.critical_points.points))
    assert len(ml.build_graph(quotient, there)) == 3


def test_point_groups_do_not_hang_on_where_a_cluster_is():
    land = ml.Quotient(ml.LennardJones(3))
    side = 2 ** (1 / 6)
    triangle = torch.tensor([[0.0, 0, 0], [side, 0, 0], [side / 2, side * 3**0.5 / 2, 0]]).double()
    one = triangle.reshape(1, 9)
    assert land.point_group_orders(torch.cat([one, one + 1e5])) == [12, 12]
