import warnings

import pytest
import torch

import morseloss as ml

CUBIC = ml.Polynomial({3: 1.0, 1: -3.0})


def on_box(land, *corners):
    return ml.OnBox(land, torch.tensor(corners, dtype=torch.float64))


def test_a_cubic_on_an_interval_has_its_end_points():
    found = ml.critical_points(on_box(CUBIC, [-3.0], [3.0]))
    assert found.points[:, 0].tolist() == [-3.0, 1.0, -1.0]
    assert found.indices.tolist() == [0, 0, 1]
    assert found.values.tolist() == [-18.0, -2.0, 2.0]
    assert found.certificate.complete and found.certificate.euler == 1


def test_a_plane_has_one_corner():
    found = ml.critical_points(on_box(ml.Polynomial({(1, 0): 1.0, (0, 1): -2.0}), [0, 0], [1, 3]))
    assert found.points.tolist() == [[0.0, 3.0]]
    assert found.certificate.complete


def test_a_saddle_form_on_a_square_has_two_edges_and_their_pass():
    """`x^2 - y^2` falls to the middles of two edges over the saddle."""
    found = ml.critical_points(on_box(ml.Polynomial({(2, 0): 1.0, (0, 2): -1.0}), [-1, -1], [2, 3]))
    assert found.points.tolist() == [[0.0, 3.0], [0.0, -1.0], [0.0, 0.0]]
    assert found.indices.tolist() == [0, 0, 1]


def test_solutions_at_infinity_are_accounted_for():
    """`x^2 y^2` grows along no axis: of its 9 solutions only five are finite."""
    land = ml.Polynomial({(2, 2): 1.0, (2, 0): -1.0, (0, 2): -1.0, (1, 0): 0.1, (0, 1): 0.05})
    found = ml.critical_points(on_box(land, [-1.7, -1.5], [1.4, 1.6]))
    assert found.certificate.complete
    assert found.certificate.euler == 1
    assert found.residuals.max() < 1e-12


def test_searches_from_starts_find_what_the_count_finds(generator):
    land = on_box(ml.analytic.Himmelblau(), [-2.0, -1.0], [3.5, 4.0])
    counted = ml.critical_points(land)
    searched = ml.critical_points(land, ml.sample_box(land, 100, generator=generator))
    assert searched.indices.tolist() == counted.indices.tolist()
    torch.testing.assert_close(searched.points, counted.points)
    assert counted.certificate.complete and not searched.certificate.complete


def test_a_landscape_that_does_not_hang_on_a_variable_is_degenerate_and_that_is_said():
    with pytest.warns(UserWarning, match=r"3 critical points are degenerate.* at \[0.2, .*perturb"):
        found = ml.critical_points(
            on_box(ml.Polynomial({(2, 0): 1.0, (0, 1): 0.0}), [0.2, 0], [1, 1])
        )
    assert set(found.indices.tolist()) == {-1}


def test_a_wall_through_a_critical_point_is_degenerate_and_moved_it_is_not():
    land = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 2): 1.0})
    with pytest.warns(UserWarning, match="the slope across a wall there is zero; move that wall"):
        found = ml.critical_points(on_box(land, [0.0, -1.0], [2.0, 1.0]))
    assert found.certificate.degenerate == 1
    with pytest.raises(ValueError, match="slope across a wall"):
        ml.morse_complex(on_box(land, [0.0, -1.0], [2.0, 1.0]), found)
    moved = ml.critical_points(on_box(land, [-0.01, -1.0], [2.0, 1.0]))
    assert moved.indices.tolist() == [0, 0, 1]


def test_minima_on_walls_are_found_from_starts_inside(generator):
    cubic = on_box(CUBIC, [-3.0], [3.0])
    starts = torch.tensor([[0.5], [-2.0], [4.0]], dtype=torch.float64)
    minima = ml.find_minima(cubic, starts)
    assert minima.points[:, 0].tolist() == [-3.0, 1.0]
    assert minima.origins.rows.tolist() == [1, 0, -1]
    assert minima.origins.status.tolist()[2] == ml.Status.OUTSIDE
    passes = ml.find_saddles(cubic, starts[:2])
    assert passes.points[:, 0].tolist() == [-1.0]


def test_minima_on_walls_in_many_variables(generator):
    """A tilted bowl that lies outside in half of its variables: one minimum, on ten walls."""
    centre = torch.linspace(-2.0, 1.8, 20, dtype=torch.float64)
    bowl = ml.Function(lambda x: ((x - centre) ** 2).sum(-1), dim=20)
    land = ml.OnBox(bowl, torch.stack([-torch.ones(20), torch.ones(20)]))
    found = ml.find_minima(land, ml.sample_box(land, 8, generator=generator))
    assert len(found) == 1
    torch.testing.assert_close(found.points[0], centre.clamp(-1, 1))
    with pytest.raises(ValueError, match=r"in at most 6 variables, got .*`find_minima`"):
        ml.critical_points(land, ml.sample_box(land, 8, generator=generator))


def test_where_nothing_lies_on_a_wall_all_bits_stay(generator):
    land = ml.analytic.SixHumpCamel()
    whole = ml.OnBox(land, land.box)
    starts = ml.sample_box(land, 60, generator=generator)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for search in (ml.critical_points, ml.find_minima, ml.find_saddles):
            boxed, free = search(whole, starts), search(land, starts)
            assert torch.equal(boxed.points, free.points)
            assert torch.equal(boxed.eigenvalues, free.eigenvalues)
