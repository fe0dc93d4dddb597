"""The box of a polynomial, where its axes are long, short, or very different."""

import numpy as np
import pytest

import morseloss as ml
from morseloss.landscapes.boxes.reach import reach

WELLS = {(4, 0): 1.0, (0, 4): 1.0, (2, 0): -2.0, (0, 2): -2.0, (1, 0): 0.3, (1, 1): 0.2}


@pytest.mark.parametrize("sizes", [(1.0, 1e5), (1e-7, 1.0), (1e9, 1e9), (1e-3, 1e8)], ids=str)
def test_the_box_stretches_with_the_axes(sizes):
    usual = reach(WELLS)
    terms = {e: c / np.prod(np.array(sizes) ** np.array(e)) for e, c in WELLS.items()}
    assert reach(terms) / sizes == pytest.approx(usual, rel=0.02)


def test_ordinary_boxes_are_of_unevenly_sized_coefficients_too():
    # the farthest direction decides, as ever: no other units are tried
    assert reach({(4,): 1.0, (2,): -200.0}) == pytest.approx(np.array([[-12.0], [12.0]]))


@pytest.mark.parametrize(
    "terms",
    [{(3,): 1e-30, (1,): 1.0}, {(4, 0): 1e-32, (0, 3): 1.0}, {(2, 2): 1e-40, (0, 2): 1.0}],
    ids=str,
)
def test_what_falls_somewhere_has_no_box_in_any_units(terms):
    assert ml.Polynomial(terms).box is None


@pytest.mark.parametrize(
    "terms",
    [
        {(6,): -1e-14, (4,): 1.0},
        {(5,): 1e-15, (4,): 1.0, (2,): -1.0},
        {(4,): -1e-20, (2,): 1.0},
        {(4, 0): 1.0, (0, 4): 1.0, (0, 6): -1e-20},
    ],
    ids=str,
)
def test_a_small_coefficient_of_the_highest_degree_decides_all_the_same(terms):
    assert reach(terms) is None


def test_what_cancels_in_one_degree_is_no_coefficient():
    # (x - y)^4 falls nowhere; on its valley x = y only the square grows
    valley = {(4, 0): 1.0, (3, 1): -4.0, (2, 2): 6.0, (1, 3): -4.0, (0, 4): 1.0}
    assert reach(valley | {(2, 0): 0.1, (0, 2): 0.1}) is not None


def test_a_bent_valley_does_not_stretch_the_box():
    for scale in (1.0, 100.0, 1e4):  # (1 - x)^2 + scale (y - x^2)^2
        terms = {(0, 0): 1.0, (1, 0): -2.0, (2, 0): 1.0, (0, 2): scale, (2, 1): -2 * scale}
        low, high = reach(terms | {(4, 0): scale})
        assert (low < 1).all() and (high > 1).all() and (high - low < 10).all()
