"""The prefactors: two Hessians against the eigenvalues themselves."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss import witten
from morseloss.witten.eyring_kramers import bars_of


def tilted_wells(dim):
    """A sum of double wells of different depths: everything is known by product."""
    terms = {}
    for axis, (stiffness, tilt) in enumerate(((1.0, 0.2), (0.7, 0.12))[:dim]):
        for power, number in ((4, stiffness), (2, -2 * stiffness), (1, tilt)):
            terms[tuple(power * (k == axis) for k in range(dim))] = number
    return ml.Polynomial(terms)


def complex_of(land):
    return ml.morse_complex(land, ml.critical_points(land))


def test_on_a_line_the_prefactor_is_the_mean_curvature_over_pi():
    land = tilted_wells(1)
    points = ml.critical_points(land)
    well, top = points.eigenvalues[1:, 0].tolist()
    found = witten.eyring_kramers(land, complex_of(land))
    np.testing.assert_allclose(found, np.sqrt(-well * top) / np.pi, rtol=1e-12)


@pytest.mark.parametrize(("dim", "degree"), [(1, 0), (2, 0), (2, 1)])
def test_eigenvalues_approach_it_linearly_in_the_temperature(dim, degree):
    land = tilted_wells(dim)
    complex = complex_of(land)
    lengths = bars_of(complex, degree)[0]
    prefactors = witten.eyring_kramers(land, complex, degree=degree)
    off = []
    for h in (0.04, 0.02):
        found = witten.spectrum(land, ml.critical_points(land), h, degree=degree)
        ratio = found.eigenvalues / (h * prefactors * np.exp(-2 * lengths / h))
        off.append(ratio - 1)
    assert (np.abs(off[1]) < 0.02).all()
    np.testing.assert_allclose(off[0] / off[1], 2.0, rtol=0.1)


def test_a_linear_change_of_coordinates_changes_it_as_the_hessians_do():
    land = tilted_wells(2)
    complex = complex_of(land)
    scaled = ml.Polynomial({e: c * 2.0 ** sum(e) for e, c in land.terms.items()})
    one, other = (witten.eyring_kramers(a, complex_of(a)) for a in (land, scaled))
    np.testing.assert_allclose(4 * one, other, rtol=1e-9)
    assert len(one) == len(bars_of(complex, 0)[0]) == 3


def test_bars_come_with_the_longest_first_and_without_those_of_length_zero():
    values, indices = [0.0, 1.0, 0.5, 2.0, 1.0], [0, 0, 0, 1, 1]
    lines = ml.FlowLines([3, 3, 4, 4], [0, 1, 2, 0], [1, -1, 1, -1])
    lengths, births, deaths = bars_of(ml.MorseComplex.from_lines(values, indices, lines), 0)
    np.testing.assert_array_equal(lengths, [1.0, 0.5])
    np.testing.assert_array_equal(births, [1, 2])
    np.testing.assert_array_equal(deaths, [3, 4])


def test_degrees_between_and_complexes_without_points_are_refused():
    land = tilted_wells(2)
    complex = complex_of(land)
    with pytest.raises(ValueError, match="`degree` must be 0 or 1, the dimension of"):
        witten.eyring_kramers(land, complex, degree=2)
    bare = ml.MorseComplex(complex.values, complex.indices, complex.boundary)
    with pytest.raises(ValueError, match=r"without `points`; take it from `morse_complex`"):
        witten.eyring_kramers(land, bare)


def test_three_dimensions_have_prefactors_too():
    land = ml.analytic.DoubleWell(3)
    found = witten.eyring_kramers(land, complex_of(land))
    assert found.shape == (7,)
    assert torch.as_tensor(found).gt(0).all()
